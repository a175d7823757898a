"""Validation as small checks that compose; each adds what it finds, so that a refusal names every problem.

Strict on purpose: the real service may be laxer, and a client that satisfies this one satisfies that. Pure.
Scalars are strings and a real boolean or number is refused [seed, sdk; the refusal is assumed].
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from reconciler.emulator.messages import JsonObject, Refusal, problem

Problems: TypeAlias = list[JsonObject]
Check: TypeAlias = Callable[[object, str, Problems], None]


def text(value: object, at: str, problems: Problems) -> None:
    if not isinstance(value, str):
        problems.append(problem("INVALID_TYPE", f"{at} must be a string, got {_kind(value)}", at))


def text_or_null(value: object, at: str, problems: Problems) -> None:
    """A default: null clears it [seed]."""
    if value is not None:
        text(value, at, problems)


def filled(value: object, at: str, problems: Problems) -> None:
    text(value, at, problems)
    if value == "":
        problems.append(problem("REQUIRED", f"{at} must not be empty", at))


def one_of(*allowed: str) -> Check:
    def check(value: object, at: str, problems: Problems) -> None:
        if value not in allowed or not isinstance(value, str):
            problems.append(problem("INVALID_VALUE", f"{at} must be one of {', '.join(allowed)}", at))

    return check


flag = one_of("true", "false")


def listed(item: Check) -> Check:
    def check(value: object, at: str, problems: Problems) -> None:
        if not isinstance(value, list):
            problems.append(problem("INVALID_TYPE", f"{at} must be a list, got {_kind(value)}", at))
            return
        for index, element in enumerate(value):
            item(element, f"{at}[{index}]", problems)

    return check


def record(fields: Mapping[str, Check], required: Sequence[str] = ()) -> Check:
    """An object of these fields and no others. Absent fields are fine unless required."""

    def check(value: object, at: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.append(
                problem("INVALID_TYPE", f"{at or 'body'} must be an object, got {_kind(value)}", at)
            )
            return
        for name in required:
            if name not in value:
                problems.append(problem("REQUIRED", f"{_under(at, name)} is required", _under(at, name)))
        for name, element in value.items():
            if name in fields:
                fields[name](element, _under(at, name), problems)
            else:
                where = _under(at, name)
                problems.append(
                    problem("UNKNOWN_FIELD", f"{where} is not a field that can be written", where)
                )

    return check


def refuse(problems: Problems) -> None:
    """Raises Refusal 400 when there are problems."""
    if problems:
        raise Refusal(400, problems)


def _under(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a JSON boolean"
        case int() | float():
            return "a JSON number"
        case str():
            return "a string"
        case list():
            return "a list"
        case _:
            return "an object"
