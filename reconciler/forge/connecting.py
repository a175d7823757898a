"""The way to a forge: one line for a whole run, closed at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from reconciler.forge import github, gitlab
from reconciler.forge.protocol import Forge
from reconciler.forge.talk import Talk
from reconciler.values import Secret
from reconciler.web import Clock, Line, Origin, Retry, RetryPolicy

ForgeName: TypeAlias = Literal["github", "gitlab"]
FORGES: tuple[ForgeName, ...] = get_args(ForgeName)

_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where to, as whom. `api_url` and `author` may be empty: then it is the usual one, and asked for."""

    forge: ForgeName
    repository: str
    token: Secret
    api_url: str = ""
    author: str = ""


@contextmanager
def connected(
    place: Place,
    *,
    on_retry: Callable[[Retry], None],
    policy: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
    clock: Clock = Clock(),  # noqa: B008 - frozen
) -> Iterator[Forge]:
    """Nothing is sent before the first question. Raise UsageError for an address or a token that is none."""
    home = github if place.forge == "github" else gitlab
    line = Line.open(
        Origin.parse(place.api_url or home.API, "the --api-url"),
        requests_per_second=10,
        concurrency=1,
        timeout_seconds=_TIMEOUT_SECONDS,
        policy=policy,
        clock=clock,
        on_retry=on_retry,
        headers=github.HEADERS if place.forge == "github" else {},
        hints=home.HINTS,
    )
    try:
        talk = Talk(line, place.token, home.PAGE)
        if place.forge == "github":
            yield github.GitHub(talk, place.repository, place.author)
        else:
            yield gitlab.GitLab(talk, place.repository, place.author)
    finally:
        line.close()
