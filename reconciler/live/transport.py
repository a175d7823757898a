"""The one door to the API: origin, allowed methods, request budget, token, deadline, retries, typed errors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Self

from reconciler.errors import Refused
from reconciler.live.auth import TOKEN_PATH, Credentials, Tokens
from reconciler.live.clock import Brake, Clock
from reconciler.live.exchange import Call, Exchange, Line
from reconciler.live.origin import Origin
from reconciler.live.pace import Pace
from reconciler.live.retry import Patience, Retry, RetryBudget, RetryPolicy
from reconciler.live.wire import CONNECTIONS, Sockets, client
from reconciler.values import Json, Secret

READING = frozenset({"GET"})
WRITING = frozenset({"GET", "POST", "PATCH", "DELETE"})

# Ctrl-C shall end a run within 5 s, whatever the server does
_GRACE_SECONDS = 3.0


class Transport:
    """Sends calls whose method is one of `methods`, and no others. Threads may share it."""

    def __init__(self, line: Line, tokens: Tokens, methods: frozenset[str]) -> None:
        self._line = line
        self._tokens = tokens
        self.methods = methods

    @classmethod
    def open(
        cls,
        origin: Origin,
        credentials: Credentials,
        methods: frozenset[str],
        *,
        requests_per_second: float,
        concurrency: int,
        timeout_seconds: float,
        policy: RetryPolicy,
        clock: Clock,
        on_retry: Callable[[Retry], None],
    ) -> Self:
        """A line of its own. Nothing is connected before the first request."""
        brake = Brake(clock)
        sockets = Sockets()
        line = Line(
            origin,
            client(sockets, tls=origin.scheme == "https", timeout_seconds=timeout_seconds),
            sockets,
            Pace(requests_per_second, policy.longest_asked, clock, brake),
            threading.Semaphore(min(concurrency, CONNECTIONS)),
            Patience(RetryBudget(policy, clock), clock, brake),
            timeout_seconds,
            on_retry,
        )

        def ask(body: Mapping[str, Secret]) -> Mapping[str, Json]:
            call = Call("POST", TOKEN_PATH, "none", secret_body=body)
            return Exchange(line, call, tokens=None, mask=tokens.mask).run()

        tokens = Tokens(credentials, ask, clock)
        return cls(line, tokens, methods)

    def reading(self) -> Transport:
        """The same line, token and budget, for GET alone."""
        return Transport(self._line, self._tokens, READING)

    def request(self, call: Call) -> Mapping[str, Json]:
        """The JSON object that answers, `{}` for an allowed empty body. Raise a LiveFailure otherwise."""
        if call.method not in self.methods:
            raise Refused(f"{call}: this client only reads", hint="nothing was sent")
        return Exchange(self._line, call, self._tokens, self._tokens.mask).run()

    def only_while(self, allowed: Callable[[], bool]) -> None:
        """Write only while `allowed` holds. It is asked right before each write, from any thread."""
        self._line.patience.brake.only_while(allowed)

    def stop(self) -> None:
        """Send nothing more and end all waiting; what is under way has a few seconds to finish."""
        self._line.patience.brake.pull()
        late = threading.Timer(_GRACE_SECONDS, self._line.sockets.cut)
        late.daemon = True
        late.start()

    def close(self) -> None:
        """Stop, and cut what is under way. Other threads see Stopped or Unreachable."""
        self._line.patience.brake.pull()
        self._line.sockets.cut()
        self._line.client.close()
