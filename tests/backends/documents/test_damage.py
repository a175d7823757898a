"""Documents that were changed, cut, lost or put back: told each time, and never read as less than there is."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.backends import cipher_of
from reconciler.backends.documents import head as heads
from reconciler.backends.documents.backend import DocumentBackend
from reconciler.errors import StateError
from reconciler.state import State
from reconciler.values import Secret
from tests.backends.documents.clients import client
from tests.backends.filled import FILLING, NEXT
from tests.backends.memory import Memory
from tests.backends.samples import ANN, BOB, KEYS, LONG

SEED = 20261124
FORMATS = Path(__file__).with_name("formats")


def filled() -> tuple[Memory, State]:
    memory = Memory()
    backend = client(memory)
    lease = backend.acquire(ANN, LONG)
    backend.commit(FILLING, lease=lease)
    return memory, backend.load()


def refused(memory: Memory) -> bool:
    """Whether reading all of it is an error that says so; whatever reads must be whole."""
    backend = client(memory)
    try:
        state, history = backend.load(), backend.history()
    except StateError as error:
        return bool(error.hint)
    assert state == filled()[1]
    assert history == tuple(reversed(FILLING.history))
    return False


def test_every_flipped_byte_of_every_document_is_told() -> None:
    memory, _ = filled()
    chance = random.Random(SEED)  # noqa: S311 - a seeded test
    whole = dict(memory.kept)
    assert memory.head is not None
    head = memory.head
    for at in range(len(head)):
        memory.head = _flipped(head, at, chance)
        assert refused(memory) or json.loads(memory.head) == json.loads(head), at
    memory.head = head
    for key, raw in whole.items():
        for at in range(0, len(raw), 7):
            memory.kept = {**whole, key: _flipped(raw, at, chance)}
            assert refused(memory)


def _flipped(raw: bytes, at: int, chance: random.Random) -> bytes:
    return raw[:at] + bytes([raw[at] ^ (1 << chance.randrange(8))]) + raw[at + 1 :]


def test_every_truncation_is_told() -> None:
    memory, _ = filled()
    whole = dict(memory.kept)
    assert memory.head is not None
    head = memory.head
    for length in range(len(head) - 1):
        memory.head = head[:length]
        assert refused(memory)
    memory.head = head
    for key, raw in whole.items():
        memory.kept = {k: v for k, v in whole.items() if k != key}
        assert refused(memory)
        for length in range(0, len(raw), 11):
            memory.kept = {**whole, key: raw[:length]}
            assert refused(memory)


def test_a_damaged_record_takes_no_commit_and_no_new_lock() -> None:
    memory, _ = filled()
    assert memory.head is not None
    memory.head = memory.head.replace(b'"serial": 1', b'"serial": 0')
    for call in (
        lambda: client(memory).acquire(BOB, LONG),
        lambda: client(memory).break_lock(),
        lambda: client(memory).holder(),
    ):
        with pytest.raises(StateError, match="damaged: its head does not match its digest") as caught:
            call()
        assert "backup" in caught.value.hint


def test_a_newer_format_is_refused_by_every_method() -> None:
    memory, _ = filled()
    assert memory.head is not None
    memory.head = json.dumps({"format": heads.FORMAT + 1, "something": "else"}).encode()
    backend = client(memory)
    for call in (
        backend.load,
        backend.history,
        backend.holder,
        backend.break_lock,
        lambda: backend.acquire(ANN, LONG),
    ):
        with pytest.raises(StateError, match="newer reconciler") as caught:
            call()
        assert "upgrade" in caught.value.hint


def test_the_record_of_another_environment_is_refused() -> None:
    memory, _ = filled()
    other = DocumentBackend(memory, environment="demo", clock=None, ids=lambda: "x", cipher=None)
    with pytest.raises(StateError, match="'production'"):
        other.load()


def test_a_sealed_part_put_in_the_place_of_another_is_told_though_all_digests_are_made_anew() -> None:
    memory = Memory()
    keys = cipher_of([("key", Secret(KEYS[0]))])

    def sealed() -> DocumentBackend:
        return DocumentBackend(memory, environment="production", clock=None, ids=lambda: "x", cipher=keys)

    backend = sealed()
    lease = backend.acquire(ANN, LONG)
    backend.commit(FILLING, lease=lease)
    assert memory.head is not None
    head = heads.read(memory.head)
    swapped = replace(head, records=(replace(head.intents[0], path=head.records[0].path),))
    memory.head = heads.spelt(swapped)
    with pytest.raises(StateError, match="sealed as another"):
        sealed().load()


@pytest.mark.parametrize("version", range(1, heads.FORMAT + 1))
def test_a_record_of_every_format_that_was_released_is_read_and_written(version: int) -> None:
    memory = Memory()
    folder = FORMATS / str(version)
    memory.head = (folder / "head.json").read_bytes()
    memory.kept = {path.name: path.read_bytes() for path in (folder / "parts").iterdir()}
    backend = client(memory)
    state = backend.load()
    assert state == State("11111111-2222-4333-8444-555555555555").after(FILLING)
    assert backend.history() == tuple(reversed(FILLING.history))
    assert backend.break_lock() is not None
    backend.commit(NEXT, lease=backend.acquire(ANN, LONG))
    assert client(memory).load() == state.after(NEXT)
