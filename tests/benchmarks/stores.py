"""What the record costs on a git ref: reading all of it, and a run of eight changes at a time.

The repository is on this machine. With a host, each push and each read take its round trips more, and the waves
are fuller for it.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from reconciler.backends import Backend, Holder, open_backend
from reconciler.resources import Address, Recorded, RecordedField
from reconciler.state import HistoryEntry, Intent, Transition
from tests.benchmarks.telling import tell, title

_URL = "git+ref:///refs/reconciler/bench"
_AT_ONCE = 8
_REQUEST_SECONDS = 0.1
_HOLDER = Holder("bench@here", 0, "bench")


def stores(objects: int, changes: int) -> None:
    title(f"The record on a git ref, of {objects} objects, {changes} of them changed")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for words in (["init", "-q", "--bare", "remote.git"], ["init", "-q", "clone"]):
            subprocess.run(["git", *words], cwd=folder, check=True)  # noqa: S603, S607 - ours
        subprocess.run(
            ["git", "remote", "add", "origin", "../remote.git"], cwd=folder / "clone", check=True  # noqa: S607
        )  # fmt: skip
        _measure(folder, objects, changes)


def _open(folder: Path) -> Backend:
    return open_backend(_URL, environment="bench", folder=folder / "clone")


def _measure(folder: Path, objects: int, changes: int) -> None:
    with _open(folder) as backend:
        lease = backend.acquire(_HOLDER, 600)
        start = time.perf_counter()
        backend.commit(Transition(put=tuple(_record(n, "old") for n in range(objects))), lease=lease)
        tell(f"write {objects} objects", f"{time.perf_counter() - start:.2f} s")
    with _open(folder) as backend:
        start = time.perf_counter()
        backend.load()
        tell(f"read {objects} objects, fetched", f"{time.perf_counter() - start:.2f} s")
        start = time.perf_counter()
        backend.load()
        tell("read again", f"{time.perf_counter() - start:.2f} s")
        before = _pushes(folder)
        start = time.perf_counter()

        def change(number: int) -> None:
            address = _record(number, "").address
            intent = Intent(
                f"i{number}", "bench", address, "update", "2026-01-01T00:00:00Z", [{"body": "x" * 200}]
            )
            backend.commit(Transition(open=intent), lease=lease)
            time.sleep(_REQUEST_SECONDS)
            entry = HistoryEntry("2026-01-01", "bench", "", "", "bench", address, "update", "done", "", [])
            backend.commit(
                Transition(put=(_record(number, "new"),), close=intent.id, history=(entry,)), lease=lease
            )

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(change, range(changes)))
        tell(f"apply {changes} changes, eight at a time", f"{time.perf_counter() - start:.2f} s")
        tell("pushes a change", f"{(_pushes(folder) - before) / changes:.2f}")


def _record(number: int, value: str) -> Recorded:
    fields = {f"field_{n}": RecordedField(f"{value} {n} of {number}", f"{n}") for n in range(10)}
    return Recorded(
        Address("books", "Automation", f"a-{number:05}"), f"uuid-{number}", fields, {"updated": number}
    )


def _pushes(folder: Path) -> int:
    ref = _URL.removeprefix("git+ref:///")
    done = subprocess.run(  # noqa: S603 - ours
        ["git", "rev-list", "--count", ref], cwd=folder / "remote.git", check=True, capture_output=True  # noqa: S607
    )  # fmt: skip
    return int(done.stdout)
