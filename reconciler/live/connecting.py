"""The way in: one client for a whole run, closed at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from reconciler.live.auth import Credentials
from reconciler.live.reader import Reader
from reconciler.live.transport import HINTS, WRITING, Transport
from reconciler.live.writer import Writer
from reconciler.web.clock import Clock
from reconciler.web.line import Line
from reconciler.web.origin import Origin
from reconciler.web.retry import Retry, RetryPolicy
from reconciler.web.wire import CONNECTIONS


def _say_nothing(_retry: Retry) -> None:
    pass


@contextmanager
def connect(
    base_url: str,
    credentials: Credentials,
    *,
    requests_per_second: float,
    concurrency: int,
    timeout_seconds: float,
    trusted_origin: str | None = None,
    on_retry: Callable[[Retry], None] = _say_nothing,
    policy: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
    clock: Clock = Clock(),  # noqa: B008 - frozen
) -> Iterator[Writer]:
    """Live at `base_url`; nothing is sent before the first request is asked for.

    Whoever only reads takes the Writer's `reader`. `concurrency` counts up to 10. `on_retry` is called
    from any thread. Raise UsageError for a URL that is none, Refused where it is not the trusted origin.
    """
    origin = Origin.parse(base_url)
    origin.require(trusted_origin)
    line = Line.open(
        origin,
        requests_per_second=requests_per_second,
        concurrency=concurrency,
        timeout_seconds=timeout_seconds,
        policy=policy,
        clock=clock,
        on_retry=on_retry,
        hints=HINTS,
    )
    transport = Transport.on(line, credentials, WRITING)
    pool = ThreadPoolExecutor(min(concurrency, CONNECTIONS), thread_name_prefix="page")
    try:
        yield Writer(transport, Reader(transport, pool))
    finally:
        line.close()
        pool.shutdown(cancel_futures=True)
