"""The file of SQLite: born whole and private, never made by reading, and never misread when damaged."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reconciler.backends import open_backend
from reconciler.backends.sql import SqlBackend
from reconciler.backends.sqlite import _sync
from reconciler.backends.tables import FORMAT
from reconciler.errors import Refused, StateError
from reconciler.state import State, Transition
from tests.backends.conftest import Store
from tests.backends.filled import FILLING, filled
from tests.backends.samples import ANN, BOB, LONG, numbered

NOBODY = 65534


def test_reading_makes_no_file_and_no_folder(sqlite_store: Store) -> None:
    backend = sqlite_store.open()
    backend.load()
    backend.history()
    backend.holder()
    assert list(sqlite_store.folder.iterdir()) == []


def test_the_file_and_its_folder_are_private_and_nothing_else_is_left(sqlite_store: Store) -> None:
    with sqlite_store.open() as backend:
        backend.commit(FILLING, lease=backend.acquire(ANN, LONG))
        folder = sqlite_store.folder / ".state"
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {p.stat().st_mode & 0o777 for p in folder.iterdir()} == {0o600}
    assert [p.name for p in folder.iterdir()] == ["production.db"]


def test_the_disk_has_a_commit_before_it_returns(sqlite_store: Store) -> None:
    with sqlite_store.open() as backend:
        backend.acquire(ANN, LONG)
        assert isinstance(backend, SqlBackend)
        with backend._place.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_the_disk_has_a_new_file_before_it_has_its_name_and_then_the_name(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut in between leaves none, never a name without its content."""
    synced: list[tuple[str, bool]] = []
    file = sqlite_store.folder / ".state" / "production.db"

    def watched(path: Path) -> None:
        synced.append((path.name.rpartition(".")[2], file.exists()))
        _sync(path)

    monkeypatch.setattr("reconciler.backends.sqlite._sync", watched)
    sqlite_store.open().acquire(ANN, LONG)
    assert synced == [("new", False), ("state", True), (sqlite_store.folder.name, True)]


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 4096, b"hello", b"SQLite format 3\0", b"SQLite format 3\0" * 400]
)
def test_a_file_that_is_empty_or_something_else_is_refused_and_left_alone(
    content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "p.db"
    path.write_bytes(content)
    with open_backend("sqlite:///p.db", environment="production", folder=tmp_path) as backend:
        for call in (backend.load, backend.history, lambda: backend.acquire(ANN, LONG), backend.break_lock):
            with pytest.raises(StateError) as caught:
                call()
            assert caught.value.hint
    assert path.read_bytes() == content


def test_a_database_of_somebody_else_is_refused(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "p.db")
    database.execute("CREATE TABLE meta (id)")
    database.close()
    with (
        open_backend("sqlite:///p.db", environment="production", folder=tmp_path) as backend,
        pytest.raises(StateError, match="not a state of reconciler"),
    ):
        backend.load()


def test_a_newer_format_in_the_header_is_refused(sqlite_store: Store) -> None:
    with sqlite_store.open() as backend:
        backend.acquire(ANN, LONG)
    sqlite_store.execute(f"PRAGMA user_version = {FORMAT + 1}")
    with pytest.raises(StateError, match="newer reconciler"):
        sqlite_store.open().load()


def test_the_state_of_another_environment_is_refused(tmp_path: Path) -> None:
    filled(tmp_path / "p.db")
    with (
        open_backend("sqlite:///p.db", environment="demo", folder=tmp_path) as backend,
        pytest.raises(StateError, match="'production'"),
    ):
        backend.load()


def test_a_state_whose_file_is_gone_but_whose_log_is_there_is_refused(sqlite_store: Store) -> None:
    backend = sqlite_store.open()
    backend.acquire(ANN, LONG)
    (sqlite_store.folder / ".state" / "production.db").unlink()
    with pytest.raises(StateError, match="log"):
        sqlite_store.open().load()


def test_a_file_that_vanishes_under_a_lease_takes_no_commit(sqlite_store: Store) -> None:
    backend = sqlite_store.open()
    path = sqlite_store.folder / ".state" / "production.db"
    lease = backend.acquire(ANN, LONG)
    path.rename(path.with_name("aside.db"))
    with pytest.raises(StateError):
        backend.commit(FILLING, lease=lease)


def test_a_file_put_in_the_place_of_another_is_the_one_that_is_read(tmp_path: Path) -> None:
    other = filled(tmp_path / "other.db")
    with open_backend("sqlite:///p.db", environment="production", folder=tmp_path) as backend:
        lease = backend.acquire(BOB, LONG)
        assert backend.load() != other
        backend.close()
        backend.load()
        (tmp_path / "other.db").replace(tmp_path / "p.db")
        assert backend.load() == other
        with pytest.raises(Refused):
            backend.commit(FILLING, lease=lease)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """One that other users can enter: pytest's own they cannot."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def _apart(task: Callable[[], object]) -> str:
    """What `task` gives or raises in a process of its own, whose rights and limits it may give up."""
    out, into = os.pipe()
    if (child := os.fork()) == 0:
        try:
            said = repr(task())
        except StateError as error:
            said = f"StateError: {error.message} | {error.hint}"
        except BaseException as error:  # noqa: BLE001 - the parent judges
            said = repr(error)
        os.write(into, said.encode())
        os._exit(0)
    os.close(into)
    with os.fdopen(out) as stream:
        said = stream.read()
    os.waitpid(child, 0)
    return said


def _as_nobody() -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def test_a_folder_that_cannot_be_written_can_be_read_but_not_locked(open_folder: Path) -> None:
    state = filled(open_folder / "p.db")
    if os.geteuid() == 0:
        os.chown(open_folder / "p.db", NOBODY, NOBODY)
    open_folder.chmod(0o555)

    def read() -> int:
        _as_nobody()
        with open_backend("sqlite:///p.db", environment="production", folder=open_folder) as backend:
            return backend.load().serial

    def lock() -> object:
        _as_nobody()
        with open_backend("sqlite:///p.db", environment="production", folder=open_folder) as backend:
            backend.break_lock()
            return backend.acquire(ANN, LONG)

    def make() -> object:
        _as_nobody()
        with open_backend("sqlite:///new/q.db", environment="production", folder=open_folder) as backend:
            return backend.acquire(ANN, LONG)

    assert _apart(read) == str(state.serial)
    assert "StateError" in (said := _apart(lock))
    assert "permissions" in said
    assert "StateError" in (said := _apart(make))
    assert "permissions" in said
    assert [p.name for p in open_folder.iterdir()] == ["p.db"]


def test_a_full_disk_keeps_what_was_acknowledged(open_folder: Path) -> None:
    """A limit on the size of files stands in for the disk."""
    state = filled(open_folder / "p.db")

    def write() -> object:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        with open_backend("sqlite:///p.db", environment="production", folder=open_folder) as backend:
            backend.break_lock()
            lease = backend.acquire(ANN, LONG)
            for number in range(1000):
                (open_folder / "acknowledged").write_text(str(number))
                backend.commit(Transition(put=(numbered(number),)), lease=lease)
        return "never full"

    assert "StateError" in (said := _apart(write))
    assert "disk" in said
    acknowledged = int((open_folder / "acknowledged").read_text())
    for number in range(acknowledged):
        state = state.after(Transition(put=(numbered(number),)))
    with open_backend("sqlite:///p.db", environment="production", folder=open_folder) as backend:
        assert backend.load() == state


def test_a_kill_while_the_file_is_made_leaves_none(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        os._exit(9)

    def make() -> object:
        monkeypatch.setattr(Path, "hardlink_to", killed)
        with open_backend("sqlite:///p.db", environment="production", folder=open_folder) as backend:
            return backend.acquire(ANN, LONG)

    assert _apart(make) == ""
    with open_backend("sqlite:///p.db", environment="production", folder=open_folder) as backend:
        assert backend.load() == State(lineage="")
        assert backend.acquire(ANN, LONG).epoch == 1
