"""The part of GitHub's expression language that our workflows use. What they do not use is an error here.

[docs.github.com: Evaluate expressions in workflows and actions]
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Context: TypeAlias = Mapping[str, Any]

_TOKEN = re.compile(r"\s*(?:('(?:[^']|'')*')|(\|\||&&|==|!=|[!(),])|([A-Za-z_][\w.-]*)|(\d+))")
_WHOLE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


def interpolated(text: str, context: Context) -> Any:  # noqa: ANN401 - a value of any type
    """A text of a workflow with its `${{ }}` put in. One that is a single expression keeps its type."""
    if whole := re.fullmatch(r"\s*\$\{\{(.*)\}\}\s*", text, re.DOTALL):
        return evaluated(whole[1], context)
    return _WHOLE.sub(lambda found: shown(evaluated(found[1], context)), text)


def evaluated(expression: str, context: Context) -> Any:  # noqa: ANN401 - a value of any type
    reader = _Reader(_tokens(expression), context)
    value = reader.either()
    assert not reader.left, f"{expression!r}: {reader.left} is not understood"
    return value


def shown(value: object) -> str:
    """As the runner puts a value into text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _tokens(expression: str) -> list[str]:
    found, place = [], 0
    while expression[place:].strip():
        token = _TOKEN.match(expression, place)
        assert token, f"{expression[place:]!r} is not understood"
        found.append(token[0].strip())
        place = token.end()
    return found


class _Reader:
    def __init__(self, tokens: list[str], context: Context) -> None:
        self.left = tokens
        self._context = context

    def either(self) -> Any:  # noqa: ANN401
        value = self._both()
        while self._next("||"):
            other = self._both()
            value = value or other
        return value

    def _both(self) -> Any:  # noqa: ANN401
        value = self._compared()
        while self._next("&&"):
            other = self._compared()
            value = value and other
        return value

    def _compared(self) -> Any:  # noqa: ANN401
        value = self._single()
        if self._next("=="):
            return _loosely(value) == _loosely(self._single())
        if self._next("!="):
            return _loosely(value) != _loosely(self._single())
        return value

    def _single(self) -> Any:  # noqa: ANN401
        token = self.left.pop(0)
        if token == "!":
            return not self._single()
        if token == "(":
            value = self.either()
            assert self._next(")")
            return value
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token.isdigit():
            return int(token)
        return self._call(token) if self._next("(") else self._looked_up(token)

    def _call(self, name: str) -> Any:  # noqa: ANN401
        arguments = []
        while not self._next(")"):
            arguments.append(self.either())
            self._next(",")
        known: Mapping[str, Callable[..., Any]] = {
            "fromJSON": json.loads,
            "format": lambda text, *values: text.format(*map(shown, values)),
            "always": lambda: True,
            "success": lambda: not self._context["job"]["failed"],
            "hashFiles": lambda *patterns: "-".join(patterns),
        }
        return known[name](*arguments)

    def _looked_up(self, name: str) -> Any:  # noqa: ANN401
        """What is not there is null, but a context that is not there is a mistake of ours."""
        first, *rest = name.split(".")
        if name in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[name]
        value = self._context[first]
        for key in rest:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def _next(self, token: str) -> bool:
        if self.left[:1] == [token]:
            self.left.pop(0)
            return True
        return False


def _loosely(value: object) -> object:
    """Null and empty text are equal there, and text is compared without case."""
    return "" if value is None else value.lower() if isinstance(value, str) else value
