"""The stores that the contract is held against: SQLite, and a PostgreSQL server of our own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest

from reconciler.backends import Backend, Cipher, open_backend
from tests.backends.server import postgresql

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
def postgresql_store(postgresql_url: str, tmp_path: Path) -> Store:
    return Store(postgresql_url, tmp_path, f"e{next(NUMBERS)}", faults=frozenset({"durable"}))


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    with postgresql() as url:
        if url is None:
            pytest.skip("initdb is not installed")
        yield url
