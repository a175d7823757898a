"""Threads that commit at the same time, carried together: whoever gets the turn takes all who wait.

A swap costs a round trip or a push, a transaction a wait for the disk: eight writers share one. Each still returns
when its own is durable. Where several went together, the next wave waits for a part of what the last one took:
without it, those who have just been carried always miss those who waited, and eight go in two boats for ever.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reconciler.backends.protocol import Lease
from reconciler.backends.rows import Damaged
from reconciler.errors import ReconcilerError, StateError
from reconciler.state import Transition

LINGER = 0.25
"""Of the time that the last wave took."""

LONGEST_LINGER_SECONDS = 0.5


@dataclass
class Waiting:
    """A transition on its way. `error` is set where it, of its wave, is not to be stored."""

    transition: Transition
    lease: Lease
    error: Exception | None = None
    done: bool = False


class Waves:
    """`carry` stores all that can be of those that it is given, or raises."""

    def __init__(self, carry: Callable[[Sequence[Waiting]], None]) -> None:
        self._carry = carry
        self._quay = threading.Condition()
        self._queue: list[Waiting] = []
        self._out = False
        self._linger = 0.0

    def carried(self, waiting: Waiting) -> None:
        """Return when it is stored; raise what hinders it."""
        with self._quay:
            self._queue.append(waiting)
            self._quay.wait_for(lambda: waiting.done or not self._out)
            leads = not waiting.done
            self._out = self._out or leads
        if leads:
            try:
                self._carry_all()
            finally:
                with self._quay:
                    self._out = False
                    self._quay.notify_all()
        if waiting.error is not None:
            raise waiting.error

    def _carry_all(self) -> None:
        if self._linger:
            time.sleep(self._linger)
        with self._quay:
            wave, self._queue = self._queue, []
        start = time.monotonic()
        try:
            self._carry(wave)
            took = time.monotonic() - start
            self._linger = min(took * LINGER, LONGEST_LINGER_SECONDS) if len(wave) > 1 else 0.0
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
