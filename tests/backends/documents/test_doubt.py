"""Answers that say nothing, or the wrong thing: what was written is found out, never guessed, and written once."""

from __future__ import annotations

import pytest

from reconciler.backends.documents.store import Found
from reconciler.errors import StateError
from reconciler.state import Transition
from tests.backends.documents.clients import Careless, Faulty, client
from tests.backends.samples import ANN, BOB, LONG, A, entry, record

STEP = Transition(put=(record(A),), history=(entry("1"),))


@pytest.mark.parametrize(
    "faults",
    [
        ["lost answer"],
        ["lost request"],
        ["lost request", "lost request", "lost answer"],
        ["412 after success"],
        ["late"],
        ["late", "lost request"],
    ],
)
def test_a_write_whose_answer_is_lost_is_in_exactly_once(faults: list[str]) -> None:
    memory = Faulty()
    backend = client(memory)
    lease = backend.acquire(ANN, LONG)
    memory.faults = faults
    backend.commit(STEP, lease=lease)
    state = client(memory).load()
    assert (state.serial, list(state.records)) == (1, [A])
    assert len(client(memory).history()) == 1
    assert not memory.faults


@pytest.mark.parametrize("fault", ["lost answer", "412 after success", "late"])
def test_a_lock_whose_grant_is_lost_on_the_way_is_ours_all_the_same(fault: str) -> None:
    memory = Faulty(faults=[fault])
    lease = client(memory).acquire(ANN, LONG)
    assert client(memory).holder() == lease.holder
    assert lease.epoch == 1


def test_a_store_that_stays_away_leaves_it_unknown_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Faulty()
    backend = client(memory)
    lease = backend.acquire(ANN, LONG)

    def down(_: object) -> Found:
        raise StateError("the state cannot be reached", hint="check the network")

    memory.faults = ["lost answer"]
    monkeypatch.setattr(Faulty, "read", down)
    with pytest.raises(StateError, match="unknown whether it was written") as caught:
        backend.commit(STEP, lease=lease)
    assert caught.value.hint == "check the network"


def test_a_write_that_the_host_refuses_is_not_tried_again() -> None:
    memory = Faulty()
    backend = client(memory)
    lease = backend.acquire(ANN, LONG)
    memory.faults = ["refused", "never asked"]
    with pytest.raises(StateError, match="is refused by the host"):
        backend.commit(STEP, lease=lease)
    assert memory.faults == ["never asked"]
    assert backend.load().serial == 0


def test_a_write_that_never_gets_through_is_an_error_after_a_few_tries() -> None:
    memory = Faulty()
    waits: list[float] = []
    backend = client(memory, pause=waits.append)
    lease = backend.acquire(ANN, LONG)
    memory.faults = ["lost request"] * 10
    with pytest.raises(StateError, match="connection died"):
        backend.commit(STEP, lease=lease)
    assert waits == sorted(waits)
    memory.faults = []
    backend.commit(STEP, lease=lease)
    assert backend.load().serial == 1


def test_an_interruption_in_the_middle_of_a_write_is_found_out_by_the_next() -> None:
    memory = Faulty()
    backend = client(memory)
    lease = backend.acquire(ANN, LONG)
    memory.faults = ["cut"]
    with pytest.raises(KeyboardInterrupt):
        backend.commit(STEP, lease=lease)
    backend.commit(Transition(), lease=lease)
    assert backend.load().serial == 2


def test_a_record_that_vanishes_under_a_lock_takes_no_commit() -> None:
    memory = Faulty()
    backend = client(memory)
    lease = backend.acquire(ANN, LONG)
    memory.head = None
    with pytest.raises(StateError, match="has gone since it was locked"):
        backend.commit(STEP, lease=lease)
    assert memory.head is None


def test_a_store_that_ignores_conditions_is_found_out_by_a_probe() -> None:
    wrong = {f.name for f in client(Careless()).probe() if not f.ok}
    assert wrong & {"no_lost_write", "epoch"}
    assert not [f for f in client(Faulty()).probe() if not f.ok]


def test_a_lock_broken_while_an_answer_is_awaited_lets_nothing_through() -> None:
    memory = Faulty()
    backend = client(memory)
    lease = backend.acquire(ANN, LONG)
    other = client(memory)
    other.break_lock()
    other.acquire(BOB, LONG)
    memory.faults = ["lost request"]
    with pytest.raises(Exception, match="not ours any more"):
        backend.commit(STEP, lease=lease)
    assert other.load().serial == 0
