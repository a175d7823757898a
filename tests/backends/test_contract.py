"""What every backend promises about the record, held against each of them."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from reconciler.errors import Refused, StateError
from reconciler.resources import Address, Recorded, RecordedField
from reconciler.state import HistoryEntry, Intent, State, Transition
from reconciler.values import Json, canonical
from tests.backends.conftest import Store
from tests.backends.samples import ANN, BOB, CONFIGURATION, LONG, A, B, entry, record


def spelt(state: State) -> bytes:
    """Equality that tells `true` from `1` and does not care for the order of keys."""
    records: dict[str, Json] = {
        str(r.address): [r.uuid, {k: [f.value, f.live] for k, f in r.fields.items()}, r.signs]
        for r in state.records.values()
    }
    intents: dict[str, Json] = {
        key: [i.id, i.run, str(i.address), i.action, i.at, i.requests] for key, i in state.intents.items()
    }
    return canonical([state.lineage, state.serial, records, intents])


def test_what_was_never_written_is_an_empty_state_without_a_lineage(store: Store) -> None:
    backend = store.open()
    assert backend.load() == State(lineage="")
    assert backend.history() == ()
    assert backend.holder() is None
    assert backend.break_lock() is None


def test_the_lineage_is_born_with_the_first_lease_and_stays(store: Store) -> None:
    backend = store.open()
    lease = backend.acquire(ANN, LONG)
    born = backend.load()
    assert born.lineage
    assert born == State(lineage=born.lineage)
    backend.commit(Transition(), lease=lease)
    backend.release(lease)
    store.open().acquire(ANN, LONG)
    assert store.open().load() == State(lineage=born.lineage, serial=1)


def test_a_committed_record_comes_back_equal_to_another_client(store: Store) -> None:
    backend = store.open()
    lease = backend.acquire(ANN, LONG)
    values: list[Json] = [None, True, 1, 1.5, 10**30, "", "0123", "é\0\ud800", [], [{"a": [None]}], {"": {}}]
    records = tuple(record(Address("c", "K", f"n{i}"), value) for i, value in enumerate(values))
    backend.commit(Transition(put=(*records, record(CONFIGURATION))), lease=lease)
    expected = State(backend.load().lineage).after(Transition(put=(*records, record(CONFIGURATION))))
    assert spelt(store.open().load()) == spelt(expected)


def test_an_intent_is_there_until_it_is_closed(store: Store) -> None:
    backend = store.open()
    lease = backend.acquire(ANN, LONG)
    intent = Intent(
        "i1", "run-1", A, "create", "2026-01-01T00:00:00Z", [{"method": "POST", "body": {"a": None}}]
    )
    backend.commit(Transition(open=intent), lease=lease)
    assert store.open().load().intents == {"i1": intent}
    backend.commit(Transition(put=(record(A),), close="i1"), lease=lease)
    assert store.open().load().intents == {}


def test_history_is_told_newest_first_by_address_and_by_number(store: Store) -> None:
    backend = store.open()
    lease = backend.acquire(ANN, LONG)
    backend.commit(Transition(history=(entry("1"), entry("2", B))), lease=lease)
    backend.commit(Transition(history=(entry("3\0\ud800"),)), lease=lease)
    assert [e.message for e in backend.history()] == ["3\0\ud800", "2", "1"]
    assert [e.message for e in backend.history(A)] == ["3\0\ud800", "1"]
    assert [e.message for e in backend.history(A, limit=1)] == ["3\0\ud800"]
    assert backend.history(CONFIGURATION) == ()
    assert backend.history(limit=0) == ()
    assert backend.history(B) == (entry("2", B),)


def test_a_long_history_is_told_whole(store: Store) -> None:
    backend = store.open()
    lease = backend.acquire(ANN, LONG)
    backend.commit(Transition(history=tuple(entry(str(n)) for n in range(1200))), lease=lease)
    assert [e.message for e in backend.history()] == [str(n) for n in reversed(range(1200))]
    assert len(backend.history(limit=700)) == 700


def test_a_transition_that_cannot_be_stored_changes_nothing(store: Store) -> None:
    backend = store.open()
    lease = backend.acquire(ANN, LONG)
    backend.commit(Transition(put=(record(A),)), lease=lease)
    before = backend.load()
    unstorable = entry("", Address("xero-au", "Automation", "\ud800"))  # no text encoding has it
    with pytest.raises(StateError, match="cannot hold a value"):
        backend.commit(Transition(put=(record(B),), drop=(A,), history=(unstorable,)), lease=lease)
    assert backend.load() == before
    backend.commit(Transition(put=(record(B),)), lease=lease)
    assert backend.load().serial == 2


def test_environments_do_not_see_each_other(store: Store) -> None:
    other = store.fresh()
    mine, theirs = store.open(), other.open()
    lease = mine.acquire(ANN, LONG)
    mine.commit(Transition(put=(record(A),)), lease=lease)
    assert theirs.load() == State(lineage="")
    theirs.acquire(ANN, LONG)
    assert theirs.load().lineage != mine.load().lineage


def test_threads_of_one_process_may_commit_at_once(store: Store) -> None:
    backend = store.open()
    lease = backend.acquire(ANN, LONG)
    rounds = 3 if store.costly else 10

    def work(thread: int) -> None:
        for number in range(rounds):
            backend.commit(
                Transition(put=(record(Address("c", "K", f"t{thread}-{number}")),), history=(entry("x"),)),
                lease=lease,
            )
            backend.renew(lease)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    state = store.open().load()
    assert (state.serial, len(state.records), len(backend.history())) == (8 * rounds,) * 3


def test_a_record_is_restored_exactly_with_its_lineage_serial_and_history(store: Store) -> None:
    backend = store.open()
    lease = backend.acquire(ANN, LONG)
    backend.commit(Transition(put=(record(B),), history=(entry("gone", B),)), lease=lease)
    intent = Intent("i1", "run-1", A, "create", "2026-01-01T00:00:00Z", [{"method": "POST"}])
    state = State("l1", 41, {A: record(A), CONFIGURATION: record(CONFIGURATION)}, {"i1": intent})
    backend.restore(state, (entry("2"), entry("1", B)), lease=lease)
    other = store.open()
    assert spelt(other.load()) == spelt(state)
    assert other.history() == (entry("2"), entry("1", B))
    backend.commit(Transition(close="i1", history=(entry("3"),)), lease=lease)
    assert spelt(store.open().load()) == spelt(state.after(Transition(close="i1")))
    assert [e.message for e in store.open().history()] == ["3", "2", "1"]


def test_a_restore_keeps_the_lease_and_is_refused_without_it(store: Store) -> None:
    first, second = store.open(), store.open()
    lease = first.acquire(ANN, LONG)
    first.restore(State("l1", 5), (), lease=lease)
    assert first.renew(lease).epoch == lease.epoch
    with pytest.raises(Refused):
        second.acquire(BOB, LONG)
    second.break_lock()
    with pytest.raises(Refused, match="not ours any more"):
        first.restore(State("l2", 6), (), lease=lease)
    assert second.load() == State("l1", 5)


def test_a_restore_that_cannot_be_stored_changes_nothing(store: Store) -> None:
    backend = store.open()
    lease = backend.acquire(ANN, LONG)
    backend.commit(Transition(put=(record(A),), history=(entry("1"),)), lease=lease)
    before = backend.load()
    unstorable = entry("", Address("xero-au", "Automation", "\ud800"))
    with pytest.raises(StateError, match="cannot hold a value"):
        backend.restore(State("l2", 9, {B: record(B)}), (unstorable,), lease=lease)
    assert (backend.load(), backend.history()) == (before, (entry("1"),))


def test_a_record_that_has_moved_is_refused_with_its_new_place(store: Store) -> None:
    first, second = store.open(), store.open()
    lease = first.acquire(ANN, LONG)
    first.commit(Transition(put=(record(A),), history=(entry("1"),)), lease=lease)
    before = first.load()
    first.retire("sqlite:///elsewhere.db", lease=lease)
    with pytest.raises(Refused, match="moved to sqlite") as caught:
        second.load()
    assert "state: sqlite:///elsewhere.db" in caught.value.hint
    with pytest.raises(Refused, match="moved"):
        first.commit(Transition(), lease=lease)
    assert second.load(moved=True) == before
    assert second.history() == (entry("1"),)
    first.release(lease)
    lease = second.acquire(BOB, LONG)
    second.restore(before, (entry("2"),), lease=lease)
    assert store.open().load() == before


def test_a_record_is_retired_under_its_lock_only(store: Store) -> None:
    backend = store.open()
    lease = backend.acquire(ANN, LONG)
    backend.release(lease)
    with pytest.raises(Refused, match="not ours any more"):
        backend.retire("sqlite:///elsewhere.db", lease=lease)
    assert backend.load().serial == 0


def test_a_probe_finds_a_good_store_good_and_leaves_no_trace(store: Store) -> None:
    backend = store.open()
    found = {f.name: f for f in backend.probe()}
    assert {name for name, finding in found.items() if not finding.ok} == store.faults, found
    assert found.keys() >= {"record", "lock", "read_back", "no_lost_write", "epoch", "durable", "clock"}
    assert backend.load() == State(lineage="")
    lease = backend.acquire(ANN, LONG)
    backend.commit(Transition(put=(record(A),)), lease=lease)
    before = backend.load()
    assert {f.name for f in store.open().probe() if not f.ok} == store.faults
    assert backend.load() == before
    assert backend.renew(lease).epoch == lease.epoch


def test_a_probe_tells_a_clock_that_is_wrong(store: Store) -> None:
    found = {f.name: f for f in store.open(clock=lambda: time.time() - 3600).probe()}
    assert not found["clock"].ok
    assert "behind" in found["clock"].message


TEXT = st.text(max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
ADDRESSES = st.sampled_from([A, B, CONFIGURATION, Address("xero-nz", "Automation", "a")])
RECORDS = st.builds(
    Recorded,
    ADDRESSES,
    st.sampled_from(["", "u1", "u2"]),
    st.dictionaries(TEXT, st.builds(RecordedField, JSON, JSON), max_size=3),
    st.dictionaries(TEXT, JSON, max_size=2),
)
IDS = st.sampled_from(["i1", "i2", "i3"])
TRANSITIONS = st.builds(
    Transition,
    put=st.lists(RECORDS, max_size=3).map(tuple),
    drop=st.lists(ADDRESSES, max_size=2).map(tuple),
    open=st.none() | st.builds(Intent, IDS, TEXT, ADDRESSES, TEXT, TEXT, JSON),
    close=st.just("") | IDS,
    history=st.lists(
        st.builds(HistoryEntry, TEXT, TEXT, TEXT, TEXT, TEXT, ADDRESSES, TEXT, TEXT, TEXT, JSON), max_size=2
    ).map(tuple),
)


@pytest.mark.parametrize("store", ["sqlite", "postgresql", "memory"], indirect=True)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(transitions=st.lists(TRANSITIONS, max_size=6))
def test_a_backend_does_exactly_what_the_pure_state_says(store: Store, transitions: list[Transition]) -> None:
    with store.fresh().open() as backend:
        lease = backend.acquire(ANN, LONG)
        state = backend.load()
        history: list[HistoryEntry] = []
        for transition in transitions:
            backend.commit(transition, lease=lease)
            state = state.after(transition)
            history = [*reversed(transition.history), *history]
            assert spelt(backend.load()) == spelt(state)
        assert list(backend.history()) == history
