"""What all calls of a run to one service share: origin, sockets, request budget, patience, words."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

import httpx

from reconciler.web.clock import Brake, Clock
from reconciler.web.errors import WebFailure
from reconciler.web.origin import Origin
from reconciler.web.pace import Pace
from reconciler.web.retry import Patience, Retry, RetryBudget, RetryPolicy
from reconciler.web.wire import CONNECTIONS, Sockets, client

# Ctrl-C shall end a run within 5 s, whatever the server does
_GRACE_SECONDS = 3.0


@dataclass(frozen=True)
class Line:
    """`slots` are as many as requests may be under way at once. `headers` go with every request.

    `hints` say what to do about a sort of failure, where this service needs other words than the usual.
    """

    origin: Origin
    client: httpx.Client
    sockets: Sockets
    pace: Pace
    slots: threading.Semaphore
    patience: Patience
    timeout_seconds: float
    on_retry: Callable[[Retry], None]
    headers: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[type[WebFailure], str] = field(default_factory=dict)

    @classmethod
    def open(
        cls,
        origin: Origin,
        *,
        requests_per_second: float,
        concurrency: int,
        timeout_seconds: float,
        policy: RetryPolicy,
        clock: Clock,
        on_retry: Callable[[Retry], None],
        headers: Mapping[str, str] | None = None,
        hints: Mapping[type[WebFailure], str] | None = None,
    ) -> Self:
        """Nothing is connected before the first request."""
        brake = Brake(clock)
        sockets = Sockets()
        return cls(
            origin,
            client(sockets, tls=origin.scheme == "https", timeout_seconds=timeout_seconds),
            sockets,
            Pace(requests_per_second, policy.longest_asked, clock, brake),
            threading.Semaphore(min(concurrency, CONNECTIONS)),
            Patience(RetryBudget(policy, clock), clock, brake),
            timeout_seconds,
            on_retry,
            headers or {},
            hints or {},
        )

    def stop(self) -> None:
        """Send nothing more and end all waiting; what is under way has a few seconds to finish."""
        self.patience.brake.pull()
        late = threading.Timer(_GRACE_SECONDS, self.sockets.cut)
        late.daemon = True
        late.start()

    def close(self) -> None:
        """Stop, and cut what is under way. Other threads see Stopped or Unreachable."""
        self.patience.brake.pull()
        self.sockets.cut()
        self.client.close()
