"""Where the record may be kept, for the experiments that every store has to pass. A new one is a line in STORES."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from types import MappingProxyType

import httpx
import psycopg

from tests.backends.server import postgresql, reaching, s3

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
    if shutil.which("git") is None:
        raise Missing("git is not installed")
    with tempfile.TemporaryDirectory(prefix="reliability-git-") as home:
        subprocess.run(["git", "init", "--bare", "--quiet", home], check=True)  # noqa: S603, S607 - ours
        yield lambda: f"git+ref:///refs/reconciler/books{next(_NUMBERS)}?remote=file://{home}"


@contextmanager
def _s3() -> Iterator[NewUrl]:
    with s3() as address, ExitStack() as stack:
        old = {name: os.environ.get(name) for name in reaching(address)}
        stack.callback(
            lambda: [os.environ.pop(n) if v is None else os.environ.update({n: v}) for n, v in old.items()]
        )
        os.environ.update(reaching(address))

        def bucket() -> str:
            name = f"books{next(_NUMBERS)}"
            httpx.put(f"{address}/{name}", trust_env=False).raise_for_status()
            return f"s3://{name}/state"

        yield bucket


STORES: Mapping[str, Callable[[], AbstractContextManager[NewUrl]]] = MappingProxyType(
    {"sqlite": _sqlite, "postgresql": _postgresql, "git": _git, "s3": _s3}
)

SHARES: Mapping[str, float] = MappingProxyType({"sqlite": 1.0, "postgresql": 0.5, "git": 0.05, "s3": 0.1})
"""How much of everything is done on a store by default: a commit costs more on some, and the whole shall end."""
