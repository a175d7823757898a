"""The record inside an open transaction: read whole, moved by one transition, told newest first, replaced.

Trusts no row before its seal is checked. Never begins or ends a transaction; that is `sql`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, func, insert, select
from sqlalchemy.sql.dml import ReturningDelete

from reconciler.backends import rows
from reconciler.backends.cipher import Cipher
from reconciler.backends.head import Head, write_head
from reconciler.backends.hiding import hidden, shown
from reconciler.backends.rows import Cells, Damaged
from reconciler.backends.tables import HISTORY, INTENTS, RECORDS
from reconciler.resources import Address, Recorded
from reconciler.state import HistoryEntry, Intent, State, Transition

CHUNK = 500
"""Rows fetched or dropped at a time: a limit of ten need not read a whole history, a statement has an end."""


def read_state(connection: Connection, head: Head, cipher: Cipher | None) -> State:
    """The whole state. Damaged where any row, or their number, is not what the head says."""
    records = connection.execute(select(RECORDS)).all()
    intents = connection.execute(select(INTENTS).order_by(INTENTS.c.id)).all()
    entries = connection.scalar(select(func.count()).select_from(HISTORY))
    if (len(records), len(intents), entries) != (head.records, head.intents, head.history):
        raise Damaged("it has lost rows, or has rows too many")
    if rows.added("0", [row[-1] for row in (*records, *intents)]) != head.total:
        raise Damaged("its rows do not add up to what was last written")
    opened = [rows.intent_of(_opened(INTENTS, row, cipher)) for row in intents]
    objects = [rows.record_of(_opened(RECORDS, row, cipher)) for row in records]
    return State(
        lineage=head.lineage,
        serial=head.serial,
        records={record.address: record for record in sorted(objects, key=lambda r: r.address)},
        intents={intent.id: intent for intent in opened},
    )


def write(
    connection: Connection, head: Head, transitions: Sequence[Transition], cipher: Cipher | None
) -> None:
    """Exactly `State.after`, once for each: but what they come to is written once.

    The first ones may open what the last ones close; the fewer statements, the fewer trips to a server.
    """
    records: dict[Address, Recorded | None] = {}
    intents: dict[str, Intent | None] = {}
    told: list[HistoryEntry] = []
    for each in transitions:
        records |= dict.fromkeys(each.drop)
        records |= {record.address: record for record in each.put}
        intents |= dict.fromkeys([each.close] if each.close else [])
        intents |= {each.open.id: each.open} if each.open else {}
        told += each.history
    gone = _drop_records(connection, records)
    done = _drop(connection, _DROP_INTENTS, list(intents))
    new = _insert(connection, RECORDS, [rows.record_cells(r) for r in records.values() if r], cipher)
    begun = _insert(connection, INTENTS, [rows.intent_cells(i) for i in intents.values() if i], cipher)
    numbered = enumerate(told, head.history + 1)
    _insert(connection, HISTORY, [rows.history_cells(seq, entry) for seq, entry in numbered], cipher)
    moved = replace(
        head,
        serial=head.serial + len(transitions),
        records=head.records + len(new) - len(gone),
        intents=head.intents + len(begun) - len(done),
        history=head.history + len(told),
        total=rows.added(rows.added(head.total, [*new, *begun]), [*gone, *done], sign=-1),
    )
    write_head(connection, moved)


def write_all(
    connection: Connection, head: Head, state: State, history: Sequence[HistoryEntry], cipher: Cipher | None
) -> Head:
    """All that is there gives way to this; `history` newest first. Gives the head as it is written."""
    for table in (RECORDS, INTENTS, HISTORY):
        connection.execute(delete(table))
    new = _insert(connection, RECORDS, [rows.record_cells(r) for r in state.records.values()], cipher)
    begun = _insert(connection, INTENTS, [rows.intent_cells(i) for i in state.intents.values()], cipher)
    told = enumerate(reversed(history), 1)
    _insert(connection, HISTORY, [rows.history_cells(seq, entry) for seq, entry in told], cipher)
    whole = replace(
        head.sealed_by(cipher),
        lineage=state.lineage,
        serial=state.serial,
        records=len(new),
        intents=len(begun),
        history=len(history),
        total=rows.added("0", [*new, *begun]),
        moved_to="",
    )
    write_head(connection, whole)
    return whole


def read_history(
    connection: Connection, head: Head, address: Address | None, limit: int | None, cipher: Cipher | None
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
                entries.append(rows.history_of(shown(HISTORY.name, cells, cipher)))
        below = page[-1].seq
    return tuple(entries[:limit])


# Built once: building a statement costs as much as running it.
_DROP_INTENTS = (
    delete(INTENTS).where(INTENTS.c.id.in_(bindparam("keys", expanding=True))).returning(INTENTS.c.digest)
)
_DROP_RECORDS = (
    delete(RECORDS)
    .where(
        RECORDS.c.connection == bindparam("c"),
        RECORDS.c.kind == bindparam("k"),
        RECORDS.c.name.in_(bindparam("keys", expanding=True)),
    )
    .returning(RECORDS.c.digest)
)
_INSERT = {table.name: insert(table) for table in (RECORDS, INTENTS, HISTORY)}


def _opened(table: Table, row: Sequence[Any], cipher: Cipher | None) -> Sequence[Any]:
    return shown(table.name, rows.unsealed(table.name, row), cipher)


def _drop_records(connection: Connection, addresses: Iterable[Address]) -> list[str]:
    """By connection and kind: SQLite reads the whole table where keys of three columns are listed."""
    names: dict[tuple[str, str], list[str]] = {}
    for address in addresses:
        names.setdefault((address.connection, address.kind), []).append(address.name)
    return [
        digest
        for (among, kind), keys in names.items()
        for digest in _drop(connection, _DROP_RECORDS, keys, {"c": among, "k": kind})
    ]


def _drop(
    connection: Connection, statement: ReturningDelete[Any], keys: Sequence[str], more: Mapping[str, str] = {}
) -> list[str]:
    """Give the seals of the rows that were there."""
    found: list[str] = []
    for start in range(0, len(keys), CHUNK):
        gone = connection.execute(statement, {"keys": keys[start : start + CHUNK], **more})
        found += gone.scalars().all()
    return found


def _insert(connection: Connection, table: Table, new: Sequence[Cells], cipher: Cipher | None) -> list[str]:
    """Give the seals of the new rows."""
    stored = [rows.sealed(table.name, hidden(table.name, cells, cipher)) for cells in new]
    if stored:
        connection.execute(
            _INSERT[table.name], [dict(zip(table.c.keys(), row, strict=True)) for row in stored]
        )
    return [str(row[-1]) for row in stored]
