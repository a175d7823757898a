"""A record of every format that was ever released: read as it is, migrated by the first write, and not before."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from reconciler.backends import cipher_of
from reconciler.backends.migrations import STEPS
from reconciler.backends.tables import FORMAT
from reconciler.errors import StateError
from reconciler.resources import Address
from reconciler.state import State, Transition
from reconciler.values import Secret
from tests.backends.conftest import SQL, Store
from tests.backends.filled import FILLING, NEXT
from tests.backends.samples import ANN, KEYS, LONG, entry

FORMATS = Path(__file__).with_name("formats")
UNSTORABLE = entry("", Address("xero-au", "Automation", "\ud800"))
THEN = State("11111111-2222-4333-8444-555555555555").after(FILLING)


def sqlite_of(store: Store, version: int) -> Path:
    path = store.folder / ".state" / "production.db"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as database:
        database.executescript((FORMATS / f"{version}.sqlite.sql").read_text())
        database.execute("PRAGMA journal_mode = WAL")
    return path


def postgresql_of(store: Store, version: int) -> None:
    """In the schema that it was dumped from."""
    with psycopg.connect(store.url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS reconciler_production CASCADE")
        connection.execute((FORMATS / f"{version}.postgresql.sql").read_bytes())
    store.environment = "production"


@pytest.fixture(params=range(1, FORMAT))
def old(request: pytest.FixtureRequest, store: Store) -> Store:
    make = sqlite_of if store.url.startswith("sqlite") else postgresql_of
    make(store, request.param)
    return store


@pytest.mark.parametrize("version", range(1, FORMAT))
def test_an_older_record_is_read_without_being_written(version: int, sqlite_store: Store) -> None:
    path = sqlite_of(sqlite_store, version)
    before = path.read_bytes()
    with sqlite_store.open() as backend:
        assert backend.load() == THEN
        assert backend.history() == tuple(reversed(FILLING.history))
        assert backend.holder() is None
    assert path.read_bytes() == before


@SQL
def test_the_first_write_migrates_it_with_all_that_it_holds(old: Store) -> None:
    backend = old.open()
    assert backend.load() == THEN
    lease = backend.acquire(ANN, LONG)
    backend.commit(NEXT, lease=lease)
    for client in (backend, old.open()):
        assert client.load() == THEN.after(NEXT)
        assert client.history() == tuple(reversed(FILLING.history))
    assert {f.name for f in backend.probe() if not f.ok} == old.faults
    backend.retire("elsewhere", lease=lease)  # what the older format could not say
    assert old.open().load(moved=True) == THEN.after(NEXT)


@SQL
def test_a_write_that_fails_leaves_the_older_format(old: Store) -> None:
    backend = old.open()
    lease = backend.acquire(ANN, LONG)
    with pytest.raises(StateError):
        backend.commit(Transition(drop=(FILLING.put[0].address,), history=(UNSTORABLE,)), lease=lease)
    assert old.open().load() == THEN
    with pytest.raises((sqlite3.Error, psycopg.Error), match="moved_to"):
        old.execute("SELECT moved_to FROM meta")


@SQL
def test_an_older_record_is_migrated_and_encrypted_by_one_write(old: Store) -> None:
    old.cipher = cipher_of([("key", Secret(KEYS[0]))])
    backend = old.open()
    lease = backend.acquire(ANN, LONG)
    backend.commit(NEXT, lease=lease)
    assert old.open().load() == THEN.after(NEXT)
    old.cipher = None
    with pytest.raises(StateError, match="encrypted"):
        old.open().load()


def test_every_format_has_its_step_and_its_fixtures() -> None:
    assert set(STEPS) == set(range(1, FORMAT))
    found = {int(m[1]) for p in FORMATS.iterdir() if (m := re.fullmatch(r"(\d+)\.sqlite\.sql", p.name))}
    assert found >= set(STEPS)
