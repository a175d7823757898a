"""How much moves: a commit writes little, however large the record and however long its history."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.backends.documents import draft
from reconciler.backends.documents.head import read
from reconciler.backends.documents.store import Swap
from reconciler.state import Intent, State, Transition
from tests.backends.documents.clients import client
from tests.backends.memory import Memory
from tests.backends.samples import ANN, LONG, A, entry, numbered


@dataclass
class Counting(Memory):
    """Notes the paths of the parts of each swap."""

    stored: list[list[str]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def swap(self, change: Swap) -> str:
        self.stored.append(sorted(part.path for part in change.parts))
        self.sizes.append(sum(map(len, change.parts.values())))
        return super().swap(change)


def test_a_commit_to_a_large_record_stores_one_part_of_records() -> None:
    memory = Counting()
    backend = client(memory)
    lease = backend.acquire(ANN, LONG)
    backend.commit(Transition(put=tuple(numbered(n) for n in range(3000))), lease=lease)
    whole = memory.sizes[-1]
    backend.commit(Transition(put=(numbered(7),), history=(entry("1"),)), lease=lease)
    assert len(memory.stored[-1]) == 2
    assert memory.sizes[-1] * 50 < whole
    assert len(client(memory).load().records) == 3000


def test_an_intent_and_a_renewal_store_no_record() -> None:
    memory = Counting()
    backend = client(memory)
    lease = backend.acquire(ANN, LONG)
    backend.commit(Transition(put=tuple(numbered(n) for n in range(100))), lease=lease)
    backend.commit(Transition(open=Intent("i", "r", A, "update", "2026-01-01T00:00:00Z", [])), lease=lease)
    assert memory.stored[-1] == ["intents.jsonl"]
    backend.renew(lease)
    assert memory.stored[-1] == []
    backend.commit(Transition(close="i"), lease=lease)
    assert memory.stored[-1] == []


def test_a_record_grows_over_its_spreads_and_shrinks_again_whole() -> None:
    memory = Memory()
    backend = client(memory)
    lease = backend.acquire(ANN, LONG)
    state = backend.load()
    for first, last in ((0, 60), (60, 70), (70, 1030), (1030, 1031)):
        step = Transition(put=tuple(numbered(n) for n in range(first, last)))
        backend.commit(step, lease=lease)
        state = state.after(step)
        assert client(memory).load() == state
    gone = Transition(drop=tuple(numbered(n).address for n in range(1031)))
    backend.commit(gone, lease=lease)
    assert client(memory).load() == state.after(gone) == State(state.lineage, 5)
    assert memory.head is not None
    assert read(memory.head).records == ()


def test_history_is_kept_in_few_segments_and_old_ones_are_hardly_ever_written_again() -> None:
    memory = Counting()
    backend = client(memory)
    lease = backend.acquire(ANN, LONG)
    steps = 600
    for number in range(steps):
        backend.commit(Transition(history=(entry(str(number)),)), lease=lease)
    assert memory.head is not None
    head = read(memory.head)
    assert head.told == steps
    assert len(head.history) <= steps.bit_length()
    one = memory.sizes[1]
    assert sum(memory.sizes) < steps * one * steps.bit_length()
    assert [e.message for e in client(memory).history()] == [str(n) for n in reversed(range(steps))]
    assert [e.message for e in client(memory).history(limit=5)] == ["599", "598", "597", "596", "595"]


def test_a_history_longer_than_a_segment_is_told_whole() -> None:
    memory = Memory()
    backend = client(memory)
    lease = backend.acquire(ANN, LONG)
    count = draft.FULL * 2 + 100
    backend.restore(State("l", 7), [entry(str(n)) for n in reversed(range(count))], lease=lease)
    backend.commit(Transition(history=(entry("last"),)), lease=lease)
    told = [e.message for e in client(memory).history()]
    assert told == ["last", *(str(n) for n in reversed(range(count)))]
