"""The stores that the contract is held against: SQLite, PostgreSQL, a git ref, S3, and one in memory.

PostgreSQL is a server of our own. git is a bare repository and a clone; S3 is moto's
server, which answers one request at a time: its own conditional writes are looked at and done in two steps.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from uuid import uuid4

import httpx
import obstore
import psycopg
import pytest
from obstore.store import ObjectStore, from_url

from reconciler.backends import Backend, Cipher, open_backend
from reconciler.backends.documents.backend import DocumentBackend
from tests.backends.memory import Memory
from tests.backends.server import postgresql, reaching, s3, with_remote

NUMBERS = count(1)


@dataclass
class Store:
    """A place for one record. `open` gives a new client of it each time; `clock` and `cipher` are theirs, if set.

    `faults` are the names of what `probe` rightly finds wrong with this store. `costly`: a write takes processes.
    """

    url: str
    folder: Path
    environment: str = "production"
    clock: Callable[[], float] | None = None
    cipher: Cipher | None = None
    faults: frozenset[str] = frozenset()
    costly: bool = False
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
        return replace(self, url=self.url.replace("production", name), environment=name)

    def everything(self) -> str:
        """All that the record is kept as, as whoever steals it would read it."""
        if self.url.startswith("sqlite"):
            files = sorted((self.folder / ".state").iterdir())
            return "".join(path.read_bytes().decode("latin-1") for path in files)
        found = ""
        with psycopg.connect(self.url.replace("+psycopg", "")) as connection:
            for table in ("meta", "records", "intents", "history", "lease"):
                rows = connection.execute(f'TABLE "reconciler_{self.environment}".{table}'.encode())
                found += repr(rows.fetchall())
        return found

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


SQL = pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
"""For what only a database can be asked."""


@dataclass
class OnGit(Store):
    """A bare repository, `remote.git` beside the project's clone."""

    costly: bool = True

    def git(self, *words: str) -> str:
        done = subprocess.run(  # noqa: S603 - ours
            ["git", *words], cwd=self.folder.parent / "remote.git", check=True, capture_output=True, text=True  # noqa: S607
        )  # fmt: skip
        return done.stdout

    @property
    def ref(self) -> str:
        return self.url.removeprefix("git+ref:///")

    def everything(self) -> str:
        """Of the last commit: those before it stay as they were."""
        paths = self.git("ls-tree", "-r", "--name-only", self.ref).split()
        return "".join(self.git("show", f"{self.ref}:{path}") for path in paths)


@dataclass
class OnS3(Store):
    """Objects under the prefix of `url`."""

    @property
    def client(self) -> ObjectStore:
        return from_url(self.url, client_options={"allow_http": True})

    def everything(self) -> str:
        """Of the last head: what it does not name stays as it was."""
        head = bytes(obstore.get(self.client, "head.json").bytes())
        told = json.loads(head)
        named = [part[0] for key in ("records", "intents", "history") for part in told[key].values()]
        found = [bytes(obstore.get(self.client, f"parts/{digest}").bytes()) for digest in named]
        return b"".join([head, *found]).decode()


@dataclass
class InMemory(Store):
    """For laws that want more runs than a real store has time for."""

    memory: Memory = field(default_factory=Memory)

    def open(self, clock: Callable[[], float] | None = None) -> Backend:
        return DocumentBackend(
            self.memory, environment=self.environment, clock=clock or self.clock, ids=lambda: uuid4().hex,
            cipher=self.cipher,
        )  # fmt: skip

    def fresh(self) -> Store:
        return InMemory("memory", self.folder, f"e{next(NUMBERS)}")


@pytest.fixture
def memory_store(tmp_path: Path) -> Store:
    return InMemory("memory", tmp_path)


@pytest.fixture
def git_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OnGit]:
    """The project's clone has the bare repository for its `origin`. Who is killed leaves its own one in TMPDIR."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    clone = tmp_path / "clone"
    with_remote(clone)
    made = OnGit("git+ref:///refs/reconciler/production", clone)
    yield made
    for backend in made.opened:
        backend.close()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    with s3() as address:
        yield address


@pytest.fixture
def s3_store(s3_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OnS3:
    """A bucket of its own each time."""
    for name, value in reaching(s3_server).items():
        monkeypatch.setenv(name, value)
    bucket = f"b{next(NUMBERS)}-{os.getpid()}"
    httpx.put(f"{s3_server}/{bucket}").raise_for_status()
    return OnS3(f"s3://{bucket}/billing/production", tmp_path)


@pytest.fixture(params=["sqlite", "postgresql", "git", "s3"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    made = request.getfixturevalue(f"{request.param}_store")
    assert isinstance(made, Store)
    yield made
    for backend in made.opened:
        backend.close()


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


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    with postgresql() as url:
        if url is None:
            pytest.skip("initdb is not installed")
        yield url
