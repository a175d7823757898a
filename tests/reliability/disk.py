"""R3: a disk that is full, cannot be written, or does not keep what it was given: the old state stays, exit 1."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.cli.builder import CREDENTIALS, ROOT
from tests.reliability.estate import Estate, estate
from tests.reliability.promise import Bench, Figure

_PROMISE = "R3 a full, read-only or failing disk: the old state is intact, exit 1"
_KILOBYTES = 32 * 1024
_NEEDED = 700
"""Kilobytes that an apply of twenty changes puts into the log of SQLite, and some more."""
_SYNC = "fsync,fdatasync"


def full_and_read_only(bench: Bench) -> Figure:
    """A small disk of our own, filled up to so many free kilobytes before each apply; then mounted read-only."""
    figure = Figure(_PROMISE)
    disk = bench.folder / "disk"
    disk.mkdir()
    if not _mounts(disk):
        figure.skipped.append("no disk of our own: to mount one, this has to run as root")
        return figure
    try:
        with estate(bench.folder / "full", f"sqlite:///{disk}/state/books.db") as kept:
            figure.hold(kept.apply().code == 0, "the first apply failed")
            for free in range(0, _NEEDED, max(4, round(20 / bench.scale))):
                _full(figure, kept, disk, free)
            _read_only(figure, kept, disk)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)  # noqa: S603, S607 - ours
    return figure


def _full(figure: Figure, kept: Estate, disk: Path, free: int) -> None:
    kept.next()
    with kept.backend() as backend:
        before = backend.load()
    left = shutil.disk_usage(disk).free
    filler = disk / "filler"
    filler.write_bytes(b"x" * max(0, left - free * 1024))
    ended = kept.apply()
    filler.unlink()
    figure.tried("applies on a full disk")
    _judge(figure, kept, ended.code, f"with {free} kB free", before.serial, ended.err)


def _read_only(figure: Figure, kept: Estate, disk: Path) -> None:
    kept.next()
    with kept.backend() as backend:
        before = backend.load()
    kept.log.leave()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)  # noqa: S603, S607 - ours
    try:
        ended = kept.apply()
        figure.hold(ended.code == 1, f"read-only: exit {ended.code}: {ended.err}")
        figure.hold(not kept.running.log.writes, "read-only: something was sent")
        figure.hold(kept.run("plan").code == 0, "read-only: no plan, which only reads")
        figure.tried("applies in a read-only folder")
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)  # noqa: S603, S607
    _judge(figure, kept, 1, "read-only", before.serial, "")


def _judge(figure: Figure, kept: Estate, code: int, when: str, serial: int, said: str) -> None:
    """Done, or failed with every write announced and the record whole; the next apply finishes."""
    figure.hold(code in (0, 1), f"{when}: exit {code}: {said[-300:]}")
    figure.hold(code == 1 or not kept.left(), f"{when}: exit 0, and not done")
    figure.hold("Traceback" not in said, f"{when}: {said[-300:]}")
    figure.hold(not kept.log.unannounced, f"{when}: sent without an intent")
    with kept.backend() as backend:
        figure.hold(backend.load().serial >= serial, f"{when}: an older state came back")
        backend.break_lock()
    healed = kept.apply()
    figure.hold(healed.code == 0 and not kept.left(), f"{when}: the next apply: {healed.err[-300:]}")
    figure.hold(not kept.twice(), f"{when}: made twice {kept.twice()}")


def failing_sync(bench: Bench) -> Figure:
    """Each of the calls that force bytes to the disk fails in its turn, by `strace`."""
    figure = Figure(_PROMISE)
    if shutil.which("strace") is None:
        figure.skipped.append("strace is not installed")
        return figure
    with estate(bench.folder / "sync") as kept:
        kept.apply()
        kept.next()
        calls = len(re.findall(r"^\d+ +f(?:data)?sync\(", _traced(kept, f"trace={_SYNC}")[1], re.MULTILINE))
        figure.hold(calls > 20, f"only {calls} calls to fail")
        figure.notes.append(f"{calls} such calls in an apply")
        step = max(1, round(calls / 16 / bench.scale))
        for number in range(1, calls + 1, step):
            kept.next()
            with kept.backend() as backend:
                before = backend.load()
            code, said = _traced(kept, f"inject={_SYNC}:error=EIO:when={number}")
            figure.tried("failing fsyncs")
            _judge(figure, kept, code, f"fsync {number} of {calls}", before.serial, said)
    return figure


def _traced(kept: Estate, what: str) -> tuple[int, str]:
    trace = kept.home / "trace"
    command = ["strace", "-f", "-qq", "-o", str(trace), "-e", what]
    if not what.startswith("trace="):
        command += ["-e", f"trace={_SYNC}"]
    command += [sys.executable, "-m", "reconciler", "apply", "--auto-approve"]
    environ = {**os.environ, **CREDENTIALS, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(  # noqa: S603 - ourselves
        command, cwd=kept.home, env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    return ended.returncode, trace.read_text(encoding="utf-8") + ended.stderr


def _mounts(folder: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={_KILOBYTES}k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    return subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603 - ours
