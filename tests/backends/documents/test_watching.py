"""A lock on a store without a clock: clocks that are wrong steal none, and leave none for ever."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from reconciler.backends import Backend, Lease
from reconciler.errors import Refused
from reconciler.state import Transition
from tests.backends.documents.clients import client
from tests.backends.memory import Memory
from tests.backends.samples import ANN, BOB

TERM = 60.0
YEARS = 10 * 365 * 24 * 3600.0


def ahead(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """All clocks are set so far forth from now on."""
    now = time.time()
    monkeypatch.setattr("reconciler.backends.documents.desk.time.time", lambda: now + seconds)


@pytest.mark.parametrize("sign", ["renew", "commit"])
@pytest.mark.parametrize("jump", [3600.0, YEARS])
def test_a_live_lock_is_not_taken_by_a_clock_that_is_ahead(
    jump: float, sign: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory()
    holder = client(memory)
    lease = holder.acquire(ANN, TERM)
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            signs[sign](holder, lease)

    signs: dict[str, Callable[[Backend, Lease], object]] = {
        "renew": lambda backend, lease: backend.renew(lease),
        "commit": lambda backend, lease: backend.commit(Transition(), lease=lease),
    }
    ahead(monkeypatch, jump)
    with pytest.raises(Refused, match="locked by ann@ci"):
        client(memory, pause=pause).acquire(BOB, TERM)
    holder.commit(Transition(), lease=lease)


def test_a_dead_holder_is_replaced_after_it_was_watched_for_longer_than_it_may_be_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memory = Memory()
    old = client(memory).acquire(ANN, TERM)
    waited: list[float] = []
    ahead(monkeypatch, TERM + 1)
    new = client(memory, pause=waited.append).acquire(BOB, TERM)
    assert new.epoch == old.epoch + 1
    assert TERM / 3 < sum(waited) < TERM
    with pytest.raises(Refused, match="not ours any more"):
        client(memory).commit(Transition(), lease=old)


def test_a_lock_that_is_released_while_it_is_watched_is_taken_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memory = Memory()
    holder = client(memory)
    lease = holder.acquire(ANN, TERM)
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        holder.release(lease)

    ahead(monkeypatch, YEARS)
    assert client(memory, pause=pause).acquire(BOB, TERM).holder.who == BOB.who
    assert sum(waited) < 5


def test_two_that_watch_the_same_dead_holder_do_not_both_get_the_lock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memory = Memory()
    client(memory).acquire(ANN, TERM)
    ahead(monkeypatch, YEARS)
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 8:
            client(memory).acquire(BOB, TERM)

    with pytest.raises(Refused, match="locked by bob@laptop"):
        client(memory, pause=pause).acquire(ANN, TERM)


def test_a_lock_of_a_clock_far_ahead_is_not_held_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory()
    now = time.time()
    with monkeypatch.context() as patched:
        patched.setattr("reconciler.backends.documents.desk.time.time", lambda: now + YEARS)
        client(memory).acquire(ANN, TERM)
    with pytest.raises(Refused):
        client(memory).acquire(BOB, TERM)
    ahead(monkeypatch, TERM + 1)
    assert client(memory).acquire(BOB, TERM).epoch == 2
