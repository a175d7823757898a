"""What can go wrong between us and a service over HTTP, in words that are safe to print. Pure.

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

A message has the method, the path, the status and the service's own structured errors; never a query,
a header, a token or a body. What to do depends on the service: a Line may have hints of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.errors import LiveError
from reconciler.values import Json

_MOST_ERRORS = 10
_LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class ApiError:
    """One entry of the service's `errors`. [seed: "structured error"; sdk: the keys] Any part may be empty."""

    code: str = ""
    message: str = ""
    field: str = ""

    def __str__(self) -> str:
        text = ": ".join(part for part in (self.code, self.message) if part)
        return f"{text} (field {self.field})" if self.field else text


class WebFailure(LiveError):
    """The base of this tree; catch `errors.LiveError` where only that it failed matters.

    `maybe_sent` is true of a write that may have taken effect: nobody knows. It is false where it is
    certain that nothing was changed. `status` is the HTTP status, 0 where there was no answer.
    `errors` is what the service itself said.
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


class Unreachable(WebFailure):
    default_hint = "check the address and the network, then run again"


class Unauthorised(WebFailure):
    default_hint = "check the credentials"


class Forbidden(WebFailure):
    default_hint = "the credentials are valid but lack this permission: ask the account's administrator"


class NotFound(WebFailure):
    default_hint = "check what is asked for, and that the credentials may see it"


class Rejected(WebFailure):
    default_hint = "correct it as the service says"


class Throttled(WebFailure):
    default_hint = "wait, then run again"


class ServerFault(WebFailure):
    default_hint = "the service is in trouble: run again later"


class StrangeResponse(WebFailure):
    default_hint = "check that the address is the API itself, not a proxy or a maintenance page"


class IncompleteList(WebFailure):
    default_hint = "the list kept changing or is cut: nothing is concluded from it; run again"


class Stopped(WebFailure):
    stopped = True
    default_hint = "run again"


def api_errors(body: Mapping[str, Json], mask: Callable[[str], str]) -> tuple[ApiError, ...]:
    """The entries of `errors`, or what is usual in their stead, as far as they make sense.

    `mask` takes our secrets out of a text, should the service repeat one.
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
    # masked before it is cut: half a secret would not be recognised
    text = mask(_flat(value))
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def _flat(value: Json) -> str:
    """GitLab says `{"note": ["is too long"]}` where others have text. Nothing deeper than that."""
    match value:
        case bool() | None | float():
            return ""
        case str() | int():
            return str(value)
        case Mapping():
            return "; ".join(f"{key}: {_listed(item)}" for key, item in value.items())
        case _:
            return _listed(value)


def _listed(value: Json) -> str:
    items = [value] if isinstance(value, str) or not isinstance(value, Sequence) else value
    return ", ".join(item for item in items[:_MOST_ERRORS] if isinstance(item, str))
