"""What can go wrong between us and the API, in words that are safe to print. Pure.

    LiveError
    ├── Unreachable        no connection, or it broke off
    ├── Unauthorised       401 after a renewal, or the credentials are refused
    ├── Forbidden          403
    ├── NotFound           404
    ├── Rejected           any other 4xx
    ├── Throttled          429, and our patience is at its end
    ├── ServerFault        5xx, likewise
    ├── StrangeResponse    an answer that is none: HTML, a redirect, cut or wrongly typed JSON
    ├── IncompleteList     a list that could not be read to its end
    └── Stopped            the run was stopped before the request was sent

A message has the method, the path, the status and the API's own structured errors; never a query,
a header, a token or a body.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.errors import LiveError as _LiveError
from reconciler.values import Json

_MOST_ERRORS = 10
_LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class ApiError:
    """One entry of the API's `errors`. [seed: "structured error"; sdk: the keys] Any part may be empty."""

    code: str = ""
    message: str = ""
    field: str = ""

    def __str__(self) -> str:
        text = ": ".join(part for part in (self.code, self.message) if part)
        return f"{text} (field {self.field})" if self.field else text


class LiveFailure(_LiveError):
    """The base of this tree; catch `errors.LiveError` outside of this package.

    `maybe_sent` is true of a write that may have taken effect: nobody knows. It is false where it is
    certain that nothing was changed. `status` is the HTTP status, 0 where there was no answer.
    `errors` is what the API itself said.
    """

    default_hint = ""

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        maybe_sent: bool = False,
        status: int = 0,
        errors: Sequence[ApiError] = (),
    ) -> None:
        super().__init__(message, hint=hint or self.default_hint)
        self.maybe_sent = maybe_sent
        self.status = status
        self.errors = tuple(errors)
        self.again = False
        """Whether another try may help and can do no harm; decided by the transport."""
        self.retry_after: float | None = None
        """Seconds that the server asks us to wait at the least."""


class Unreachable(LiveFailure):
    default_hint = "check base_url and the network, then run again"


class Unauthorised(LiveFailure):
    default_hint = "check the environment's credentials (client_id, client_secret, redirect_uri)"


class Forbidden(LiveFailure):
    default_hint = "the credentials are valid but lack this permission: ask the account's administrator"


class NotFound(LiveFailure):
    default_hint = (
        "check the uuids: of the connection in the environment, of the object in manifest or record"
    )


class Rejected(LiveFailure):
    default_hint = "correct the manifest as the API says"


class Throttled(LiveFailure):
    default_hint = "wait, or lower requests_per_second"


class ServerFault(LiveFailure):
    default_hint = "the service is in trouble: run again later"


class StrangeResponse(LiveFailure):
    default_hint = "check that base_url is the API itself, not a proxy or a maintenance page"


class IncompleteList(LiveFailure):
    default_hint = "the list kept changing or is cut: nothing is concluded from it; run again"


class Stopped(LiveFailure):
    stopped = True
    default_hint = "run again"


def api_errors(body: Mapping[str, Json], mask: Callable[[str], str]) -> tuple[ApiError, ...]:
    """The entries of `errors`, or what is usual in their stead, as far as they make sense.

    `mask` takes our secrets out of a text, should the API repeat one.
    """
    found = body.get("errors")
    if isinstance(found, str) or not isinstance(found, Sequence):
        found = [body]
    entries = [_entry(item, mask) for item in found[:_MOST_ERRORS]]
    return tuple(entry for entry in entries if str(entry))


def _entry(item: Json, mask: Callable[[str], str]) -> ApiError:
    match item:
        case str():
            return ApiError(message=_short(item, mask))
        case Mapping():
            message = item.get("message") or item.get("error_description") or item.get("error")
            return ApiError(
                code=_short(item.get("code"), mask),
                message=_short(message, mask),
                field=_short(item.get("field"), mask),
            )
        case _:
            return ApiError()


def _short(value: Json, mask: Callable[[str], str]) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    # masked before it is cut: half a secret would not be recognised
    text = mask(str(value))
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
