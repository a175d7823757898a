"""One request budget for the whole run: so many in any second, and none while the server asks for a pause.

Of pyrate-limiter only the bucket is used, which counts. Its `Limiter` starts a thread of its own,
sleeps where no Ctrl-C reaches it, and always 50 ms too long.
"""

from __future__ import annotations

import math
import threading

from pyrate_limiter import InMemoryBucket, Rate, RateItem

from reconciler.web.clock import Brake, Clock
from reconciler.web.errors import Throttled

_LEAK_EVERY = 1000


class Pace:
    """`longest_pause` is how many seconds of a pause that the server asks for are waited out."""

    def __init__(self, requests_per_second: float, longest_pause: float, clock: Clock, brake: Brake) -> None:
        count = max(1, math.floor(requests_per_second))
        # one more, because the bucket counts whole milliseconds
        self._interval = math.ceil(1000 * count / requests_per_second) + 1
        self._bucket = InMemoryBucket([Rate(count, self._interval)])
        self._longest_pause = longest_pause
        self._clock = clock
        self._brake = brake
        # held while waiting: the budget is one, so whoever comes later could not go earlier
        self._turn = threading.Lock()
        self._pause = threading.Lock()
        self._not_before = -math.inf

    def turn(self) -> None:
        """Wait until a request may be sent, and count it. Raise Stopped, or Throttled for too long a pause."""
        with self._turn:
            self._brake.check()
            while (delay := self._delay()) > 0:
                self._brake.sleep(delay)

    def pause(self, seconds: float) -> None:
        """No request of any thread for so long: the server said when it wants to hear from us again."""
        with self._pause:
            self._not_before = max(self._not_before, self._clock.monotonic() + seconds)

    def _delay(self) -> float:
        """Seconds until the next try; 0 where the request was counted."""
        now = self._clock.monotonic()
        pause = self._not_before - now
        if pause > self._longest_pause:
            raise Throttled(
                f"not sent: the service asks for a pause of {pause:.0f} s", hint="run again after it"
            )
        if pause > 0:
            return pause
        item = RateItem("request", math.floor(now * 1000))
        if self._bucket.count() >= _LEAK_EVERY:
            self._bucket.leak(item.timestamp - self._interval)
        if self._bucket.put(item):
            return 0.0
        wait = self._bucket.waiting(item)
        assert isinstance(wait, int)  # noqa: S101 - a bucket in memory has nothing to await
        return max(1, wait) / 1000
