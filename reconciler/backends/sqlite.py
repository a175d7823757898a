"""SQLite under the record: a file that is born whole, private to its owner, and never made by reading.

WAL with synchronous=FULL: a commit is on the disk when it returns. The file must stand on a local disk.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Integer,
    QueuePool,
    create_engine,
    event,
    literal_column,
)

from reconciler.backends.place import Birth
from reconciler.backends.refusals import too_new
from reconciler.backends.rows import Damaged
from reconciler.backends.tables import FORMAT, METADATA
from reconciler.errors import StateError

APPLICATION_ID = 0x5245434E
"""`RECN` in the header of the file, where `file(1)` and we look for it."""

BUSY_SECONDS = 10.0

_NOW: ColumnElement[int] = literal_column(
    "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)", Integer
)

_WORDS = {
    "SQLITE_BUSY": ("is being written by another process", "try again when that one is done"),
    "SQLITE_LOCKED": ("is being written by another process", "try again when that one is done"),
    "SQLITE_PROTOCOL": ("is being written by another process", "try again when that one is done"),
    "SQLITE_NOMEM": ("cannot be read: this machine is out of memory", "free some memory"),
    "SQLITE_READONLY": ("cannot be written", "check the permissions of the file and its folder"),
    "SQLITE_PERM": ("cannot be opened", "check the permissions of the file and its folder"),
    "SQLITE_AUTH": ("cannot be opened", "check the permissions of the file and its folder"),
    "SQLITE_CANTOPEN": ("cannot be opened", "check the permissions of the file and its folder"),
    "SQLITE_FULL": ("cannot be written: the disk is full", "free some space; what was recorded is intact"),
    "SQLITE_IOERR": ("cannot be read or written: the disk fails or is full", "check the disk and its space"),
}
_DAMAGED = ("is damaged or is no SQLite file", "restore it from a backup; it is not taken for an empty state")


_DURABLE = {"journal_mode": ("wal",), "synchronous": ("2", "3"), "fullfsync": ("1",)}
"""The settings under which a commit is on the disk when it returns."""


class SqlitePlace:
    """A Place at `path`, which is absolute."""

    now = _NOW
    on_one_machine = True
    reading: dict[str, Any] = {}  # noqa: RUF012 - never changed
    writing: dict[str, Any] = {"begin": "BEGIN IMMEDIATE"}  # noqa: RUF012

    def __init__(self, path: Path) -> None:
        self.path = path
        self.label = f"sqlite:///{path}"
        self.engine = _engine(self._connect)
        self._seen: tuple[int, int] | None = None

    def exists(self) -> bool:
        """False only where there is nothing at all: an empty file is damage, not an empty state."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            self._refuse_orphan()
            return False
        if found.st_size == 0:
            raise Damaged("it is an empty file, which no run of reconciler leaves behind")
        self._follow((found.st_dev, found.st_ino))
        return True

    def create(self, birth: Birth) -> None:
        """Made aside, then linked to its name: a kill at any point leaves a whole file or none."""
        new_folder = not self.path.parent.exists()
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}.new")
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            _fill(draft, birth)
            _sync(draft)
            self.path.hardlink_to(draft)
            _sync(self.path.parent)
            if new_folder:
                _sync(self.path.parent.parent)
        except FileExistsError:
            return
        finally:
            draft.unlink(missing_ok=True)

    def check(self, connection: Connection, layout: str) -> None:
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if found != "ok":
            raise Damaged(f"SQLite finds: {found}")
        if _layout(connection) != layout:
            raise Damaged("its tables are not those that were made")

    def renew_layout(self, connection: Connection) -> str:
        connection.exec_driver_sql(f"PRAGMA user_version = {FORMAT}")
        return _layout(connection)

    def durability(self, connection: Connection) -> list[str]:
        found = {name: str(connection.exec_driver_sql(f"PRAGMA {name}").scalar()) for name in _DURABLE}
        return [f"{name} is {value}" for name, value in found.items() if value not in _DURABLE[name]]

    @contextmanager
    def scratch(self) -> Iterator[Callable[[], Self]]:
        folder = next(p for p in self.path.parents if p.is_dir())
        with tempfile.TemporaryDirectory(prefix=f".{self.path.name}.probe", dir=folder) as scratch:
            yield lambda: type(self)(Path(scratch) / "probe.db")

    def explain(self, error: BaseException) -> tuple[str, str]:
        if isinstance(error, OSError):
            return (
                f"cannot be made: {error.strerror}",
                "check its folder, its permissions and the space on the disk",
            )
        name = getattr(error, "sqlite_errorname", "")
        for prefix, words in _WORDS.items():
            if name.startswith(prefix):
                return words
        what, hint = _DAMAGED
        return f"{what} ({error})", hint

    def _refuse_orphan(self) -> None:
        """Committed work may stand in the log alone; a new file of that name would throw it away."""
        log = self.path.with_name(f"{self.path.name}-wal")
        if log.exists():
            raise Damaged(f"the file is gone but its log {log.name} is still there")

    def _follow(self, identity: tuple[int, int]) -> None:
        """An open connection would go on with a file that was deleted or replaced."""
        if self._seen not in (None, identity):
            self.engine.dispose()
        self._seen = identity

    def _connect(self) -> sqlite3.Connection:
        """Never makes the file. On a disk that cannot be written, SQLite needs to be told that nobody writes."""
        log = self.path.with_name(f"{self.path.name}-wal")
        still = not os.access(self.path.parent, os.W_OK) and not log.exists()
        connection = _open(self.path, "mode=ro&immutable=1" if still else "mode=rw")
        try:
            _identify(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _open(path: Path, options: str) -> sqlite3.Connection:
    """Autocommit in the driver's words: SQLAlchemy begins the transactions, in `_begin`."""
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?{options}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        # fullfsync: on macOS a plain fsync leaves the bytes in the drive's cache
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _identify(connection: sqlite3.Connection) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise StateError(
            "this SQLite file is not a state of reconciler, or its header is damaged",
            hint="check the environment's `state`; nothing was changed",
        )
    if version > FORMAT:
        raise too_new(version, FORMAT)


def _engine(connect: Any) -> Engine:  # noqa: ANN401 - SQLAlchemy's own type for it is private
    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=1, max_overflow=0, hide_parameters=True
    )
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _fill(path: Path, birth: Birth) -> None:
    with _drafting(path) as engine:
        with engine.connect() as connection:
            METADATA.create_all(connection)
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.exec_driver_sql(f"PRAGMA user_version = {FORMAT}")
            birth(connection, _layout(connection))
            connection.commit()
        with closing(_open(path, "mode=rw")) as bare:
            (mode,) = bare.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise StateError("this disk cannot hold a SQLite log", hint="keep the state on a local disk")


@contextmanager
def _drafting(path: Path) -> Iterator[Engine]:
    engine = _engine(lambda: _open(path, "mode=rw"))
    try:
        yield engine
    finally:
        engine.dispose()


def _layout(connection: Connection) -> str:
    found = connection.exec_driver_sql(
        "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name"
    ).all()
    return hashlib.sha256(repr([tuple(row) for row in found]).encode()).hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
