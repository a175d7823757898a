"""Time and chance, passed in so that tests own them; and the brake that ends all waiting."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from reconciler.web.errors import Stopped

_NAP_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Clock:
    """`monotonic` and `wall` give seconds, `chance` a number in [0, 1), `sleep` takes seconds."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    chance: Callable[[], float] = random.random
    sleep: Callable[[float], None] = time.sleep


class Brake:
    """Once pulled, nobody waits any more and nothing more is sent. Shared by all threads of a run.

    A plain flag and short naps, not an Event: a signal handler may pull it in the middle of anything,
    and must not wait for a lock that the interrupted code holds.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pulled = False
        self._allowed: Callable[[], bool] = lambda: True

    def pull(self) -> None:
        self._pulled = True

    def only_while(self, allowed: Callable[[], bool]) -> None:
        """From now on, `check_write` holds only while `allowed` does."""
        self._allowed = allowed

    def check_write(self) -> None:
        """Raise Stopped where nothing may be written, at this moment or any more."""
        self.check()
        if not self._allowed():
            raise Stopped(
                "not sent: the lock on the state was not renewed in time, and may be somebody else's"
            )

    def check(self) -> None:
        """Raise Stopped where the brake is pulled."""
        if self._pulled:
            raise Stopped("not sent: the run was stopped")

    def sleep(self, seconds: float) -> None:
        """Wait `seconds`, never less. Raise Stopped soon after the brake is pulled."""
        now = self._clock.monotonic
        end = now() + seconds
        while (left := end - now()) > 0:
            self.check()
            self._clock.sleep(min(left, _NAP_SECONDS))
        self.check()
