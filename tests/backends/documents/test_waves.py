"""Threads that commit at the same time share a swap; each returns when its own is durable."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from reconciler.backends.documents.store import Swap, Unsure
from reconciler.errors import Refused, StateError
from reconciler.resources import Address
from reconciler.state import Transition
from tests.backends.documents.clients import client
from tests.backends.memory import Memory
from tests.backends.samples import ANN, BOB, LONG, A, entry, numbered

WRITERS = 8


@dataclass
class Slow(Memory):
    """A swap waits until all others are in the queue, once."""

    inside: threading.Event | None = None
    go_on: threading.Event | None = None

    def swap(self, change: Swap) -> str:
        if self.inside and self.go_on and not self.inside.is_set():
            self.inside.set()
            assert self.go_on.wait(10)
        return super().swap(change)


class Broken(Slow):
    """Takes the lock and the first commit, and nothing after them."""

    def swap(self, change: Swap) -> str:
        if self.swaps >= 2:
            raise Unsure("is refused", "ask", again=False)
        return super().swap(change)


def together(
    memory: Slow, transitions: list[Transition], *, lose: bool = False
) -> list[BaseException | None]:
    """The first alone, and while it is on its way all others: how each ended."""
    backend = client(memory)
    lease = backend.acquire(ANN, LONG)
    memory.inside, memory.go_on = threading.Event(), threading.Event()
    with ThreadPoolExecutor(len(transitions)) as pool:
        futures = [pool.submit(backend.commit, transitions[0], lease=lease)]
        assert memory.inside.wait(10)
        futures += [pool.submit(backend.commit, each, lease=lease) for each in transitions[1:]]
        while len(backend._waves._queue) < len(transitions) - 1 - sum(f.done() for f in futures):
            pass
        if lose:
            other = client(memory)
            other.break_lock()
            other.acquire(BOB, LONG)
        memory.go_on.set()
    return [future.exception() for future in futures]


def test_who_waits_while_another_writes_goes_with_the_next() -> None:
    memory = Slow()
    steps = [Transition(put=(numbered(n),), history=(entry(str(n)),)) for n in range(WRITERS)]
    assert together(memory, steps) == [None] * WRITERS
    assert memory.swaps == 1 + 2  # the lock; the first; all others
    state = client(memory).load()
    assert (state.serial, len(state.records), len(client(memory).history())) == (WRITERS,) * 3


def test_what_cannot_be_stored_hinders_nobody_else() -> None:
    memory = Slow()
    unstorable = Transition(history=(entry("", Address("xero-au", "Automation", "\ud800")),))
    steps = [Transition(put=(numbered(0),)), unstorable, Transition(put=(numbered(1),))]
    first, second, third = together(memory, steps)
    assert first is None
    assert isinstance(second, StateError)
    assert third is None
    assert client(memory).load().serial == 2


def test_a_lock_that_is_lost_meanwhile_refuses_all_who_wait() -> None:
    memory = Slow()
    ends = together(memory, [Transition(put=(numbered(n),)) for n in range(3)], lose=True)
    assert all(isinstance(end, Refused) for end in ends)
    assert client(memory).load().serial == 0


def test_a_store_that_fails_fails_for_each_with_an_error_of_its_own() -> None:
    first, *others = together(Broken(), [Transition(put=(numbered(n),)) for n in range(4)])
    assert first is None
    assert len({id(error) for error in others}) == 3
    for error in others:
        assert isinstance(error, StateError)
        assert error.message == "the state is refused [memory]"


def test_a_transition_is_in_the_store_when_its_commit_returns() -> None:
    memory = Memory()
    backend = client(memory)
    lease = backend.acquire(ANN, LONG)

    def write(number: int) -> bool:
        backend.commit(Transition(put=(numbered(number),)), lease=lease)
        return numbered(number).address in client(memory).load().records

    with ThreadPoolExecutor(WRITERS) as pool:
        assert all(pool.map(write, range(50)))
    assert client(memory).load().serial == 50


def test_many_commits_of_many_threads_lose_none() -> None:
    commits = 400
    memory = Memory()
    backend = client(memory)
    lease = backend.acquire(ANN, LONG)
    with ThreadPoolExecutor(WRITERS) as pool:
        list(
            pool.map(
                lambda n: backend.commit(Transition(history=(entry(str(n), A),)), lease=lease), range(commits)
            )
        )
    assert sorted(int(e.message) for e in client(memory).history()) == list(range(commits))
