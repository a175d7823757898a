"""The emulator on a real socket: beside a test in a thread (`serve`), or alone in the main thread (`run_forever`).

Prints nothing and writes no access log.
"""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import uvicorn

from reconciler.emulator.api import Api
from reconciler.emulator.app import Emulator
from reconciler.emulator.faults import Faults
from reconciler.emulator.log import RequestLog
from reconciler.emulator.tokens import Tokens
from reconciler.emulator.wire import CuttableProtocol
from reconciler.emulator.world import World

_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Running:
    """A server that takes requests, and all that a test wants to see or change of it."""

    base_url: str
    world: World
    log: RequestLog
    faults: Faults
    tokens: Tokens


@contextmanager
def serve(
    world: World,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    faults: Faults | None = None,
    log: RequestLog | None = None,
    token_lifetime: float = 3600,
) -> Iterator[Running]:
    """Serves the world from a thread for as long as the block lasts. Port 0 takes a free one.

    A `log` of one's own can look around at the moment when a write takes effect.

    Requests that are still in the air at the end are cut; a write that is not committed by then never is.
    """
    listening = _listen(host, port)
    running = _running(world, listening, faults, log, token_lifetime)
    ready = threading.Event()
    server = _Server(running, ready.set)
    thread = threading.Thread(target=server.run, args=([listening],), name="emulator", daemon=True)
    thread.start()
    try:
        while not ready.wait(_POLL_SECONDS):
            if not thread.is_alive():
                raise RuntimeError("the emulator ended before it was ready")
        yield running
    finally:
        server.should_exit = True
        thread.join()


def run_forever(
    world: World,
    host: str = "127.0.0.1",
    port: int = 0,
    on_ready: Callable[[str], object] = lambda _base_url: None,
) -> None:
    """Serves in this thread, which must be the main one, until Ctrl-C. `on_ready` gets the base URL once it listens."""
    listening = _listen(host, port)
    running = _running(world, listening, None, None, 3600)
    with suppress(KeyboardInterrupt):
        _Server(running, lambda: on_ready(running.base_url)).run([listening])


class _Server(uvicorn.Server):
    """uvicorn that says when it is ready and ends at once: nobody is owed a graceful goodbye by an emulator."""

    def __init__(self, running: Running, on_ready: Callable[[], object]) -> None:
        super().__init__(
            uvicorn.Config(
                Emulator(Api(running.world, running.tokens), running.faults, running.log),
                http=CuttableProtocol,
                loop="asyncio",
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                log_level="critical",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=75,
            )
        )
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    async def main_loop(self) -> None:
        while not self.should_exit:  # set by another thread or a signal  # noqa: ASYNC110
            await asyncio.sleep(_POLL_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listening in sockets or ():
            listening.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        # the connections learn that they are lost, so that nothing is sent to them any more
        await asyncio.sleep(0)
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket, made by hand: asyncio turns Nagle's algorithm off only where the protocol is named, and
    with it on, every answer would wait 40 ms for the client's delayed acknowledgement.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    return listening


def _running(
    world: World, listening: socket.socket, faults: Faults | None, log: RequestLog | None, lifetime: float
) -> Running:
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return Running(
        f"http://{shown}:{port}",
        world,
        log if log is not None else RequestLog(),
        faults if faults is not None else Faults(),
        Tokens(lifetime),
    )
