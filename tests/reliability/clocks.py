"""R9: clocks that jump. A living holder keeps its lock, a dead one does not keep it for ever."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from reconciler.backends import Holder, open_backend
from reconciler.errors import Refused
from tests.cli.builder import ROOT
from tests.reliability.promise import Bench, Figure
from tests.reliability.stores import STORES

_JUMPS = ("-10y", "-1h", "+1h", "+10y")
_LEASE = 1.0


def clocks_jump(bench: Bench) -> Figure:
    """Processes whose time of day is another, by `faketime`; as where a clock is set, the uptime goes on."""
    figure = Figure("R9 a clock that jumps steals no lock and leaves none for ever")
    if shutil.which("faketime") is None:
        figure.skipped.append("faketime is not installed")
        return figure
    with STORES[bench.store]() as new_url:
        for number in range(bench.times(5)):
            for jump in _JUMPS:
                folder = bench.folder / f"{jump}{number}"
                folder.mkdir()
                url = new_url(folder)
                _steals_none(figure, url, folder, jump)
                _leaves_none(figure, url, folder, jump)
    return figure


def _steals_none(figure: Figure, url: str, folder: Path, jump: str) -> None:
    with open_backend(url, environment="books", folder=folder) as ours:
        lease = ours.acquire(Holder("us", 1, "run"), 60)
        code = _visit(url, folder, jump)
        figure.tried(f"{jump} visits to a held lock")
        figure.hold(code == Refused.exit_code, f"{jump}: the visitor ended with {code}")
        try:
            ours.renew(lease)
        except Refused as error:
            figure.hold(False, f"{jump}: {error.message}")
        ours.release(lease)


def _leaves_none(figure: Figure, url: str, folder: Path, jump: str) -> None:
    code = _visit(url, folder, jump)
    figure.tried(f"{jump} deaths with the lock")
    figure.hold(code == 0, f"{jump}: the visitor could not take a free lock: {code}")
    died = time.monotonic()
    with open_backend(url, environment="books", folder=folder) as ours:
        while True:
            try:
                ours.release(ours.acquire(Holder("us", 1, "run"), 60))
            except Refused:
                waited = time.monotonic() - died
                if waited > 3 * _LEASE:
                    figure.hold(False, f"{jump}: still locked {waited:.1f} s after its holder died")
                    return
                time.sleep(0.05)
            else:
                return


def _visit(url: str, folder: Path, jump: str) -> int:
    command = [
        "faketime",
        "-f",
        jump,
        sys.executable,
        "-m",
        "tests.reliability.visitor",
        url,
        str(folder),
        str(_LEASE),
    ]
    environ = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    return subprocess.run(command, env=environ, check=False, timeout=60).returncode  # noqa: S603 - ourselves
