"""Many clients of one record, each for itself: no write is lost, and none is made without the lock."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from reconciler.errors import Refused
from reconciler.resources import Recorded, RecordedField
from reconciler.state import Transition
from tests.backends.conftest import Store
from tests.backends.documents.clients import Faulty, client
from tests.backends.samples import ANN, BOB, LONG, A, entry

SEED = 20261124
CLIENTS = 4
TIMES = 60


def test_clients_that_add_one_under_the_lock_lose_no_addition_whatever_the_network_does() -> None:
    memory = Faulty()
    chance = random.Random(SEED)  # noqa: S311 - a seeded test
    faults = ["", "", "", "lost answer", "lost request", "412 after success", "late"]
    memory.faults = [chance.choice(faults) for _ in range(CLIENTS * TIMES * 3)]
    inside = threading.Lock()

    def add(_: int) -> None:
        backend = client(memory)
        for _ in range(TIMES):
            while True:
                try:
                    lease = backend.acquire(ANN, LONG)
                    break
                except Refused:
                    pass
            assert inside.acquire(blocking=False), "two hold the lock"
            found = backend.load().records.get(A)
            count = int(str(found.fields["n"].value)) if found else 0
            inside.release()
            put = Recorded(A, "u", {"n": RecordedField(count + 1)})
            backend.commit(Transition(put=(put,), history=(entry(str(count + 1)),)), lease=lease)
            backend.release(lease)

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(add, range(CLIENTS)))
    state = client(memory).load()
    assert state.records[A].fields["n"].value == CLIENTS * TIMES
    assert [e.message for e in client(memory).history()] == [str(n) for n in range(CLIENTS * TIMES, 0, -1)]


@pytest.mark.parametrize("store", ["memory", "s3", "git"], indirect=True)
def test_a_holder_that_was_replaced_in_the_middle_of_its_run_stores_nothing_more(store: Store) -> None:
    backend, other = store.open(), store.open()
    lease = backend.acquire(ANN, LONG)
    stored = 0
    for number in range(6):
        if number == 3:
            other.break_lock()
            new = other.acquire(BOB, LONG)
        try:
            backend.commit(Transition(history=(entry(str(number)),)), lease=lease)
            stored += 1
        except Refused:
            other.commit(Transition(history=(entry(f"other {number}"),)), lease=new)
    assert stored == 3
    assert [e.message for e in store.open().history()] == ["other 5", "other 4", "other 3", "2", "1", "0"]
