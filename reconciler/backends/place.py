"""What the one SQL code asks of the database under it. The differences between the two end here."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol, Self

from sqlalchemy import ColumnElement, Connection, Engine

Birth = Callable[[Connection, str], None]
"""Writes the first rows of a record whose tables have just been made. Takes the digest of their layout."""


class Place(Protocol):
    @property
    def label(self) -> str:
        """Where it is, without a password."""
        ...

    @property
    def engine(self) -> Engine: ...

    @property
    def now(self) -> ColumnElement[int]:
        """Milliseconds since 1970 by the store's clock."""
        ...

    @property
    def on_one_machine(self) -> bool:
        """Whether all who come here run on one machine, whose uptime they then share."""
        ...

    @property
    def reading(self) -> dict[str, Any]:
        """Options of a connection whose statements must all see one moment."""
        ...

    @property
    def writing(self) -> dict[str, Any]:
        """Options of a connection that will write and must wait for other writers at its start."""
        ...

    def exists(self) -> bool:
        """Whether a record was ever written here. Writes nothing."""
        ...

    def create(self, birth: Birth) -> None:
        """Make the record whole or not at all; nothing happens where another process was first."""
        ...

    def check(self, connection: Connection, layout: str) -> None:
        """Raise Damaged where the tables are not those that were made, or are torn."""
        ...

    def renew_layout(self, connection: Connection) -> str:
        """Note that the tables have today's format now, after a migration. Gives the digest of their layout."""
        ...

    def durability(self, connection: Connection) -> list[str]:
        """By which settings, each a few words, an acknowledged write could be lost. Empty where by none."""
        ...

    def scratch(self) -> AbstractContextManager[Callable[[], Self]]:
        """Places for one record to try things on, beside the real one; gone afterwards, with all in it."""
        ...

    def explain(self, error: BaseException) -> tuple[str, str]:
        """What went wrong, and the hint, for an error of the driver."""
        ...
