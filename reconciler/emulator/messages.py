"""What goes in and out of the emulated service: a call, a reply, a refusal. Pure: no I/O, no clock."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeAlias

JsonObject: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One request, read to its end.

    `origin` is the address that the caller used ("http://127.0.0.1:8000"); `lag` asks for the version of
    every object before its last write if that is younger than so many seconds, as a lagging replica would give it.
    """

    method: str
    path: str
    origin: str
    body: bytes = b""
    query: Mapping[str, str] = field(default_factory=dict)
    bearer: str | None = None
    lag: float = 0.0

    def json_body(self) -> object:
        """The body as JSON. Raises ValueError for anything that is not JSON, NaN and Infinity included."""
        try:
            return json.loads(self.body, parse_constant=_not_json)
        except RecursionError:
            raise ValueError("nested too deeply") from None

    def json_object(self) -> JsonObject:
        """The body as a JSON object, which every write needs. Raises Refusal 400."""
        try:
            body = self.json_body()
        except ValueError as error:
            raise Refusal(400, [problem("INVALID_JSON", f"The body is not JSON: {error}")]) from None
        if not isinstance(body, dict):
            raise Refusal(400, [problem("INVALID_BODY", "The body must be a JSON object")])
        return body


@dataclass(frozen=True, slots=True)
class Reply:
    """One response. `headers` come on top of content-type and content-length."""

    status: int
    content: bytes
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> "Reply":
        return cls(status, json.dumps(value).encode(), headers=headers or {})


class Refusal(Exception):
    """The service says no: a status and its problems, as `{"errors": [...]}` [seed: structured, sdk: keys]."""

    def __init__(
        self, status: int, problems: Sequence[JsonObject], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, problems)
        self.status = status
        self.problems = list(problems)
        self.headers = headers or {}

    def reply(self) -> Reply:
        return Reply.json({"errors": self.problems}, self.status, self.headers)


def problem(code: str, message: str, at: str = "") -> JsonObject:
    """One entry of `errors`. The codes are ours [assumed]; `at` is the dotted path of the field."""
    return {"code": code, "message": message, **({"field": at} if at else {})}


def plain_errors(status: int) -> Reply:
    """The structured error that goes with a bare status, for faults that name no body."""
    try:
        code, message = HTTPStatus(status).name, HTTPStatus(status).phrase
    except ValueError:  # a status that no standard names, as proxies like to invent them
        code, message = f"STATUS_{status}", f"Status {status}"
    return Reply.json({"errors": [problem(code, message)]}, status)


def _not_json(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")
