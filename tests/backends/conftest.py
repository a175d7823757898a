"""The stores that the contract is held against: SQLite, and a PostgreSQL server of our own.

The server is made by `initdb` in a scratch folder, listens on a socket there, and dies with the session. It runs
without fsync: these tests kill its clients, never the server.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest

from reconciler.backends import Backend, Cipher, open_backend

USER = "reconciler"
PORT = 5432
NUMBERS = count(1)


@dataclass
class Store:
    """A place for one record. `open` gives a new client of it each time; `clock` and `cipher` are theirs, if set.

    `faults` are the names of what `probe` rightly finds wrong with this store.
    """

    url: str
    folder: Path
    environment: str = "production"
    clock: Callable[[], float] | None = None
    cipher: Cipher | None = None
    faults: frozenset[str] = frozenset()
    opened: list[Backend] = field(default_factory=list)

    def open(self, clock: Callable[[], float] | None = None) -> Backend:
        backend = open_backend(
            self.url,
            environment=self.environment,
            folder=self.folder,
            clock=clock or self.clock,
            cipher=self.cipher,
        )
        self.opened.append(backend)
        return backend

    def fresh(self) -> Store:
        """Another store of the same sort, never written."""
        name = f"e{next(NUMBERS)}"
        return Store(self.url.replace("production", name), self.folder, name, opened=self.opened)

    def execute(self, statement: str) -> None:
        """Behind the back of reconciler."""
        if self.url.startswith("sqlite"):
            database = sqlite3.connect(
                self.folder / self.url.removeprefix("sqlite:///"), isolation_level=None
            )
            database.execute(statement)
            database.close()
            return
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(f'SET search_path = "reconciler_{self.environment}"'.encode())
            connection.execute(statement.encode())


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    made = request.getfixturevalue(f"{request.param}_store")
    assert isinstance(made, Store)
    return made


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    made = Store("sqlite:///.state/production.db", tmp_path)
    yield made
    for backend in made.opened:
        backend.close()


@pytest.fixture
def postgresql_store(postgresql_url: str, tmp_path: Path) -> Iterator[Store]:
    made = Store(postgresql_url, tmp_path, f"e{next(NUMBERS)}", faults=frozenset({"durable"}))
    yield made
    for backend in made.opened:
        backend.close()


def _binaries() -> Path | None:
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("initdb", path=os.pathsep.join([os.environ.get("PATH", ""), *map(str, homes)]))
    return Path(found).parent if found else None


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    binaries = _binaries()
    if binaries is None:
        pytest.skip("initdb is not installed")
    # under /tmp: the path of a socket has at most 107 characters
    home = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    owner = _server_user(home)
    data = home / "data"

    def run(program: str, *arguments: str) -> None:
        command = [str(binaries / program), "-D", str(data), *arguments]
        subprocess.run(  # noqa: S603 - ours
            command, check=True, stdout=subprocess.DEVNULL, cwd=home, user=owner, env={}
        )

    try:
        run("initdb", "-U", USER, "-A", "trust", "--no-sync", "-E", "UTF8")
        options = f"-c listen_addresses='' -c fsync=off -k {home} -p {PORT}"
        run("pg_ctl", "-o", options, "-l", str(home / "log"), "-w", "start")
        yield f"postgresql+psycopg://{USER}@/postgres?host={home}&port={PORT}"
        run("pg_ctl", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _server_user(home: Path) -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    shutil.chown(home, "postgres" if Path("/var/lib/postgresql").exists() else "nobody")
    return home.owner()
