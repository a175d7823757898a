"""Writes that the service stores otherwise than they were sent: a field dropped, or a value rewritten. Pure."""

import json
from collections.abc import Callable, Iterator

from reconciler.emulator.faults import Drop, Effect, Rewrite


def distorted(body: bytes, effects: tuple[Effect, ...]) -> bytes:
    """The body as the service takes it. A body that is no JSON is left for the service to refuse."""
    changes = [each for each in effects if isinstance(each, Drop | Rewrite)]
    if not changes:
        return body
    try:
        document = json.loads(body)
    except ValueError:
        return body
    for change in changes:
        for owner, name in list(_places(document, change.field)):
            if isinstance(change, Drop):
                del owner[name]
            else:
                owner[name] = _rewritten(change, owner[name])
    return json.dumps(document).encode()


def _places(document: object, field: str) -> Iterator[tuple[dict[str, object], str]]:
    """The objects that hold the field, each with the field's own name in it."""
    parents, _, name = field.rpartition(".")
    if parents:
        found = document
        for parent in parents.split("."):
            found = found.get(parent) if isinstance(found, dict) else None
        if isinstance(found, dict) and name in found:
            yield found, name
        return
    if isinstance(document, dict):
        if name in document:
            yield document, name
        for value in document.values():
            yield from _places(value, field)
    elif isinstance(document, list):
        for value in document:
            yield from _places(value, field)


_HOW: dict[str, Callable[[str], str]] = {"upper": str.upper, "lower": str.lower, "strip": str.strip}


def _rewritten(change: Rewrite, value: object) -> object:
    if change.how == "fixed":
        return change.value
    return _HOW[change.how](value) if isinstance(value, str) else value
