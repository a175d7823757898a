"""One environment's record in SQLite or PostgreSQL, through SQLAlchemy Core.

Threads of one process take turns at one connection. Every write is one transaction that first locks and checks
the lease.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from reconciler.backends import lease as leases, ledger
from reconciler.backends.cipher import Cipher
from reconciler.backends.head import Head, new_head, read_head, write_first_head, write_head
from reconciler.backends.migrations import encrypted, migrated
from reconciler.backends.place import Place
from reconciler.backends.protocol import Finding, Holder, Lease
from reconciler.backends.refusals import gone, told
from reconciler.backends.slot import Moment, Slot, owns, refuse_held, refuse_lost
from reconciler.backends.tables import FORMAT
from reconciler.backends.trial import clock_finding, durable_finding, record_finding, trial
from reconciler.backends.uptime import STARTED, uptime
from reconciler.backends.waves import Waiting, Waves
from reconciler.errors import ReconcilerError, StateError, without_frames
from reconciler.resources import Address
from reconciler.state import HistoryEntry, State, Transition


class SqlBackend:
    """A Backend. `clock` gives seconds since 1970 in place of the store's clock; `ids` a new lineage."""

    def __init__(
        self,
        place: Place,
        *,
        environment: str,
        clock: Callable[[], float] | None,
        ids: Callable[[], str],
        cipher: Cipher | None,
    ) -> None:
        self._place = place
        self._environment = environment
        self._clock = clock
        self._ids = ids
        self._cipher = cipher
        self._turn = threading.RLock()
        self._current = False
        self._waves = Waves(self._carry)

    @property
    def label(self) -> str:
        return self._place.label

    def load(self, *, moved: bool = False) -> State:
        with self._told():
            if not self._place.exists():
                return State(lineage="")
            with self._transaction(self._place.reading) as connection:
                head = self._checked_head(connection)
                if not moved:
                    head.refuse_moved()
                return ledger.read_state(connection, head, head.opened_by(self._cipher))

    def commit(self, transition: Transition, *, lease: Lease) -> None:
        """Together with what other threads commit meanwhile; see `Waves`."""
        self._waves.carried(Waiting(transition, lease))

    def restore(self, state: State, history: Sequence[HistoryEntry], *, lease: Lease) -> None:
        with self._told(), self._leased(lease) as (connection, head):
            ledger.write_all(connection, head, state, history, self._cipher)

    def retire(self, to: str, *, lease: Lease) -> None:
        with self._told(), self._leased(lease) as (connection, head):
            write_head(connection, replace(head, moved_to=to))

    def probe(self) -> Sequence[Finding]:
        """On a record of its own beside the real one: the same code, the same server or disk."""
        findings = [record_finding(self)]
        try:
            with self._told(), self._place.scratch() as places, ExitStack() as stack:
                first, second = (stack.enter_context(self._on(places())) for _ in range(2))
                findings += trial(first, second)
                with first._transaction(first._place.reading) as connection:  # noqa: SLF001 - one of us
                    findings.append(durable_finding(first._place.durability(connection)))  # noqa: SLF001
                    findings.append(clock_finding(self._now(connection) / 1000, time.time()))
        except ReconcilerError as error:
            findings.append(Finding("scratch", ok=False, message=error.message))
        return findings

    def history(self, address: Address | None = None, limit: int | None = None) -> Sequence[HistoryEntry]:
        with self._told():
            if not self._place.exists():
                return ()
            with self._transaction(self._place.reading) as connection:
                head = self._head(connection)
                return ledger.read_history(connection, head, address, limit, head.opened_by(self._cipher))

    def acquire(self, holder: Holder, ttl_seconds: float) -> Lease:
        with self._told():
            if not self._place.exists():
                self._place.create(self._birth)
            with self._existing() as connection:
                self._checked_head(connection).opened_by(self._cipher)
                slot = leases.read(connection, lock=True)
                now = self._moment(connection)
                if slot.held(now) is None:
                    return leases.grant(connection, slot, holder, ttl_seconds=ttl_seconds, now=now)
                leases.shorten(connection, slot, now=now)
            raise refuse_held(slot, now)

    def renew(self, lease: Lease) -> Lease:
        with self._told(), self._existing() as connection:
            slot = leases.read(connection, lock=True)
            now = self._moment(connection)
            if not owns(slot, lease):
                raise refuse_lost(slot, now)
            return leases.extend(connection, slot, lease, now=now)

    def release(self, lease: Lease) -> None:
        with self._told():
            if not self._place.exists():
                return
            with self._existing() as connection:
                slot = leases.read(connection, lock=True)
                if owns(slot, lease):
                    leases.clear(connection, slot)

    def holder(self) -> Holder | None:
        with self._told():
            if not self._place.exists():
                return None
            with self._transaction(self._place.reading) as connection:
                self._head(connection)
                return leases.read(connection).held(self._moment(connection))

    def break_lock(self) -> Holder | None:
        with self._told():
            if not self._place.exists():
                return None
            with self._existing() as connection:
                self._head(connection)
                slot = leases.read(connection, lock=True)
                holder = slot.held(self._moment(connection))
                leases.clear(connection, slot)
                return holder

    def close(self) -> None:
        with self._turn:
            self._place.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _carry(self, wave: Sequence[Waiting]) -> None:
        """All of them in one transaction; where that fails before its end, each in its own."""
        if self._carried(wave):
            return
        for each in wave:
            try:
                self._carried([each])
            except ReconcilerError as error:
                each.error = error

    def _carried(self, wave: Sequence[Waiting]) -> bool:
        """Whether they were stored. False where they are several, and certainly none of them was."""
        ending = False
        try:
            with self._told(), self._leased(*(each.lease for each in wave)) as (connection, head):
                head.refuse_moved()
                whole = encrypted(connection, head, self._cipher)
                ledger.write(connection, whole, [each.transition for each in wave], self._cipher)
                ending = True
        except ReconcilerError:
            if ending or len(wave) == 1:
                raise  # what fails in the middle of COMMIT may be stored: it must not be written twice
            return False
        return True

    def _on(self, place: Place) -> SqlBackend:
        return SqlBackend(
            place, environment=self._environment, clock=self._clock, ids=self._ids, cipher=self._cipher
        )

    def _birth(self, connection: Connection, layout: str) -> None:
        head = new_head(self._environment, self._ids(), layout)
        write_first_head(connection, head.sealed_by(self._cipher))
        leases.write_first(connection)

    def _head(self, connection: Connection) -> Head:
        head = read_head(connection, environment=self._environment)
        self._current = head.format == FORMAT
        return head

    def _checked_head(self, connection: Connection) -> Head:
        head = self._head(connection)
        self._place.check(connection, head.layout)
        return head

    def _now(self, connection: Connection) -> int:
        if self._clock is not None:
            return round(self._clock() * 1000)
        return connection.execute(select(self._place.now)).scalar_one()

    def _moment(self, connection: Connection) -> Moment:
        """By the clock that the lock is timed with."""
        if self._clock is not None or not self._place.on_one_machine:
            return Moment(self._now(connection))
        return Moment(round(uptime() * 1000), ahead=STARTED)

    @contextmanager
    def _existing(self) -> Iterator[Connection]:
        """A transaction that writes to a record that must be there: whoever holds a lease has seen it made."""
        if not self._place.exists():
            raise gone()
        with self._transaction(self._place.writing) as connection:
            yield connection

    @contextmanager
    def _leased(self, *held: Lease) -> Iterator[tuple[Connection, Head]]:
        """The same, for who holds the lock, and for nobody else; with a head of today's format.

        Only who can read a record writes to it.
        """
        with self._existing() as connection:
            slot, head = self._locked(connection)
            if not all(owns(slot, lease) for lease in held):
                raise refuse_lost(slot, self._moment(connection))
            head.opened_by(self._cipher)
            yield connection, migrated(connection, self._place, head)

    def _locked(self, connection: Connection) -> tuple[Slot, Head]:
        if self._current:  # when it was last read: under a lease, that does not change
            return leases.read_with_head(connection, environment=self._environment)
        return leases.read(connection, lock=True), self._head(connection)

    @contextmanager
    def _transaction(self, options: dict[str, Any]) -> Iterator[Connection]:
        with self._place.engine.connect() as bare:
            connection = bare.execution_options(**options)
            with connection.begin():
                yield connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        """One caller at a time; the errors of the store in the words of the house."""
        with self._turn, told(self.label):
            try:
                yield
            except (DBAPIError, SQLAlchemyError, OSError) as error:
                cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
                what, hint = self._place.explain(cause)
                raise StateError(f"the state {what}", hint=hint) from without_frames(error)
