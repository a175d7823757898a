"""The record inside an open transaction: read whole, moved by one transition, told newest first, replaced.

Trusts no row before its seal is checked. Never begins or ends a transaction; that is `sql`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, func, insert, select

from reconciler.backends import rows
from reconciler.backends.cipher import Cipher
from reconciler.backends.head import Head, write_head
from reconciler.backends.hiding import hidden, shown
from reconciler.backends.rows import Cells, Damaged
from reconciler.backends.tables import HISTORY, INTENTS, RECORDS
from reconciler.resources import Address
from reconciler.state import HistoryEntry, State, Transition

CHUNK = 500
"""Rows of history fetched at a time: a limit of ten need not read them all."""


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


def write(connection: Connection, head: Head, transition: Transition, cipher: Cipher | None) -> Head:
    """Exactly `State.after`: a put wins over a drop of the same address, the last put over an earlier one.

    Gives the head as it is then, for the caller to write: several transitions share one.
    """
    put = {record.address: rows.record_cells(record) for record in transition.put}
    gone = [digest for address in {*transition.drop, *put} for digest in _drop_record(connection, address)]
    new = _insert(connection, RECORDS, list(put.values()), cipher)
    closed = {transition.close, transition.open.id if transition.open else ""} - {""}
    done = [digest for intent in closed for digest in _drop_intent(connection, intent)]
    opened = [rows.intent_cells(transition.open)] if transition.open else []
    begun = _insert(connection, INTENTS, opened, cipher)
    told = enumerate(transition.history, head.history + 1)
    _insert(connection, HISTORY, [rows.history_cells(seq, entry) for seq, entry in told], cipher)
    return replace(
        head,
        serial=head.serial + 1,
        records=head.records + len(new) - len(gone),
        intents=head.intents + len(begun) - len(done),
        history=head.history + len(transition.history),
        total=rows.added(rows.added(head.total, [*new, *begun]), [*gone, *done], sign=-1),
    )


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
_INSERT = {table.name: insert(table) for table in (RECORDS, INTENTS, HISTORY)}


def _opened(table: Table, row: Sequence[Any], cipher: Cipher | None) -> Sequence[Any]:
    return shown(table.name, rows.unsealed(table.name, row), cipher)


def _drop_intent(connection: Connection, intent: str) -> Sequence[str]:
    return connection.execute(_DROP_INTENT, {"i": intent}).scalars().all()


def _drop_record(connection: Connection, address: Address) -> Sequence[str]:
    named = {"c": address.connection, "k": address.kind, "n": address.name}
    return connection.execute(_DROP_RECORD, named).scalars().all()


def _insert(connection: Connection, table: Table, new: Sequence[Cells], cipher: Cipher | None) -> list[str]:
    """Give the seals of the new rows."""
    stored = [rows.sealed(table.name, hidden(table.name, cells, cipher)) for cells in new]
    if stored:
        connection.execute(
            _INSERT[table.name], [dict(zip(table.c.keys(), row, strict=True)) for row in stored]
        )
    return [str(row[-1]) for row in stored]
