"""From bytes on the wire to JSON of the expected shape, or to a typed failure. Trusts nothing that it reads."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal, TypeAlias

import orjson

from reconciler.values import Json
from reconciler.web.errors import (
    ApiError,
    Forbidden,
    NotFound,
    Rejected,
    ServerFault,
    StrangeResponse,
    Throttled,
    Unauthorised,
    WebFailure,
    api_errors,
)

MOST_BYTES = 32 * 1024 * 1024
_CHARSET = re.compile(r"charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """One complete response. Not printable: its body may hold a token."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Strange(Exception):
    """Why an answer is none. Internal: the transport says which request it was."""


def read_body(headers: Mapping[str, str], raw: Iterable[bytes], most: int = MOST_BYTES) -> bytes:
    """The decoded body. Raise Strange where it is too large, or packed in a way that we did not ask for."""
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding in ("identity", ""):
        return _bounded(raw, most)
    if coding != "gzip":
        raise Strange(f"a body in the encoding {coding[:40]!r}")
    return _unzipped(_bounded(raw, most), most)


def _bounded(raw: Iterable[bytes], most: int) -> bytes:
    body = bytearray()
    for chunk in raw:
        body += chunk
        if len(body) > most:
            raise Strange(f"a body larger than {most // 1024 // 1024} MiB")
    return bytes(body)


def _unzipped(packed: bytes, most: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        body = unpacker.decompress(packed, most + 1)
    except zlib.error:
        raise Strange("a body that is no gzip") from None
    if len(body) > most:
        raise Strange(f"a body larger than {most // 1024 // 1024} MiB")
    if not unpacker.eof:
        raise Strange("a gzip body that is cut off")
    return body


Shape: TypeAlias = Literal["object", "list", "anything"]
"""What a body has to be: a JSON object, a JSON list, or whatever it is, which nobody reads."""


def parsed(answer: Answer, shape: Shape) -> Json:
    """The body of a 2xx. Raise Strange where it is no JSON of that shape in UTF-8."""
    if shape == "anything":
        return None
    found = _json(answer, shape)
    if not isinstance(found, dict if shape == "object" else list):
        raise Strange(f"JSON that is no {shape}")
    return found


def _json(answer: Answer, shape: Shape) -> Json:
    content = answer.content.removeprefix(_BOM)
    if not content.strip():
        raise Strange(f"an empty body where a JSON {shape} was expected")
    kind = answer.headers.get("content-type", "")
    charset = _CHARSET.search(kind)
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii") and not content.isascii():
        raise Strange(f"text in {charset[1][:40]!r}; JSON travels in UTF-8")
    try:
        found: Json = orjson.loads(content)
    except orjson.JSONDecodeError:
        kind = kind.split(";")[0].strip()
        raise Strange(f"a body that is no JSON ({kind[:60] or 'of no declared type'})") from None
    return found


def failure(answer: Answer, what: str, mask: Callable[[str], str]) -> WebFailure:
    """The typed error for a status that is not 2xx. `what` names the request, `mask` hides our secrets."""
    status = answer.status
    if status < HTTPStatus.BAD_REQUEST:
        return StrangeResponse(f"{what}: a redirect ({status}), which is never followed", status=status)
    errors = _errors(answer, mask)
    said = "; ".join(str(error) for error in errors)
    message = f"{what}: {status} {_phrase(status)}" + (f": {said}" if said else "")
    kind = Throttled if _is_limit(answer, said) else _type(status)
    return kind(message, status=status, errors=errors)


def _errors(answer: Answer, mask: Callable[[str], str]) -> tuple[ApiError, ...]:
    try:
        body = parsed(answer, "object")
    except Strange:
        return ()
    assert isinstance(body, Mapping)  # noqa: S101 - the shape was asked for
    return api_errors(body, mask)


def _is_limit(answer: Answer, said: str) -> bool:
    """Whether a 403 is but a limit on how much may be asked for, as GitHub has it."""
    headers = answer.headers
    spent = headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers
    return answer.status == HTTPStatus.FORBIDDEN and (spent or "rate limit" in said.lower())


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "(unknown status)"


def _type(status: int) -> type[WebFailure]:
    match status:
        case 401:
            return Unauthorised
        case 403:
            return Forbidden
        case 404:
            return NotFound
        case 429:
            return Throttled
        case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return ServerFault
        case _:
            return Rejected
