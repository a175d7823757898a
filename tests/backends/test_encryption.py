"""Encryption at rest: nothing of a value in the store, keys that change, and no way to lose it silently."""

from __future__ import annotations

import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from reconciler.backends import Cipher, cipher_of
from reconciler.backends.hiding import hidden, shown
from reconciler.backends.rows import Damaged, record_cells
from reconciler.errors import StateError, UsageError
from reconciler.state import HistoryEntry, Intent, State, Transition
from reconciler.values import Secret
from tests.backends.conftest import SQL, Store
from tests.backends.samples import ANN, KEYS, LONG, A, B, entry, record

CANARY = "canary-5fb1"
INTENT = Intent("i1", "run-1", A, "update", "2026-01-01T00:00:00Z", [{"body": {"x": CANARY}}])
TOLD = HistoryEntry("2026-01-01", "ann", "c", "p", "r", A, "update", "done", CANARY, [{"after": CANARY}])
FULL = Transition(put=(record(A, CANARY), record(B)), open=INTENT, history=(TOLD,))


def keys(*which: int) -> Cipher:
    return cipher_of([(f"key {n}", Secret(KEYS[n])) for n in which])


def written(store: Store, *which: int) -> State:
    store.cipher = keys(*which)
    with store.open() as backend:
        lease = backend.acquire(ANN, LONG)
        backend.commit(FULL, lease=lease)
        backend.release(lease)
        return backend.load()


def test_what_is_encrypted_reads_back_equal_and_no_value_stands_in_the_store(store: Store) -> None:
    state = written(store, 0)
    backend = store.open()
    assert backend.load() == state == State(state.lineage).after(FULL)
    assert backend.history(A) == (TOLD,)
    assert backend.history(B) == ()
    assert CANARY not in store.everything()
    assert "4 hours" not in store.everything()


def test_equal_values_do_not_look_equal() -> None:
    cells = record_cells(record(A, CANARY))
    assert hidden("records", cells, keys(0)) != hidden("records", cells, keys(0))


def test_an_encrypted_record_without_a_key_is_refused_for_reading_and_writing(store: Store) -> None:
    state = written(store, 0)
    backend = store.open()
    lease = backend.acquire(ANN, LONG)
    store.cipher = None
    plain = store.open()
    for call in (
        plain.load,
        plain.history,
        lambda: plain.acquire(ANN, LONG),
        lambda: plain.commit(Transition(put=(record(A),)), lease=lease),
        lambda: plain.restore(State("other", 99), (), lease=lease),
        lambda: plain.retire("elsewhere", lease=lease),
    ):
        with pytest.raises(StateError, match="encrypted, and no key was given") as caught:
            call()
        assert "RECONCILER_STATE_KEY" in caught.value.hint
    assert backend.load() == state
    holder = plain.holder()  # is no secret
    assert holder is not None
    assert holder.run == lease.holder.run


def test_a_wrong_key_is_told_as_one_and_not_as_damage(store: Store) -> None:
    written(store, 0)
    store.cipher = keys(1)
    wrong = store.open()
    for call in (wrong.load, wrong.history, lambda: wrong.acquire(ANN, LONG)):
        with pytest.raises(StateError, match="no key that was given opens it") as caught:
            call()
        assert "not damaged" in caught.value.hint
        assert "backup" not in caught.value.hint
        assert not any(key in "".join(traceback.format_exception(caught.value)) for key in KEYS)


def test_a_new_key_writes_while_the_old_one_still_reads_until_all_is_written_anew(store: Store) -> None:
    state = written(store, 0)
    store.cipher = keys(1, 0)
    backend = store.open()
    lease = backend.acquire(ANN, LONG)
    backend.commit(Transition(put=(record(B, "new"),)), lease=lease)
    state = state.after(Transition(put=(record(B, "new"),)))
    assert store.open().load() == state
    backend.restore(state, backend.history(), lease=lease)
    store.cipher = keys(1)
    assert store.open().load() == state
    assert store.open().history() == (TOLD,)
    store.cipher = keys(0)
    with pytest.raises(StateError, match="no key"):
        store.open().load()


def test_a_plain_record_becomes_encrypted_as_a_whole_at_its_next_write(store: Store) -> None:
    with store.open() as backend:
        lease = backend.acquire(ANN, LONG)
        backend.commit(FULL, lease=lease)
        state = backend.load()
    assert CANARY in store.everything()
    store.cipher = keys(0)
    backend = store.open()
    assert backend.load() == state
    backend.commit(Transition(history=(entry("2"),)), lease=lease)
    backend.close()
    assert backend.load() == state.after(Transition())
    assert backend.history() == (entry("2"), TOLD)
    if not store.url.startswith("sqlite"):  # whose file keeps old pages in its free space
        assert CANARY not in store.everything()
    store.cipher = None
    with pytest.raises(StateError, match="encrypted"):
        store.open().load()


def test_a_token_put_in_another_row_is_told() -> None:
    """Even with the digests made anew: they are no secret."""
    cipher = keys(0)
    of_a, of_b = (hidden("records", record_cells(record(address)), cipher) for address in (A, B))
    assert shown("records", of_a, cipher) == record_cells(record(A))
    with pytest.raises(Damaged):
        shown("records", (*of_b[:3], *of_a[3:]), cipher)
    with pytest.raises(Damaged):
        shown("intents", (of_a[0], of_a[3]), cipher)


@SQL
def test_a_damaged_token_is_damage(store: Store) -> None:
    written(store, 0)
    store.execute("UPDATE records SET uuid = 'gAAAAAB' WHERE name = 'a'")
    with pytest.raises(StateError, match="damaged"):
        store.open().load()


@pytest.mark.parametrize("key", ["", "hunter2-hunter2", "é" * 43, KEYS[0][:-4], KEYS[0] + KEYS[0]])
def test_what_is_no_key_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(UsageError, match="state_encryption is no key") as caught:
        cipher_of([("state_encryption", Secret(key))])
    assert "openssl rand" in caught.value.hint
    assert not key or key not in "".join(traceback.format_exception(caught.value))


def test_a_probe_works_on_an_encrypted_record_and_tells_a_wrong_key(store: Store) -> None:
    written(store, 0)
    assert {f.name for f in store.open().probe() if not f.ok} == store.faults
    store.cipher = keys(1)
    wrong = {f.name: f for f in store.open().probe() if not f.ok}
    assert wrong.keys() == store.faults | {"record"}
    assert "no key" in wrong["record"].message


def test_the_library_is_imported_with_the_first_key(tmp_path: Path) -> None:
    code = "import sys, reconciler.backends; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=tmp_path).returncode == 0  # noqa: S603
