"""When to try again, and how long to wait before it.

`Retry-After` is a floor: a random share is only ever added. All waiting of a run comes out of one
budget, so that a service in trouble is not held under by us.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import tenacity

from reconciler.web.clock import Brake, Clock
from reconciler.web.errors import Stopped, WebFailure

_SECONDS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")
_CREDIBLE = 3600.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`attempts` a request, `retries` and `seconds` of waiting a run.

    Waits double from `first_wait` up to `longest_wait`; up to `jitter` of each is added by chance. A
    server that asks for more than `longest_asked` seconds is not waited for at all.
    """

    attempts: int = 5
    retries: int = 1000
    seconds: float = 300.0
    first_wait: float = 0.5
    longest_wait: float = 20.0
    longest_asked: float = 120.0
    jitter: float = 0.25


@dataclass(frozen=True, slots=True)
class Retry:
    """What `on_retry` is told: which request, why again, after how long, and as which attempt."""

    method: str
    path: str
    reason: str
    wait_seconds: float
    attempt: int


class RetryBudget:
    """What a run has left to spend. Seconds in which several threads wait at once count once."""

    def __init__(self, policy: RetryPolicy, clock: Clock) -> None:
        self.policy = policy
        self._clock = clock
        self._lock = threading.Lock()
        self._retries = 0
        self._seconds = 0.0
        self._covered = float("-inf")

    def spend(self, seconds: float) -> bool:
        """Whether another retry after so long is within the budget; if so it is booked."""
        with self._lock:
            now = self._clock.monotonic()
            more = max(0.0, now + seconds - max(now, self._covered))
            if self._retries >= self.policy.retries or self._seconds + more > self.policy.seconds:
                return False
            self._retries += 1
            self._seconds += more
            self._covered = max(self._covered, now + seconds)
            return True


def retry_after(headers: Mapping[str, str], clock: Clock) -> float | None:
    """Seconds that the header asks for, None where it is absent or senseless. [RFC 9110 10.2.3]

    A date is measured against the server's own `Date`, and against our clock: the longer counts.
    """
    text = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    until = _date(text)
    if until is None:
        return None
    ours = datetime.fromtimestamp(clock.wall(), UTC)
    theirs = _date(headers.get("date", ""))
    waits = [(until - now).total_seconds() for now in (theirs, ours) if now is not None]
    # a clock of ours that is hours behind shall not make us wait for hours
    usable = [wait for wait in waits if wait <= _CREDIBLE] or waits[:1]
    return max(0.0, *usable)


def pause_asked(headers: Mapping[str, str], clock: Clock) -> float | None:
    """As `retry_after`; without that header, until the moment at which a budget that is spent is full again.

    GitHub tells it as `x-ratelimit-reset`, GitLab as `ratelimit-reset`: seconds since 1970.
    """
    asked = retry_after(headers, clock)
    for name in () if asked is not None else ("x-ratelimit", "ratelimit"):
        moment = headers.get(f"{name}-reset", "").strip()
        if headers.get(f"{name}-remaining", "").strip() == "0" and _SECONDS.fullmatch(moment):
            theirs = _date(headers.get("date", ""))
            now = theirs.timestamp() if theirs else clock.wall()
            return max(0.0, float(moment) - now)
    return asked


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Patience:
    """How one run tries again: its budget, its clock and its brake."""

    budget: RetryBudget
    clock: Clock
    brake: Brake

    def persist(
        self, attempt: Callable[[], None], on_retry: Callable[[WebFailure, float, int], None]
    ) -> None:
        """Run `attempt` until it succeeds, or raises a failure not marked `again`, or patience ends.

        Raise the last failure; where the run is stopped while waiting, that one too. `on_retry` gets
        the failure, the seconds of waiting, and the number of the attempt to come.
        """

        def wait(state: tenacity.RetryCallState) -> None:
            failure = _failure(state)
            on_retry(failure, state.upcoming_sleep, state.attempt_number + 1)
            try:
                self.brake.sleep(state.upcoming_sleep)
            except Stopped:
                # what became of the earlier attempt matters more than that we were stopped
                raise failure from None

        tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda e: isinstance(e, WebFailure) and e.again),
            wait=self._seconds,
            stop=self._enough,
            before_sleep=wait,
            sleep=lambda _seconds: None,
            reraise=True,
        )(attempt)

    def _seconds(self, state: tenacity.RetryCallState) -> float:
        policy = self.budget.policy
        number = min(state.attempt_number - 1, 30)  # 2 ** 30 is far beyond any cap
        backoff = min(policy.first_wait * 2.0**number, policy.longest_wait)
        asked = _failure(state).retry_after or 0.0
        # a hair above, for sums of floats do not always come out even
        return max(backoff, asked) * (1 + policy.jitter * self.clock.chance()) + 0.001

    def _enough(self, state: tenacity.RetryCallState) -> bool:
        failure, policy = _failure(state), self.budget.policy
        if state.attempt_number >= policy.attempts:
            return True
        if (failure.retry_after or 0.0) > policy.longest_asked:
            failure.hint = f"the service asks for a pause of {failure.retry_after:.0f} s: run again after it"
            return True
        if not self.budget.spend(state.upcoming_sleep):
            failure.hint = f"the run's retries are used up; {failure.hint}"
            return True
        return False


def _failure(state: tenacity.RetryCallState) -> WebFailure:
    failure = state.outcome.exception() if state.outcome else None
    assert isinstance(failure, WebFailure)  # noqa: S101 - only these are tried again
    return failure
