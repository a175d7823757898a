"""Commands of `reconciler` in processes of their own, a thousand of them at little cost.

A process that has everything imported, no threads and no sockets forks a child for each command (the standard
library's fork server). The emulator's threads live in this process, which nothing is ever forked from.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import pytest

from tests.cli.builder import CREDENTIALS, surroundings
from tests.reliability.driver import Order, perform

_LONGEST_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended. A negative code is the signal that it died of; `points` is -1 where it died."""

    code: int
    out: str
    err: str
    points: int = -1


@dataclass
class Started:
    """A command under way."""

    process: ForkServerProcess
    order: Order
    since: float = field(default_factory=time.monotonic)

    def send(self, number: signal.Signals) -> None:
        """Nothing happens where it has ended already."""
        with suppress(ProcessLookupError):  # it may end between the question and the signal
            if self.process.is_alive() and self.process.pid is not None:
                os.kill(self.process.pid, number)

    def listening(self) -> None:
        """Wait until it would hear a signal."""
        while not Path(self.order.points).exists() and self.process.is_alive():
            time.sleep(0.001)

    def wait(self, seconds: float = _LONGEST_SECONDS) -> Ended:
        """Raise TimeoutError where it does not end; it is killed then."""
        self.process.join(seconds)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
            raise TimeoutError(
                f"{self.order.words} did not end within {seconds:g} s: {_text(self.order.err)}"
            )
        code = self.process.exitcode
        assert code is not None
        self.process.close()
        passed = _text(self.order.points)
        return Ended(code, _text(self.order.out), _text(self.order.err), int(passed) if passed else -1)


@cache
def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.reliability.driver"])
    with pytest.MonkeyPatch.context() as patch:
        # the server finds the sources that are under test, wherever it is started; nobody else is to be told
        patch.setenv("PYTHONPATH", surroundings()["PYTHONPATH"])
        forkserver.ensure_running()
    return context


def start(
    folder: Path, words: Sequence[str], *, kill_at: int = 0, lease: float = 60.0, name: str = "command"
) -> Started:
    """Begin a command in `folder`; it dies before its numbered point of I/O `kill_at` (0: never)."""
    folder.mkdir(parents=True, exist_ok=True)
    out, err, points = (folder / f".{name}.{end}" for end in ("out", "err", "points"))
    for file in (out, err, points):
        file.unlink(missing_ok=True)
    order = Order(
        str(folder),
        tuple(words),
        kill_at,
        lease,
        str(out),
        str(err),
        str(points),
        {**os.environ, **CREDENTIALS},
    )
    return Started(forked(perform, order), order)


def forked(function: Callable[..., None], *arguments: object) -> ForkServerProcess:
    """A function of ours in a process of its own."""
    process = _context().Process(target=function, args=arguments, daemon=True)
    process.start()
    return process


def run(folder: Path, *words: str, kill_at: int = 0, lease: float = 60.0) -> Ended:
    """Begin a command and wait for its end."""
    return start(folder, words, kill_at=kill_at, lease=lease).wait()


def _text(path: str) -> str:
    file = Path(path)
    return file.read_text(encoding="utf-8") if file.exists() else ""
