"""The one row that speaks for the whole record: its format, lineage and serial, how many rows belong to it.

Read before anything else, since a newer format may have other tables, and an encrypted record needs a key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Any, Self

from sqlalchemy import Connection, Select, insert, literal_column, select, update

from reconciler.backends import rows
from reconciler.backends.cipher import Cipher, key_wanted
from reconciler.backends.refusals import moved, of_another, too_new
from reconciler.backends.rows import Damaged
from reconciler.backends.tables import FORMAT, META

ONLY = 1
"""The id of the one row of `meta`."""


@dataclass(frozen=True, slots=True)
class Head:
    """The row of `meta`, in the order of its columns and without its seal."""

    id: int
    format: int
    lineage: str
    serial: int
    environment: str
    layout: str
    records: int
    intents: int
    history: int
    total: str
    sealed: str = ""
    moved_to: str = ""

    def sealed_by(self, cipher: Cipher | None) -> Self:
        """With a token of today's key, by which the next reader tells whether it has the right one."""
        token = cipher.seal(self.environment.encode()).decode("ascii") if cipher else ""
        return replace(self, sealed=token)

    def opened_by(self, cipher: Cipher | None) -> Cipher | None:
        """What the rows are read with: nothing for a plain record, whatever keys there are.

        Raise StateError where the record is encrypted and no key opens it.
        """
        if not self.sealed:
            return None
        if cipher is None:
            raise key_wanted()
        cipher.open(self.sealed.encode("ascii", "replace"))
        return cipher

    def refuse_moved(self) -> None:
        """Raise Refused where the record lives elsewhere now."""
        if self.moved_to:
            raise moved(self.moved_to)


_COLUMNS = tuple(field.name for field in fields(Head))
_CELLS = attrgetter(*_COLUMNS)  # dataclasses.astuple copies deeply, at a third of the cost of a commit
_OF_FORMAT: Mapping[int, tuple[str, ...]] = {1: _COLUMNS[:10], FORMAT: _COLUMNS}
"""The columns by format. An older head is read as it was written; what it lacks has its default."""

# Built once: building a statement costs as much as running it. `*`, since the columns depend on the format.
_SELECT: Select[Any] = select(literal_column("*")).select_from(META)
_UPDATE = update(META)


def read_head(connection: Connection, *, environment: str) -> Head:
    """The verified head. Its format is checked first: a newer one may have other columns."""
    found = connection.execute(_SELECT).mappings().all()
    if len(found) != 1:
        raise Damaged(f"its head has {len(found)} rows, not one")
    version = found[0].get("format")
    if isinstance(version, int) and version > FORMAT:
        raise too_new(version, FORMAT)
    columns = _OF_FORMAT.get(version) if isinstance(version, int) else None
    if columns is None or not found[0].keys() >= {*columns, "digest"}:
        raise Damaged("its head is of no format that there ever was")
    return head_of([found[0][name] for name in (*columns, "digest")], environment=environment)


def head_of(row: Sequence[Any], *, environment: str) -> Head:
    """The verified head, from the cells of a format that is known."""
    head = Head(*rows.unsealed(META.name, row))
    if head.environment != environment:
        raise of_another(head.environment, environment)
    return head


def write_first_head(connection: Connection, head: Head) -> None:
    connection.execute(insert(META), _named(head))


def write_head(connection: Connection, head: Head) -> None:
    connection.execute(_UPDATE, _named(head))


def new_head(environment: str, lineage: str, layout: str) -> Head:
    """Of a new, empty record."""
    return Head(ONLY, FORMAT, lineage, 0, environment, layout, 0, 0, 0, rows.added("0", ()))


def _named(head: Head) -> dict[str, Any]:
    return dict(zip(META.c.keys(), rows.sealed(META.name, _CELLS(head)), strict=True))
