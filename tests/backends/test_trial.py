"""Stores that break one promise each: the trial of `state doctor` finds which."""

from __future__ import annotations

import itertools

import pytest

from reconciler.backends import Backend, Holder, Lease
from reconciler.backends.sql import SqlBackend
from reconciler.backends.trial import trial
from reconciler.errors import Refused, StateError
from reconciler.state import State, Transition
from tests.backends.conftest import Store


class Blind:
    """A store, as a client sees it; what the sorts below leave out is passed on."""

    def __init__(self, inner: Backend) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)


class TakesAnyEpoch(Blind):
    """It has no conditional write: whoever comes last is right."""

    def commit(self, transition: Transition, *, lease: Lease) -> None:
        try:
            self.inner.commit(transition, lease=lease)
        except Refused:
            self.inner.break_lock()
            self.inner.commit(transition, lease=self.inner.acquire(lease.holder, 60))


class GrantsTwice(Blind):
    """Its lock is advisory, and nobody takes the advice."""

    def acquire(self, holder: Holder, ttl_seconds: float) -> Lease:
        self.inner.break_lock()
        return self.inner.acquire(holder, ttl_seconds)


class ReadsLate(Blind):
    """It answers from a copy that is behind."""

    def load(self, *, moved: bool = False) -> State:
        found = self.inner.load(moved=moved)
        return State(found.lineage, max(found.serial - 1, 0))


class LosesWrites(Blind):
    """It acknowledges every write and keeps every second."""

    turns = itertools.count()

    def commit(self, transition: Transition, *, lease: Lease) -> None:
        if transition.put or next(self.turns) % 2:
            self.inner.commit(transition, lease=lease)


class FailsNowAndThen(Blind):
    """It is honest about it: what it did not keep, it did not acknowledge."""

    turns = itertools.count()

    def commit(self, transition: Transition, *, lease: Lease) -> None:
        if not transition.put and next(self.turns) % 2:
            raise StateError("the store is away")
        self.inner.commit(transition, lease=lease)


@pytest.mark.parametrize(
    ("sort", "broken"),
    [
        (TakesAnyEpoch, "epoch"),
        (GrantsTwice, "lock"),
        (ReadsLate, "read_back"),
        (LosesWrites, "no_lost_write"),
    ],
)
def test_a_store_that_breaks_a_promise_is_found_out(
    sort: type[Blind], broken: str, sqlite_store: Store
) -> None:
    first, second = sort(sqlite_store.open()), sort(sqlite_store.open())
    found = {f.name: f for f in trial(first, second)}  # type: ignore[arg-type]
    assert broken in {name for name, finding in found.items() if not finding.ok}
    assert found[broken].message


def test_a_store_that_is_only_away_at_times_breaks_none(sqlite_store: Store) -> None:
    first, second = FailsNowAndThen(sqlite_store.open()), FailsNowAndThen(sqlite_store.open())
    found = {f.name: f.ok for f in trial(first, second)}  # type: ignore[arg-type]
    assert found["no_lost_write"]
    assert found["lock"]


def test_a_server_that_may_lose_what_it_acknowledged_is_found_out(postgresql_store: Store) -> None:
    """Ours runs without fsync."""
    durable = next(f for f in postgresql_store.open().probe() if f.name == "durable")
    assert not durable.ok
    assert "fsync is off" in durable.message


def test_a_probe_that_cannot_be_made_is_a_finding(postgresql_store: Store) -> None:
    """A role that may use its own schema and make no other."""
    with postgresql_store.open() as backend:
        backend.release(backend.acquire(Holder("ann@ci", 1, "run"), 60))
    name, schema = f"bound_{postgresql_store.environment}", f"reconciler_{postgresql_store.environment}"
    postgresql_store.execute(f"CREATE ROLE {name} LOGIN")
    postgresql_store.execute(f"GRANT USAGE ON SCHEMA {schema} TO {name}")
    postgresql_store.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {name}")
    postgresql_store.url = postgresql_store.url.replace("//reconciler@", f"//{name}@")
    backend = postgresql_store.open()
    assert isinstance(backend, SqlBackend)
    found = {f.name: f for f in backend.probe()}
    assert found["record"].ok
    assert not found["scratch"].ok
    assert "lacks a right" in found["scratch"].message
