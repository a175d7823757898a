"""What it costs to read a whole record: on each local store, plain and encrypted, against one plan of the same."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from reconciler.backends import Cipher, Holder, cipher_of, open_backend
from reconciler.state import Transition
from reconciler.statefile import Kept, dump, parse
from reconciler.values import Secret
from tests.backends.server import postgresql
from tests.benchmarks.plans import Setting
from tests.benchmarks.record import recorded
from tests.benchmarks.telling import tell, title

TIMES = 5
CIPHER = cipher_of([("bench", Secret("a" * 42 + "A="))])


def keeping(here: Setting) -> None:
    records = recorded(here.folder, here.answers.live)
    title(
        f"The record of {len(records):,} objects, read whole and verified (seconds of CPU, and against SQLite)"
    )
    transition = Transition(put=records)
    first = _read(here.folder, "SQLite", "sqlite:///keeping-plain.db", None, transition, 0)
    _read(here.folder, "SQLite, encrypted", "sqlite:///keeping-sealed.db", CIPHER, transition, first)
    with postgresql() as url:
        if url is None:
            tell("PostgreSQL", "initdb is not installed")
            return
        _read(here.folder, "PostgreSQL", url, None, transition, first)
        _read(here.folder, "PostgreSQL, encrypted", url, CIPHER, transition, first)


def _read(
    folder: Path, store: str, url: str, cipher: Cipher | None, transition: Transition, first: float
) -> float:
    name = "sealed" if cipher else "plain"
    with open_backend(url, environment=name, folder=folder, cipher=cipher) as backend:
        lease = backend.acquire(Holder("bench@here", 0, "bench"), 600)
        backend.commit(transition, lease=lease)
        seconds = _median(backend.load)
        tell(store, f"{seconds:.2f} s" + (f", {seconds / first:.1f} times as much" if first else ""))
        if not first:
            _copy(Kept(name, backend.load(), tuple(backend.history())), seconds)
    return seconds


def _copy(kept: Kept, first: float) -> None:
    data = dump(kept)
    for what, call in (("a copy written", lambda: dump(kept)), ("a copy read", lambda: parse(data, bytes))):
        seconds = _median(call)
        tell(f"{what} ({len(data) / 2**20:.1f} MiB)", f"{seconds:.2f} s, {seconds / first:.1f} times as much")


def _median(call: Callable[[], object]) -> float:
    taken = []
    for _ in range(TIMES):
        start = time.process_time()
        call()
        taken.append(time.process_time() - start)
    return statistics.median(taken)
