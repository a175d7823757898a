"""Sockets with a deadline that can be cut from another thread. Knows HTTP, not our API.

httpx bounds each read, not the whole: an answer that drips a byte a second would never end. And a
thread that waits in a read cannot be woken by closing the socket, only by shutting it down.
"""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

import httpcore
import httpx

CONNECTIONS = 10
"""httpcore's pool collapses above this (encode/httpx issue 3215)."""

# below the 5 s after which the shortest-tempered servers close: a write never meets a dead connection
_KEEP_ALIVE_SECONDS = 4.0
# two retransmitted SYNs; short enough to end within the 5 s that Ctrl-C may take
_CONNECT_SECONDS = 4.0


def _may_always() -> None:
    pass


class Deadline(threading.local):
    """The moment by which this thread's exchange must be over. Real time: sockets know no other.

    `check` raises where nothing of it may be sent any more.
    """

    at = float("inf")
    check: Callable[[], None] = staticmethod(_may_always)

    @contextlib.contextmanager
    def within(self, seconds: float, check: Callable[[], None] = _may_always) -> Iterator[None]:
        self.at, self.check = time.monotonic() + seconds, check
        try:
            yield
        finally:
            self.at, self.check = float("inf"), _may_always

    def cap(self, timeout: float | None) -> float | None:
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the answer took too long as a whole")
        if timeout is None:
            return None if left == float("inf") else left
        return min(timeout, left)


class _Stream(httpcore.NetworkStream):
    """A socket that keeps its thread's deadline."""

    def __init__(self, inner: httpcore.NetworkStream, sockets: Sockets) -> None:
        self._inner = inner
        self._sockets = sockets

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._sockets.deadline.cap(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        seconds = self._sockets.deadline.cap(timeout)
        # as late as can be: a process may be paused anywhere before, and a request cut short is none. What is
        # empty only marks the end of one that is out already
        if buffer:
            self._sockets.deadline.check()
        self._inner.write(buffer, seconds)

    def close(self) -> None:
        self._sockets.forget(self)
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        timeout = self._sockets.deadline.cap(timeout)
        self._inner = self._inner.start_tls(ssl_context, server_hostname, timeout)
        return self

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's own signature
        return self._inner.get_extra_info(info)

    def cut(self) -> None:
        raw = self._inner.get_extra_info("socket")
        with contextlib.suppress(OSError):
            # of the plain socket: SSLSocket.shutdown pulls the TLS object from under a reading thread
            super(ssl.SSLSocket, raw).shutdown(2) if isinstance(raw, ssl.SSLSocket) else raw.shutdown(2)


class Sockets(httpcore.SyncBackend):
    """Opens sockets and remembers them, so that all can be cut at once."""

    def __init__(self) -> None:
        super().__init__()
        self.deadline = Deadline()
        self._lock = threading.Lock()
        self._open: set[_Stream] = set()
        self._cut = False

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        timeout = self.deadline.cap(timeout)
        stream = _Stream(super().connect_tcp(host, port, timeout, local_address, socket_options), self)
        with self._lock:
            self._open.add(stream)
            late = self._cut
        if late:
            stream.close()
            raise httpcore.ConnectError("the run was stopped")
        return stream

    def forget(self, stream: _Stream) -> None:
        with self._lock:
            self._open.discard(stream)

    def cut(self) -> None:
        """End every exchange under way, and every one to come."""
        with self._lock:
            self._cut = True
            streams = list(self._open)
        for stream in streams:
            stream.cut()


class _Body(httpx.SyncByteStream):
    def __init__(self, inner: Iterable[bytes]) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        yield from self._inner

    def close(self) -> None:
        if hasattr(self._inner, "close"):
            self._inner.close()


class Wire(httpx.BaseTransport):
    """httpx's transport over our sockets. Raises httpcore's errors as they are."""

    def __init__(self, sockets: Sockets, *, tls: bool) -> None:
        self._pool = httpcore.ConnectionPool(
            # loading the certificates takes 20 ms: not for a loopback
            ssl_context=httpx.create_ssl_context(trust_env=False) if tls else None,
            max_connections=CONNECTIONS,
            max_keepalive_connections=CONNECTIONS,
            keepalive_expiry=_KEEP_ALIVE_SECONDS,
            network_backend=sockets,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(cast("Iterable[bytes]", answer.stream)),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        self._pool.close()


def client(sockets: Sockets, *, tls: bool, timeout_seconds: float) -> httpx.Client:
    """Takes nothing from the environment (proxies, netrc), follows no redirect, always verifies."""
    return httpx.Client(
        transport=Wire(sockets, tls=tls),
        timeout=httpx.Timeout(timeout_seconds, connect=min(timeout_seconds, _CONNECT_SECONDS)),
        trust_env=False,
        follow_redirects=False,
    )
