"""From bytes on the wire to a JSON object, or to a typed failure. Trusts nothing that it reads."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import orjson

from reconciler.live.errors import (
    ApiError,
    Forbidden,
    LiveFailure,
    NotFound,
    Rejected,
    ServerFault,
    StrangeResponse,
    Throttled,
    Unauthorised,
    api_errors,
)
from reconciler.values import Json

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


def json_object(answer: Answer) -> Mapping[str, Json]:
    """The body of a 2xx. Raise Strange where it is no JSON object in UTF-8."""
    content = answer.content.removeprefix(_BOM)
    if not content.strip():
        raise Strange("an empty body where a JSON object was expected")
    kind = answer.headers.get("content-type", "")
    charset = _CHARSET.search(kind)
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii") and not content.isascii():
        raise Strange(f"text in {charset[1][:40]!r}; JSON travels in UTF-8")
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        kind = kind.split(";")[0].strip()
        raise Strange(f"a body that is no JSON ({kind[:60] or 'of no declared type'})") from None
    if not isinstance(found, dict):
        raise Strange("JSON that is no object")
    return found


def failure(answer: Answer, what: str, mask: Callable[[str], str]) -> LiveFailure:
    """The typed error for a status that is not 2xx. `what` names the request, `mask` hides our secrets."""
    status = answer.status
    if status < HTTPStatus.BAD_REQUEST:
        return StrangeResponse(f"{what}: a redirect ({status}), which is never followed", status=status)
    errors = _errors(answer, mask)
    said = "; ".join(str(error) for error in errors)
    message = f"{what}: {status} {_phrase(status)}" + (f": {said}" if said else "")
    return _type(status)(message, status=status, errors=errors)


def _errors(answer: Answer, mask: Callable[[str], str]) -> tuple[ApiError, ...]:
    try:
        return api_errors(json_object(answer), mask)
    except Strange:
        return ()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "(unknown status)"


def _type(status: int) -> type[LiveFailure]:
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
