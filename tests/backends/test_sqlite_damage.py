"""Cut and flipped files: told, or read and written exactly right all the same. Never different, never empty."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from reconciler.backends import open_backend
from reconciler.errors import StateError
from reconciler.state import State, Transition
from tests.backends.filled import FILLING, NEXT, filled
from tests.backends.samples import ANN, LONG, numbered

SEED = 20261124
FLIPS = 1000


def survives(path: Path, state: State) -> bool:
    """False where the damage is told. What is read, and what is then written, must else be exactly right."""
    told: StateError | None = None
    try:
        with open_backend(
            f"sqlite:///{path}", environment="production", folder=path, clock=lambda: 1001.0
        ) as backend:
            assert backend.load() == state
            assert backend.history() == tuple(reversed(FILLING.history))
            holder = backend.holder()
            assert holder is not None
            assert holder.since == "1970-01-01T00:16:40.000Z"
            backend.break_lock()
            backend.commit(NEXT, lease=backend.acquire(ANN, LONG))
            assert backend.load() == state.after(NEXT)
    except StateError as error:
        told = error
    if told is None:
        return True
    assert told.hint
    return False


def test_every_truncation_is_told(tmp_path: Path) -> None:
    state = filled(tmp_path / "good.db")
    whole = (tmp_path / "good.db").read_bytes()
    lengths = {*range(200), *range(0, len(whole), 61), *range(len(whole) - 40, len(whole))}
    lengths |= {edge + near for edge in range(0, len(whole), 512) for near in (-1, 0, 1)}
    path = tmp_path / "cut.db"
    told = 0
    for length in sorted(n for n in lengths if 0 <= n < len(whole)):
        _place(path, whole[:length])
        told += not survives(path, state)
    assert told == len([n for n in lengths if 0 <= n < len(whole)])


def test_every_flipped_byte_is_told_or_harmless(tmp_path: Path) -> None:
    state = filled(tmp_path / "good.db")
    whole = (tmp_path / "good.db").read_bytes()
    used = [n for n, byte in enumerate(whole) if byte] + list(range(100))
    chance = random.Random(SEED)  # noqa: S311 - a seeded test
    path = tmp_path / "flipped.db"
    told = 0
    for number in range(FLIPS):
        where = chance.choice(used) if number % 4 else chance.randrange(len(whole))
        change = 1 << chance.randrange(8) if number % 2 else chance.randrange(1, 256)
        _place(path, whole[:where] + bytes([whole[where] ^ change]) + whole[where + 1 :])
        told += not survives(path, state)
    assert told > FLIPS // 2  # else the flips hit nothing


def test_pages_in_use_that_are_listed_as_free_are_told(tmp_path: Path) -> None:
    """Every row reads well, but the next write would go over one of them."""
    filled(tmp_path / "p.db")
    whole = (tmp_path / "p.db").read_bytes()
    _place(tmp_path / "p.db", whole[:32] + (4).to_bytes(4) + (1).to_bytes(4) + whole[40:])
    with (
        open_backend("sqlite:///p.db", environment="production", folder=tmp_path) as backend,
        pytest.raises(StateError, match="damaged"),
    ):
        backend.load()


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TRIGGER t AFTER INSERT ON history BEGIN DELETE FROM records; END",
        "ALTER TABLE records ADD COLUMN extra TEXT",
    ],
)
def test_tables_that_are_not_those_that_were_made_are_told(tmp_path: Path, change: str) -> None:
    filled(tmp_path / "p.db")
    with closing(sqlite3.connect(tmp_path / "p.db")) as database:
        database.execute(change)
    with (
        open_backend("sqlite:///p.db", environment="production", folder=tmp_path) as backend,
        pytest.raises(StateError, match="not those that were made"),
    ):
        backend.load()


def test_a_damaged_log_gives_an_earlier_whole_state_or_is_told(tmp_path: Path) -> None:
    """The limit of SQLite: it takes a damaged end of its log for a commit that was never finished."""
    path = tmp_path / "p.db"
    states = []
    with open_backend("sqlite:///p.db", environment="production", folder=tmp_path) as backend:
        lease = backend.acquire(ANN, LONG)
        states.append(backend.load())
        for number in range(6):
            backend.commit(Transition(put=(numbered(number),)), lease=lease)
            states.append(backend.load())
        file, log = path.read_bytes(), path.with_name("p.db-wal").read_bytes()
    chance = random.Random(SEED)  # noqa: S311 - a seeded test
    for _ in range(100):
        where = chance.randrange(len(log))
        _place(tmp_path / "q.db", file)
        (tmp_path / "q.db-wal").write_bytes(log[:where] + bytes([log[where] ^ 0x10]) + log[where + 1 :])
        with open_backend("sqlite:///q.db", environment="production", folder=tmp_path) as backend:
            try:
                assert backend.load() in states
            except StateError:
                continue


def _place(path: Path, content: bytes) -> None:
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
    path.write_bytes(content)
