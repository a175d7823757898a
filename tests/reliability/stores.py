"""Where the record may be kept, for the experiments that every store has to pass. A new one is a line in STORES."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from pathlib import Path
from types import MappingProxyType

import httpx
import psycopg

from tests.backends.server import postgresql, reaching, s3, with_remote

NewUrl = Callable[[Path], str]
"""Gives the URL of a state that was never written, for a project in (or under) this folder, which may need preparing."""

_NUMBERS = count(1)


class Missing(Exception):
    """This machine lacks what the store needs. Says what."""


@contextmanager
def _sqlite() -> Iterator[NewUrl]:
    yield lambda _folder: f"sqlite:///.state/books{next(_NUMBERS)}.db"


@contextmanager
def _postgresql() -> Iterator[NewUrl]:
    with postgresql() as server:
        if server is None:
            raise Missing("initdb is not installed")

        def database(_folder: Path) -> str:
            name = f"books{next(_NUMBERS)}"
            with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
                connection.execute(f'CREATE DATABASE "{name}"'.encode())
            return server.replace("/postgres?", f"/{name}?")

        yield database


@contextmanager
def _git() -> Iterator[NewUrl]:
    if shutil.which("git") is None:
        raise Missing("git is not installed")

    def ref(folder: Path) -> str:
        with_remote(folder)
        return f"git+ref:///refs/reconciler/books{next(_NUMBERS)}"

    yield ref


@contextmanager
def _s3() -> Iterator[NewUrl]:
    with s3() as address, ExitStack() as stack:
        old = {name: os.environ.get(name) for name in reaching(address)}
        stack.callback(
            lambda: [os.environ.pop(n) if v is None else os.environ.update({n: v}) for n, v in old.items()]
        )
        os.environ.update(reaching(address))

        def bucket(_folder: Path) -> str:
            name = f"books{next(_NUMBERS)}"
            httpx.put(f"{address}/{name}", trust_env=False).raise_for_status()
            return f"s3://{name}/state"

        yield bucket


STORES: Mapping[str, Callable[[], AbstractContextManager[NewUrl]]] = MappingProxyType(
    {"sqlite": _sqlite, "postgresql": _postgresql, "git": _git, "s3": _s3}
)

SHARES: Mapping[str, float] = MappingProxyType({"sqlite": 1.0, "postgresql": 0.5, "git": 0.05, "s3": 0.1})
"""How much of everything is done on a store by default: a commit costs more on some, and the whole shall end."""

TERMS: Mapping[str, float] = MappingProxyType({"git": 3.0, "s3": 1.0})
"""Seconds of a lease that leaves time for a few writes, where a tenth of that does not."""
