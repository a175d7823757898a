"""Where the record may be kept, for the experiments that every store has to pass. A new one is a line in STORES."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from types import MappingProxyType

import psycopg

from tests.backends.server import postgresql

NewUrl = Callable[[], str]
"""Gives the URL of a state that was never written; a relative path stands under the project's folder."""

_NUMBERS = count(1)


class Missing(Exception):
    """This machine lacks what the store needs. Says what."""


@contextmanager
def _sqlite() -> Iterator[NewUrl]:
    yield lambda: f"sqlite:///.state/books{next(_NUMBERS)}.db"


@contextmanager
def _postgresql() -> Iterator[NewUrl]:
    with postgresql() as server:
        if server is None:
            raise Missing("initdb is not installed")

        def database() -> str:
            name = f"books{next(_NUMBERS)}"
            with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
                connection.execute(f'CREATE DATABASE "{name}"'.encode())
            return server.replace("/postgres?", f"/{name}?")

        yield database


@contextmanager
def _git() -> Iterator[NewUrl]:
    """Refs of one bare repository."""
    with tempfile.TemporaryDirectory(prefix="reliability-git-") as home:
        subprocess.run(["git", "init", "--bare", "--quiet", home], check=True)  # noqa: S603, S607 - ours
        yield lambda: f"git+ref:///refs/reconciler/books{next(_NUMBERS)}?remote=file://{home}"


STORES: Mapping[str, Callable[[], AbstractContextManager[NewUrl]]] = MappingProxyType(
    {"sqlite": _sqlite, "postgresql": _postgresql, "git": _git}
)
