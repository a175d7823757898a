"""Threads that commit at the same time, carried together: whoever gets the turn takes all who wait.

A swap costs a round trip or a push, a transaction a wait for the disk: eight writers share one. Each still returns when its own is durable.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reconciler.backends.protocol import Lease
from reconciler.backends.rows import Damaged
from reconciler.errors import ReconcilerError, StateError
from reconciler.state import Transition


@dataclass
class Waiting:
    """A transition on its way. `error` is set where it, of its wave, is not to be stored."""

    transition: Transition
    lease: Lease
    error: Exception | None = None
    done: bool = False


class Waves:
    """`carry` stores all that can be of those that it is given, or raises; `turn` is held meanwhile."""

    def __init__(self, turn: threading.RLock, carry: Callable[[Sequence[Waiting]], None]) -> None:
        self._turn, self._carry = turn, carry
        self._gate = threading.Lock()
        self._queue: list[Waiting] = []

    def carried(self, waiting: Waiting) -> None:
        """Return when it is stored; raise what hinders it."""
        with self._gate:
            self._queue.append(waiting)
        with self._turn:
            if not waiting.done:
                self._carry_all()
        if waiting.error is not None:
            raise waiting.error

    def _carry_all(self) -> None:
        with self._gate:
            wave, self._queue = self._queue, []
        try:
            self._carry(wave)
        except BaseException as error:
            for each in wave:
                each.error = each.error or _failed(error)
            raise
        finally:
            for each in wave:
                each.done = True


def _failed(error: BaseException) -> Exception:
    """One of its own for each thread: an error that is raised twice tells the wrong place."""
    if isinstance(error, ReconcilerError):
        return type(error)(error.message, hint=error.hint)
    if isinstance(error, Damaged):
        return Damaged(*error.args)
    return StateError(
        f"it is unknown whether the state was written: {type(error).__name__}",
        hint="run again to see what is left to do",
    )
