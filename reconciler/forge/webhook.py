"""A document sent to a webhook. Its URL is the secret: no error, log or traceback of ours repeats it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from reconciler.errors import Refused, UsageError
from reconciler.values import Json, Secret
from reconciler.web import Call, Clock, Exchange, Line, Origin, Retry, RetryPolicy
from reconciler.web.bearer import masked

_TIMEOUT_SECONDS = 10.0
# a message that nobody waits for: once more where the first could not be delivered, and no storm
_POLICY = RetryPolicy(attempts=2, seconds=10.0, first_wait=1.0, longest_asked=5.0)


def _say_nothing(_retry: Retry) -> None:
    pass


def post(url: Secret, document: Mapping[str, Json], what: str, clock: Clock = Clock()) -> None:  # noqa: B008 - frozen
    """Send it. `what` names the webhook for people. Raise UsageError for a URL that is none, else LiveError."""
    origin, path, query = _parts(url, what)
    line = Line.open(
        origin,
        requests_per_second=10,
        concurrency=1,
        timeout_seconds=_TIMEOUT_SECONDS,
        policy=_POLICY,
        clock=clock,
        on_retry=_say_nothing,
    )
    call = Call("POST", path, "once", query=query, body=document, answers="anything", name=what)
    try:
        Exchange(line, call, None, lambda text: masked(text, url, Secret(path))).run()
    finally:
        line.close()


def _parts(url: Secret, what: str) -> tuple[Origin, str, dict[str, str]]:
    """The origin, the path and the query. Plain http only to this machine, as everywhere."""
    try:
        parts = urlsplit(url.reveal())
        origin = Origin.parse(f"{parts.scheme}://{parts.netloc}", f"the URL of {what}")
        path = parts.path or "/"
        origin.url(path)
    except (Refused, ValueError):
        raise UsageError(
            f"the URL of {what} is unusable", hint="copy it anew from where it was made"
        ) from None
    return origin, path, dict(parse_qsl(parts.query, keep_blank_values=True))
