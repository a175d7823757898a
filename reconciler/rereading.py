"""What a run writes next, as it is now: looked at in bulk at first, and again where that look has grown old."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Protocol

from reconciler.changes import Change, Create
from reconciler.kinds import OBJECTS, ObjectType
from reconciler.plan import Plan
from reconciler.resources import Address, Observed

BULK_FROM = 10
"""From so many touched objects of one type on, a list costs less than asking for each."""


class Reader(Protocol):
    """What is asked of live. Every method raises LiveError."""

    def objects(self, object_type: ObjectType, connection: str) -> Mapping[str, Observed]: ...

    def object(self, object_type: ObjectType, connection: str, uuid: str) -> Observed | None: ...


@dataclass(slots=True)
class _Group:
    """The changes of one object type in one connection that are still to be carried out, and the last look."""

    object_type: ObjectType
    connection: str
    waiting: dict[Address, Change] = field(default_factory=dict)
    found: Mapping[Address, Observed | None] = field(default_factory=dict)
    at: float = 0.0
    turn: Lock = field(default_factory=Lock)


class Rereading:
    """Shared by the threads of a run. A look counts for `fresh_seconds`."""

    def __init__(self, plan: Plan, live: Reader, fresh_seconds: float) -> None:
        self._live, self._fresh = live, fresh_seconds
        self._groups: dict[tuple[str, str], _Group] = {}
        for change in plan.writes:
            place = (change.address.connection, change.address.kind)
            group = self._groups.setdefault(place, _Group(OBJECTS[place[1]], plan.connections[place[0]]))
            group.waiting[change.address] = change

    def begin(self, pool: ThreadPoolExecutor) -> None:
        """See all that will be written. Raise LiveError: nothing has been sent yet."""
        list(pool.map(self._look, self._groups.values()))

    def observed(self, change: Change) -> Observed | None:
        """The object right before its write; each change asks once. Raise LiveError."""
        group = self._groups[change.address.connection, change.address.kind]
        with group.turn:
            if monotonic() - group.at > self._fresh:
                self._look(group)
            del group.waiting[change.address]
            return group.found[change.address]

    def again(self, change: Change) -> Observed | None:
        """One object, right now. Raise LiveError."""
        address = change.address
        alone = _Group(OBJECTS[address.kind], self._groups[address.connection, address.kind].connection)
        alone.waiting[address] = change
        self._look(alone)
        return alone.found[address]

    def _look(self, group: _Group) -> None:
        at, changes = monotonic(), group.waiting
        creates = any(isinstance(c, Create) for c in changes.values())
        if group.object_type.singleton or (len(changes) < BULK_FROM and not creates):
            group.found = {
                a: self._live.object(group.object_type, group.connection, c.uuid) for a, c in changes.items()
            }
        else:
            objects = self._live.objects(group.object_type, group.connection)
            names = {o.name: o for o in objects.values()}
            group.found = {
                a: names.get(c.name) if isinstance(c, Create) else objects.get(c.uuid)
                for a, c in changes.items()
            }
        group.at = at
