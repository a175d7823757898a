"""One environment's record in SQLite or PostgreSQL, through SQLAlchemy Core.

Threads of one process take turns at one connection. Every write is one transaction that first locks and checks
the lease.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from reconciler.backends import lease as leases, ledger
from reconciler.backends.place import Place
from reconciler.backends.protocol import Holder, Lease
from reconciler.backends.rows import Damaged
from reconciler.backends.slot import owns, refuse_held, refuse_lost
from reconciler.errors import ReconcilerError, StateError
from reconciler.resources import Address
from reconciler.state import HistoryEntry, State, Transition

RESTORE = "restore it from a backup; nothing was changed, and it is not taken for an empty state"


class SqlBackend:
    """A Backend. `clock` gives seconds since 1970 in place of the store's clock; `ids` a new lineage."""

    def __init__(
        self, place: Place, *, environment: str, clock: Callable[[], float] | None, ids: Callable[[], str]
    ) -> None:
        self._place = place
        self._environment = environment
        self._clock = clock
        self._ids = ids
        self._turn = threading.RLock()

    @property
    def label(self) -> str:
        return self._place.label

    def load(self) -> State:
        with self._told():
            if not self._place.exists():
                return State(lineage="")
            with self._transaction(self._place.reading) as connection:
                return ledger.read_state(connection, self._checked_head(connection))

    def commit(self, transition: Transition, *, lease: Lease) -> None:
        with self._told(), self._existing() as connection:
            slot = leases.read(connection, lock=True)
            if not owns(slot, lease):
                raise refuse_lost(slot, self._now(connection))
            ledger.write(connection, transition)

    def history(self, address: Address | None = None, limit: int | None = None) -> Sequence[HistoryEntry]:
        with self._told():
            if not self._place.exists():
                return ()
            with self._transaction(self._place.reading) as connection:
                return ledger.read_history(connection, self._head(connection), address, limit)

    def acquire(self, holder: Holder, ttl_seconds: float) -> Lease:
        with self._told():
            if not self._place.exists():
                self._place.create(self._birth)
            with self._existing() as connection:
                self._checked_head(connection)
                slot = leases.read(connection, lock=True)
                now = self._now(connection)
                if slot.held(now) is None:
                    return leases.grant(connection, slot, holder, ttl_seconds=ttl_seconds, now=now)
                leases.shorten(connection, slot, now=now)
            raise refuse_held(slot, now)

    def renew(self, lease: Lease) -> Lease:
        with self._told(), self._existing() as connection:
            slot = leases.read(connection, lock=True)
            now = self._now(connection)
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
                return leases.read(connection).held(self._now(connection))

    def break_lock(self) -> Holder | None:
        with self._told():
            if not self._place.exists():
                return None
            with self._existing() as connection:
                self._head(connection)
                slot = leases.read(connection, lock=True)
                holder = slot.held(self._now(connection))
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

    def _birth(self, connection: Connection, layout: str) -> None:
        ledger.write_first(connection, environment=self._environment, lineage=self._ids(), layout=layout)
        leases.write_first(connection)

    def _head(self, connection: Connection) -> ledger.Head:
        return ledger.read_head(connection, environment=self._environment)

    def _checked_head(self, connection: Connection) -> ledger.Head:
        head = self._head(connection)
        self._place.check(connection, head.layout)
        return head

    def _now(self, connection: Connection) -> int:
        if self._clock is not None:
            return round(self._clock() * 1000)
        return connection.execute(select(self._place.now)).scalar_one()

    @contextmanager
    def _existing(self) -> Iterator[Connection]:
        """A transaction that writes to a record that must be there: whoever holds a lease has seen it made."""
        if not self._place.exists():
            raise StateError(
                "the state has gone since it was locked",
                hint="find out who moved or deleted it, and restore it before the next run",
            )
        with self._transaction(self._place.writing) as connection:
            yield connection

    @contextmanager
    def _transaction(self, options: dict[str, Any]) -> Iterator[Connection]:
        with self._place.engine.connect() as bare:
            connection = bare.execution_options(**options)
            with connection.begin():
                yield connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        """One caller at a time; the errors of the store in the words of the house."""
        with self._turn:
            try:
                yield
            except (Damaged, UnicodeDecodeError) as error:
                raise StateError(f"the state in {self.label} is damaged: {error}", hint=RESTORE) from error
            except UnicodeEncodeError as error:
                raise StateError(
                    f"the state in {self.label} cannot hold a value with half a surrogate pair in it",
                    hint="correct the name or uuid that has it; nothing was written",
                ) from error
            except ReconcilerError as error:
                error.message = f"{error.message} [{self.label}]"
                raise
            except (DBAPIError, SQLAlchemyError, OSError) as error:
                cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
                what, hint = self._place.explain(cause)
                raise StateError(f"the state in {self.label} {what}", hint=hint) from error
