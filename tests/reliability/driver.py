"""What a forked child does: one command of `reconciler`, which may die at a numbered point of I/O.

The points stand before and after every request to live that writes, and every move of the record or its lock.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler import config
from reconciler.backends import Backend
from reconciler.cli import running, session
from reconciler.cli.main import run
from reconciler.cli.signals import ended, terminable
from reconciler.live import RetryPolicy, Writer, connect

# what a command would import for itself: here once for all children
for _name in ("cli.apply", "cli.plan", "backends.sql", "backends.sqlite", "backends.postgresql"):
    importlib.import_module(f"reconciler.{_name}")

MOVES = ("acquire", "commit", "release")


@dataclass(frozen=True, slots=True)
class Order:
    """One command. `lease` is in seconds; what it says goes to the files `out`, `err` and `points`."""

    folder: str
    words: tuple[str, ...]
    kill_at: int
    lease: float
    out: str
    err: str
    points: str
    environ: Mapping[str, str]


class Points:
    """Counts from 1, over all threads; at number `kill_at` the process is no more."""

    def __init__(self, kill_at: int) -> None:
        self._kill_at = kill_at
        self._lock = threading.Lock()
        self.passed = 0

    def here(self) -> None:
        with self._lock:
            self.passed += 1
            if self.passed == self._kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever it takes
            self.here()
            try:
                return function(*args, **kwargs)
            finally:
                self.here()

        return watched


def perform(order: Order) -> None:
    """Does not return: the process ends as the command does."""
    for number, path in ((1, order.out), (2, order.err)):
        os.dup2(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), number)
    os.chdir(order.folder)
    os.environ.update(order.environ)
    hasten(order.lease)
    points = Points(order.kill_at)
    _watch(points)
    with terminable():
        Path(order.points).write_text("-1", encoding="utf-8")  # from here on, signals are heard
        code = run(list(order.words))
    ended()
    Path(order.points).write_text(str(points.passed), encoding="utf-8")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def hasten(lease: float) -> None:
    """The same tries and looks, with shorter waits between them."""
    running.LEASE_SECONDS = lease
    running._ASK_AGAIN_SECONDS = 0.05
    session._LAG_PAUSES = (0.1, 0.2, 0.4)
    connect.__wrapped__.__kwdefaults__["policy"] = RetryPolicy(first_wait=0.02, longest_wait=0.1)  # type: ignore[attr-defined]


def _watch(points: Points) -> None:
    opened = config.open_state

    def open_state(*args: Any, **kwargs: Any) -> Backend:  # noqa: ANN401 - as config.open_state
        backend = opened(*args, **kwargs)
        for name in MOVES:
            setattr(backend, name, points.around(getattr(backend, name)))
        return backend

    config.open_state = open_state
    Writer.send = points.around(Writer.send)  # type: ignore[method-assign]
