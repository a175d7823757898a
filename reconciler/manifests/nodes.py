"""A YAML document as a tree that knows where each of its values stands. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from reconciler.errors import Source
from reconciler.values import Plain

Content: TypeAlias = "str | list[Node] | dict[str, Node] | None"
_NO_KEYS: dict[str, tuple[int, int]] = {}  # of all that is no mapping: half a million empty ones would weigh


class Node:
    """One value: `Plain` for an unquoted scalar, `str` for a quoted one, None for null, or a collection.

    `line` and `column` count from 1. `keys` has the places of a mapping's own keys. `size` counts the
    values within, itself included, with every alias expanded, a long text for more than one; `height` how deeply
    they nest.
    """

    __slots__ = ("column", "height", "keys", "line", "size", "value")

    def __init__(self, value: Content, line: int, column: int) -> None:
        self.value = value
        self.line = line
        self.column = column
        self.keys = {} if isinstance(value, dict) else _NO_KEYS
        self.size = 1
        self.height = 0

    def source(self, file: str) -> Source:
        return Source(file, self.line, self.column)

    def places(self, file: str) -> Iterator[Source]:
        """Where the value and its own keys stand."""
        yield self.source(file)
        yield from (Source(file, *place) for place in self.keys.values())

    def key_source(self, file: str, key: str) -> Source:
        """Where a key of this mapping stands; the mapping's own place for one that it has not."""
        return Source(file, *self.keys.get(key, (self.line, self.column)))


def find(node: Node, path: Iterable[str | int]) -> Node:
    """The node at `path`, or the last one on the way that exists."""
    for step in path:
        match node.value:
            case dict() as fields if isinstance(step, str) and step in fields:
                node = fields[step]
            case list() as items if isinstance(step, int) and step < len(items):
                node = items[step]
            case _:
                return node
    return node


def untyped(value: object) -> object:
    """A value for a place without a type: plain scalars become what YAML 1.2 says they are.

    A number stays text unless it prints back exactly as it was written: `007` and `1.10` are names.
    """
    match value:
        case Plain():
            return _scalar(value)
        case Mapping():
            return {key: untyped(item) for key, item in value.items()}
        case list():
            return [untyped(item) for item in value]
        case _:
            return value


def _scalar(text: Plain) -> bool | int | float | str:
    if text in ("true", "false"):
        return text == "true"
    for number in (int, float):
        try:
            found = number(text)
        except ValueError:
            continue
        if str(found) == text and text not in ("nan", "inf", "-inf"):
            return found
    return str(text)
