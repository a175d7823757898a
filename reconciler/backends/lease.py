"""The lock inside an open transaction: one row that holds a Slot.

Never begins or ends a transaction. `now` is asked for after the row is locked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, update

from reconciler.backends import rows, slot as slots
from reconciler.backends.head import Head, head_of
from reconciler.backends.protocol import Holder, Lease
from reconciler.backends.rows import Cells, Damaged
from reconciler.backends.slot import FREE, Moment, Slot
from reconciler.backends.tables import LEASE, META

ONLY = 1
_SEEN = select(LEASE)
_LOCKED = _SEEN.with_for_update()
_WITH_HEAD = select(LEASE, META).where(LEASE.c.id == META.c.id).with_for_update()


def write_first(connection: Connection) -> None:
    connection.execute(insert(LEASE), _named(FREE))


def read(connection: Connection, *, lock: bool = False) -> Slot:
    """The verified row; with `lock`, nobody else may lock it before this transaction ends."""
    found = connection.execute(_LOCKED if lock else _SEEN).all()
    if len(found) != 1:
        raise Damaged(f"its lock has {len(found)} rows, not one")
    return _slot_of(found[0])


def read_with_head(connection: Connection, *, environment: str) -> tuple[Slot, Head]:
    """Both rows, locked, by one statement: of a record whose head is known to be of today's format."""
    found = connection.execute(_WITH_HEAD).all()
    if len(found) != 1:
        raise Damaged(f"its lock and its head are {len(found)} pairs, not one")
    width = len(LEASE.c)
    return _slot_of(found[0][:width]), head_of(found[0][width:], environment=environment)


def grant(connection: Connection, slot: Slot, holder: Holder, *, ttl_seconds: float, now: Moment) -> Lease:
    after, lease = slots.granted(slot, holder, ttl_seconds=ttl_seconds, now=now)
    _write(connection, after)
    return lease


def extend(connection: Connection, slot: Slot, lease: Lease, *, now: Moment) -> Lease:
    after, renewed = slots.extended(slot, lease, now=now)
    _write(connection, after)
    return renewed


def shorten(connection: Connection, slot: Slot, *, now: Moment) -> None:
    if (after := slots.shortened(slot, now=now)) != slot:
        _write(connection, after)


def clear(connection: Connection, slot: Slot) -> None:
    _write(connection, slots.cleared(slot))


def _slot_of(row: Sequence[Any]) -> Slot:
    _, epoch, holder, since, until, ttl = rows.unsealed(LEASE.name, row)
    return Slot(
        epoch, rows.parsed(lambda: Holder(**json.loads(holder))) if holder else None, since, until, ttl
    )


def _write(connection: Connection, slot: Slot) -> None:
    connection.execute(update(LEASE), _named(slot))


def _cells(slot: Slot) -> Cells:
    holder = rows.plain(slot.holder) if slot.holder else ""
    return (ONLY, slot.epoch, holder, slot.since, slot.until, slot.ttl)


def _named(slot: Slot) -> dict[str, str | int]:
    return dict(zip(LEASE.c.keys(), rows.sealed(LEASE.name, _cells(slot)), strict=True))
