"""R1: one writer. Holders that are paused past their lease wake up to find that they may not write any more."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from reconciler.backends import open_backend
from tests.cli.builder import ROOT
from tests.reliability.promise import Bench, Figure

_TTL = 0.4


def hand_overs(bench: Bench) -> Figure:
    """Processes that take the lock from one another; some are stopped past their lease and then continued."""
    figure = Figure("R1 one writer: no overlap, and no write with an old lease")
    url = f"sqlite:///{bench.folder / 'lock.db'}"
    crowd = [_writer(url, number, bench) for number in range(4)]
    end = time.monotonic() + 20 * bench.scale
    paused = 0
    while time.monotonic() < end:
        victim = bench.chance.choice(crowd)
        victim.send_signal(signal.SIGSTOP)
        time.sleep(_TTL * bench.chance.uniform(1.2, 2.0))
        victim.send_signal(signal.SIGCONT)
        paused += 1
    for process in crowd:
        process.terminate()
    for process in crowd:
        process.communicate(timeout=20)
    with open_backend(url, environment="books", folder=Path(bench.folder)) as backend:
        entries = list(reversed(backend.history(None, None)))
    turns: list[str] = []
    for entry in entries:
        if not turns or turns[-1] != entry.run:
            turns.append(entry.run)
    figure.tried = len(turns)
    figure.hold(len(set(turns)) == len(turns), "the writes of two holders are mixed")
    figure.hold(len(turns) > 5, f"only {len(turns)} hand-overs happened")
    figure.notes.append(
        f"{len(entries)} commits in {len(turns)} turns; {paused} holders paused past their lease"
    )
    return figure


def _writer(url: str, number: int, bench: Bench) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "tests.reliability.holder",
        url,
        str(bench.folder),
        str(number),
        str(_TTL),
    ]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ourselves
