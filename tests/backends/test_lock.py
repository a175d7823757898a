"""What every backend promises about its lock. The clock is passed in, but for one test of the store's own."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from reconciler.backends import uptime
from reconciler.errors import Refused
from reconciler.state import Transition
from tests.backends.conftest import Store
from tests.backends.samples import ANN, BOB

START = 1_800_000_000.0
HOUR = 3600.0


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(store: Store) -> Clock:
    made = Clock()
    store.clock = made
    return made


@pytest.mark.usefixtures("clock")
def test_a_held_lock_says_who_since_when_on_what_commit_and_when_it_frees(store: Store) -> None:
    lease = store.open().acquire(ANN, 30)
    with pytest.raises(Refused) as caught:
        store.open().acquire(BOB, 30)
    for part in (
        "ann@ci",
        "pid 7",
        "run-1",
        "abc123",
        "reconciler apply",
        lease.holder.since,
        lease.holder.until,
    ):
        assert part in caught.value.message
    assert lease.holder.since == "2027-01-15T08:00:00.000Z"
    assert lease.holder.until == "2027-01-15T08:00:30.000Z"
    assert "state unlock" in caught.value.hint
    assert caught.value.exit_code == 4


@pytest.mark.usefixtures("clock")
def test_who_holds_the_lock_is_seen_without_taking_it(store: Store) -> None:
    first, second = store.open(), store.open()
    lease = first.acquire(ANN, 30)
    assert second.holder() == lease.holder
    first.release(lease)
    assert second.holder() is None


@pytest.mark.usefixtures("clock")
def test_the_epoch_rises_with_every_grant(store: Store) -> None:
    epochs = []
    for _ in range(3):
        backend = store.open()
        lease = backend.acquire(ANN, 30)
        epochs.append(lease.epoch)
        backend.release(lease)
    assert epochs == sorted(set(epochs))


@pytest.mark.usefixtures("clock")
def test_the_same_run_does_not_get_the_lock_twice(store: Store) -> None:
    backend = store.open()
    backend.acquire(ANN, 30)
    with pytest.raises(Refused):
        backend.acquire(ANN, 30)


def test_an_expired_lease_is_taken_over_and_its_old_epoch_refused(store: Store, clock: Clock) -> None:
    first, second = store.open(), store.open()
    old = first.acquire(ANN, 30)
    first.commit(Transition(), lease=old)
    clock.now += 31
    assert second.holder() is None
    new = second.acquire(BOB, 30)
    before = second.load()
    with pytest.raises(Refused, match="bob@laptop"):
        first.commit(Transition(), lease=old)
    with pytest.raises(Refused, match="not ours any more"):
        first.renew(old)
    first.release(old)
    assert second.load() == before
    second.commit(Transition(), lease=new)
    assert second.holder() == new.holder


def test_a_run_that_lost_its_lease_and_got_another_writes_with_the_new_one_only(
    store: Store, clock: Clock
) -> None:
    backend = store.open()
    old = backend.acquire(ANN, 30)
    clock.now += 31
    new = backend.acquire(ANN, 30)
    with pytest.raises(Refused):
        backend.commit(Transition(), lease=old)
    with pytest.raises(Refused):
        backend.renew(old)
    backend.release(old)
    backend.commit(Transition(), lease=new)
    assert backend.load().serial == 1


def test_an_expired_lease_that_nobody_took_still_writes(store: Store, clock: Clock) -> None:
    backend = store.open()
    lease = backend.acquire(ANN, 30)
    clock.now += 31
    backend.commit(Transition(), lease=lease)
    assert backend.load().serial == 1


def test_a_renewed_lease_lasts_a_full_term_from_then(store: Store, clock: Clock) -> None:
    backend = store.open()
    lease = backend.acquire(ANN, 30)
    clock.now += 20
    renewed = backend.renew(lease)
    clock.now += 29
    with pytest.raises(Refused):
        store.open().acquire(BOB, 30)
    assert renewed.epoch == lease.epoch
    assert store.open().holder() == renewed.holder
    backend.commit(Transition(), lease=lease)
    clock.now += 2
    assert store.open().acquire(BOB, 30).epoch > lease.epoch


@pytest.mark.usefixtures("clock")
def test_a_released_lease_writes_no_more(store: Store) -> None:
    backend = store.open()
    lease = backend.acquire(ANN, 30)
    backend.release(lease)
    backend.release(lease)
    with pytest.raises(Refused, match="not ours any more"):
        backend.commit(Transition(), lease=lease)


@pytest.mark.usefixtures("clock")
def test_a_broken_lock_says_whose_it_was_and_fences_it(store: Store) -> None:
    first, second = store.open(), store.open()
    lease = first.acquire(ANN, 30)
    assert second.break_lock() == lease.holder
    with pytest.raises(Refused):
        first.commit(Transition(), lease=lease)
    assert second.acquire(BOB, 30).epoch > lease.epoch


@pytest.mark.parametrize("jump", [-HOUR, -10 * 365 * 24 * HOUR])
def test_a_clock_set_back_leaves_no_lock_for_ever(store: Store, clock: Clock, jump: float) -> None:
    store.open().acquire(ANN, 30)
    clock.now += jump
    with pytest.raises(Refused):
        store.open().acquire(BOB, 30)
    clock.now += 31
    assert store.open().acquire(BOB, 30).holder.who == BOB.who


def test_a_clock_set_back_or_forth_lets_no_old_epoch_write(store: Store, clock: Clock) -> None:
    first, second = store.open(), store.open()
    old = first.acquire(ANN, 30)
    clock.now += HOUR
    second.acquire(BOB, 30)
    clock.now -= 2 * HOUR
    with pytest.raises(Refused):
        first.commit(Transition(), lease=old)


def test_without_a_clock_of_ours_the_store_s_own_decides(store: Store) -> None:
    lease = store.open().acquire(ANN, 0.01)
    since = datetime.fromisoformat(lease.holder.since)
    assert abs((datetime.now(UTC) - since).total_seconds()) < HOUR  # its unit and zone, not its speed
    time.sleep(0.05)
    assert store.open().acquire(BOB, 600).epoch == lease.epoch + 1
    with pytest.raises(Refused):
        store.open().acquire(ANN, 600)


def test_on_one_machine_a_clock_that_is_set_neither_steals_the_lock_nor_holds_it(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can set the uptime, which only a new start of the machine turns back."""
    now = uptime()
    monkeypatch.setattr("reconciler.backends.sql.uptime", lambda: now)
    lease = sqlite_store.open().acquire(ANN, 30)
    now += 29
    with pytest.raises(Refused):
        sqlite_store.open().acquire(BOB, 30)
    holder = sqlite_store.open().holder()
    assert holder is not None
    assert abs((datetime.now(UTC) - datetime.fromisoformat(holder.since)).total_seconds()) < HOUR
    now = 3.0
    with pytest.raises(Refused):
        sqlite_store.open().acquire(BOB, 30)
    now += 31
    assert sqlite_store.open().acquire(BOB, 30).epoch == lease.epoch + 1
