"""Rows that were changed, lost, put back or written by a newer program: told by every backend, never misread."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconciler.errors import StateError
from reconciler.state import Intent, Transition
from tests.backends.conftest import SQL, Store
from tests.backends.samples import ANN, LONG, A, B, entry, record

pytestmark = SQL


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE records SET uuid = 'other' WHERE name = 'a'",
        """UPDATE records SET fields = '{"check_on":["5 hours",null]}' WHERE name = 'a'""",
        "UPDATE records SET digest = (SELECT digest FROM records WHERE name = 'b') WHERE name = 'a'",
        "DELETE FROM records WHERE name = 'a'",
        "DELETE FROM records",
        "DELETE FROM intents",
        "DELETE FROM history WHERE seq = 1",
        "DELETE FROM meta",
        "UPDATE meta SET serial = 0",
        "UPDATE meta SET records = 1",
        "UPDATE meta SET environment = 'other'",
    ],
)
def test_a_row_changed_or_lost_behind_our_back_is_refused(store: Store, damage: str) -> None:
    backend = store.open()
    lease = backend.acquire(ANN, LONG)
    intent = Intent("i1", "run-1", A, "update", "2026-01-01T00:00:00Z", [])
    backend.commit(Transition(put=(record(A), record(B)), open=intent, history=(entry("1"),)), lease=lease)
    store.execute(damage)
    with pytest.raises(StateError, match="damaged") as caught:
        store.open().load()
    assert "backup" in caught.value.hint


def test_an_older_row_put_back_is_refused(store: Store) -> None:
    backend = store.open()
    lease = backend.acquire(ANN, LONG)
    backend.commit(Transition(put=(record(A, "old"),)), lease=lease)
    store.execute("CREATE TABLE kept AS SELECT * FROM records")
    backend.commit(Transition(put=(record(A, "new"),)), lease=lease)
    store.execute("DELETE FROM records")
    store.execute("INSERT INTO records SELECT * FROM kept")
    store.execute("DROP TABLE kept")
    with pytest.raises(StateError, match="add up"):
        store.open().load()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE history SET name = 'b' WHERE seq = 2",
        "UPDATE history SET seq = 20 WHERE seq = 2",
        "DELETE FROM history WHERE seq = 1",
        "DELETE FROM history WHERE seq = 2",
        "DELETE FROM history WHERE seq = 3",
        "DELETE FROM history",
    ],
)
def test_a_damaged_history_is_refused_when_it_is_told(store: Store, damage: str) -> None:
    backend = store.open()
    lease = backend.acquire(ANN, LONG)
    backend.commit(Transition(history=(entry("1"), entry("2"), entry("3"))), lease=lease)
    store.execute(damage)
    with pytest.raises(StateError, match="damaged"):
        backend.history(A)


def test_a_newer_format_is_refused_by_every_method(store: Store) -> None:
    backend = store.open()
    lease = backend.acquire(ANN, LONG)
    backend.release(lease)
    store.execute("UPDATE meta SET format = format + 1")
    calls: list[Callable[[], object]] = [
        backend.load, backend.history, backend.holder, backend.break_lock, lambda: backend.acquire(ANN, LONG),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(StateError, match="newer reconciler") as caught:
            call()
        assert "upgrade" in caught.value.hint
