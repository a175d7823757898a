"""The record inside an open transaction: read whole, moved by one transition, told newest first.

Trusts no row before its seal is checked. Never begins or ends a transaction; that is `sql`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, func, insert, select, update

from reconciler.backends import rows
from reconciler.backends.rows import Cells, Damaged
from reconciler.backends.tables import FORMAT, HISTORY, INTENTS, META, RECORDS
from reconciler.errors import StateError
from reconciler.resources import Address
from reconciler.state import HistoryEntry, State, Transition

ONLY = 1
"""The id of the one row of `meta`."""

CHUNK = 500
"""Rows of history fetched at a time: a limit of ten need not read them all."""


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

    def cells(self) -> Cells:
        return (
            self.id,
            self.format,
            self.lineage,
            self.serial,
            self.environment,
            self.layout,
            self.records,
            self.intents,
            self.history,
            self.total,
        )


def write_first(connection: Connection, *, environment: str, lineage: str, layout: str) -> None:
    """The head of a new, empty record."""
    head = Head(ONLY, FORMAT, lineage, 0, environment, layout, 0, 0, 0, rows.added("0", ()))
    _insert(connection, META, [head.cells()])


def read_head(connection: Connection, *, environment: str) -> Head:
    """The verified head. Its format is checked first: a newer one may have other columns."""
    found = connection.execute(select(META.c.format)).scalars().all()
    if len(found) == 1 and isinstance(found[0], int) and found[0] > FORMAT:
        raise too_new(found[0])
    head = _head(connection)
    if head.environment != environment:
        raise StateError(
            f"this state is of environment {head.environment!r}, not of {environment!r}",
            hint="give each environment a state of its own",
        )
    return head


def too_new(version: int) -> StateError:
    return StateError(
        f"this state was written by a newer reconciler (format {version}, this one knows {FORMAT})",
        hint="upgrade reconciler; nothing was read or changed",
    )


def _head(connection: Connection) -> Head:
    found = connection.execute(_SELECT_HEAD).all()
    if len(found) != 1:
        raise Damaged(f"its head has {len(found)} rows, not one")
    return Head(*rows.unsealed(META.name, found[0]))


def read_state(connection: Connection, head: Head) -> State:
    """The whole state. Damaged where any row, or their number, is not what the head says."""
    records = connection.execute(select(RECORDS)).all()
    intents = connection.execute(select(INTENTS).order_by(INTENTS.c.id)).all()
    entries = connection.scalar(select(func.count()).select_from(HISTORY))
    if (len(records), len(intents), entries) != (head.records, head.intents, head.history):
        raise Damaged("it has lost rows, or has rows too many")
    if rows.added("0", [row[-1] for row in (*records, *intents)]) != head.total:
        raise Damaged("its rows do not add up to what was last written")
    opened = [rows.intent_of(rows.unsealed(INTENTS.name, row)) for row in intents]
    objects = [rows.record_of(rows.unsealed(RECORDS.name, row)) for row in records]
    return State(
        lineage=head.lineage,
        serial=head.serial,
        records={record.address: record for record in sorted(objects, key=lambda r: r.address)},
        intents={intent.id: intent for intent in opened},
    )


def write(connection: Connection, transition: Transition) -> None:
    """Exactly `State.after`: a put wins over a drop of the same address, the last put over an earlier one."""
    head = _head(connection)
    put = {record.address: rows.record_cells(record) for record in transition.put}
    gone = [digest for address in {*transition.drop, *put} for digest in _drop_record(connection, address)]
    new = _insert(connection, RECORDS, list(put.values()))
    closed = {transition.close, transition.open.id if transition.open else ""} - {""}
    done = [digest for intent in closed for digest in _drop_intent(connection, intent)]
    begun = _insert(connection, INTENTS, [rows.intent_cells(transition.open)] if transition.open else [])
    told = enumerate(transition.history, head.history + 1)
    _insert(connection, HISTORY, [rows.history_cells(seq, entry) for seq, entry in told])
    moved = replace(
        head,
        serial=head.serial + 1,
        records=head.records + len(new) - len(gone),
        intents=head.intents + len(begun) - len(done),
        history=head.history + len(transition.history),
        total=rows.added(rows.added(head.total, [*new, *begun]), [*gone, *done], sign=-1),
    )
    connection.execute(_UPDATE_HEAD, _named(META, moved.cells()))


def read_history(
    connection: Connection, head: Head, address: Address | None, limit: int | None
) -> Sequence[HistoryEntry]:
    """Newest first. Reads by number and sifts here: a damaged address must be found, not passed over."""
    entries: list[HistoryEntry] = []
    below = head.history + 1
    while below > 1 and (limit is None or len(entries) < limit):
        page = connection.execute(
            select(HISTORY).where(HISTORY.c.seq < below).order_by(HISTORY.c.seq.desc()).limit(CHUNK)
        ).all()
        expected = range(below - 1, max(below - 1 - CHUNK, 0), -1)
        if [row.seq for row in page] != list(expected):
            raise Damaged("its history has lost entries")
        for row in page:
            cells = rows.unsealed(HISTORY.name, row)
            if address is None or cells[1:4] == rows.key_cells(address):
                entries.append(rows.history_of(cells))
        below = page[-1].seq
    return tuple(entries[:limit])


# Built once: building a statement costs as much as running it.
_SELECT_HEAD = select(META)
_UPDATE_HEAD = update(META)
_DROP_INTENT = delete(INTENTS).where(INTENTS.c.id == bindparam("i")).returning(INTENTS.c.digest)
_DROP_RECORD = (
    delete(RECORDS)
    .where(
        RECORDS.c.connection == bindparam("c"),
        RECORDS.c.kind == bindparam("k"),
        RECORDS.c.name == bindparam("n"),
    )
    .returning(RECORDS.c.digest)
)
_INSERT = {table.name: insert(table) for table in (META, RECORDS, INTENTS, HISTORY)}


def _drop_intent(connection: Connection, intent: str) -> Sequence[str]:
    return connection.execute(_DROP_INTENT, {"i": intent}).scalars().all()


def _drop_record(connection: Connection, address: Address) -> Sequence[str]:
    named = {"c": address.connection, "k": address.kind, "n": address.name}
    return connection.execute(_DROP_RECORD, named).scalars().all()


def _insert(connection: Connection, table: Table, new: Sequence[Cells]) -> list[str]:
    """Give the seals of the new rows."""
    named = [_named(table, cells) for cells in new]
    if named:
        connection.execute(_INSERT[table.name], named)
    return [str(row["digest"]) for row in named]


def _named(table: Table, cells: Cells) -> dict[str, Any]:
    return dict(zip(table.c.keys(), rows.sealed(table.name, cells), strict=True))
