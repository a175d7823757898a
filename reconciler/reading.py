"""A strict reader of JSON documents that are ours: every key has one type, and a mistake names its place.

Pure. Only UsageError is raised, whatever the document holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Never

from reconciler.errors import UsageError
from reconciler.resources import Address
from reconciler.values import MISSING, Json, Maybe


def no_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """For `json.loads`: two readers of one document must not see two values."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def no_such_number(word: str) -> Never:
    """For `json.loads`: NaN and Infinity are no JSON."""
    raise ValueError(f"{word} is no JSON")


class Reader:
    """One object of a document. `where` leads to it from the top, for messages. Iterates over its keys."""

    __slots__ = ("_values", "_where")

    def __init__(self, values: Mapping[str, Json], where: str) -> None:
        self._values = values
        self._where = where

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def value(self, key: str) -> Maybe:
        return self._values.get(key, MISSING)

    def json(self, key: str) -> Json:
        return self._values[key] if key in self._values else self._refuse(key, "is missing")

    def value_of_all(self) -> Mapping[str, Json]:
        return self._values

    def text(self, key: str) -> str:
        value = self.value(key)
        return value if isinstance(value, str) else self._refuse(key, "must be text")

    def text_or_null(self, key: str) -> str:
        """Null is empty text to us."""
        return "" if self.value(key) is None else self.text(key)

    def one_of(self, key: str, words: Collection[str]) -> str:
        word = self.text(key)
        return word if word in words else self._refuse(key, f"must be one of {', '.join(words)}")

    def integer(self, key: str) -> int:
        value = self.value(key)
        if not isinstance(value, int) or isinstance(value, bool):
            self._refuse(key, "must be a whole number")
        return value

    def object(self, key: str) -> Reader:
        value = self.value(key)
        inner = value if isinstance(value, dict) else self._refuse(key, "must be an object")
        return Reader(inner, f"{self._where}.{key}")

    def objects(self, key: str) -> list[Reader]:
        found = []
        for index, item in enumerate(self._list(key)):
            if not isinstance(item, dict):
                self._refuse(f"{key}[{index}]", "must be an object")
            found.append(Reader(item, f"{self._where}.{key}[{index}]"))
        return found

    def all_text(self) -> dict[str, str]:
        return {key: self.text(key) for key in self}

    def address(self, key: str) -> Address:
        return Address.parse(self.text(key))

    def addresses(self, key: str) -> tuple[Address, ...]:
        return tuple(Address.parse(text) for text in self.texts(key))

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(
            text if isinstance(text, str) else self._refuse(key, "must be a list of text")
            for text in self._list(key)
        )

    def _list(self, key: str) -> list[Json]:
        value = self.value(key)
        return value if isinstance(value, list) else self._refuse(key, "must be a list")

    def _refuse(self, key: str, why: str) -> Never:
        raise UsageError(f"{self._where}.{key} {why}")
