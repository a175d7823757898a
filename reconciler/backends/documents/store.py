"""What the one document code asks of the store under it: immutable parts, and one head that is swapped.

A swap is compare-and-set on the version of the head; everything else follows from that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the record, as the head names it.

    `path` is where people find it, `digest` the SHA-256 of its bytes as they are stored, `count` how many
    entries it has.
    """

    path: str
    digest: str
    count: int


@dataclass(frozen=True, slots=True)
class Found:
    """The head as it was read, and the version of it that a swap must name.

    `at` is when it was written, in seconds since 1970 by a clock of the store's own, where it has one.
    """

    head: bytes
    version: str
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Why a head is swapped, and who does it; for stores that keep a log."""

    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Swap:
    """From `before` (None: there is no head yet) to `head`, with the parts that it names and `before` did not.

    The parts at `gone` are named no more. `serial` is that of `before`; `at` is in seconds since 1970, by our
    clock and for people.
    """

    before: Found | None
    serial: int
    head: bytes
    parts: Mapping[Part, bytes]
    gone: Collection[str]
    note: Note
    at: int


class Moved(Exception):
    """The head is not the one that a swap named. A retried request may have been itself the first."""


class Unsure(Exception):
    """Nobody knows whether a swap took effect. `again`: it may be tried once more, if it did not."""

    def __init__(self, what: str, hint: str, *, again: bool = True) -> None:
        super().__init__(what)
        self.what, self.hint, self.again = what, hint, again


class Store(Protocol):
    """Every method raises StateError where the store cannot be reached or refuses."""

    @property
    def label(self) -> str:
        """Where it is, without a password."""
        ...

    def read(self) -> Found | None:
        """The newest head; None only where it is certain that there is none."""
        ...

    def parts(self, version: str, wanted: Sequence[Part]) -> Sequence[bytes | None]:
        """Their bytes as stored, in that order and not verified; None for one that is not there."""
        ...

    def swap(self, change: Swap) -> str:
        """Make the change at once or not at all, durable on return. The new version; raise Moved or Unsure."""
        ...

    def scratch(self) -> AbstractContextManager[Callable[[], Store]]:
        """Clients of a place that nobody else knows, under the same rights; it is gone at the end."""
        ...

    def close(self) -> None: ...
