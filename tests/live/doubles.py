"""What tests of the client need: a clock of their own, a client, and a server that misbehaves on demand."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from reconciler.emulator import CLIENT_ID, CLIENT_SECRET, World
from reconciler.kinds import OBJECTS
from reconciler.live import Clock, Credentials, Retry, RetryPolicy, Writer, connect
from reconciler.values import Secret

TOKEN_PATH = "/api/v1/oauth2/token"
CONNECTION = "11111111-2222-4333-8444-555555555555"
FUNCTIONS = f"/api/v3/integration/{CONNECTION}/partner-function/"
FUNCTION = OBJECTS["PartnerFunction"]
AUTOMATION = OBJECTS["Automation"]
CONFIGURATION = OBJECTS["Configuration"]


class Time:
    """Passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.epoch = 1_800_000_000.0
        self.on_sleep: Callable[[], None] = lambda: None
        self._lock = threading.Lock()

    def clock(self, chance: float = 0.0) -> Clock:
        return Clock(lambda: self.now, lambda: self.epoch + self.now, lambda: chance, self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.on_sleep()
        with self._lock:
            self.now += seconds


def credentials(secret: str = CLIENT_SECRET) -> Credentials:
    return Credentials(Secret(CLIENT_ID), Secret(secret), Secret("https://redirect.test/"))


def live(
    base_url: str,
    time: Time | None = None,
    *,
    secret: str = CLIENT_SECRET,
    rate: float = 100_000,
    concurrency: int = 8,
    timeout: float = 5,
    trusted: str | None = None,
    policy: RetryPolicy | None = None,
    chance: float = 0.0,
    retries: list[Retry] | None = None,
) -> AbstractContextManager[Writer]:
    return connect(
        base_url,
        credentials(secret),
        requests_per_second=rate,
        concurrency=concurrency,
        timeout_seconds=timeout,
        trusted_origin=trusted,
        on_retry=(retries if retries is not None else []).append,
        policy=policy or RetryPolicy(),
        clock=(time or Time()).clock(chance),
    )


def function(number: int) -> dict[str, Any]:
    stamp = "2026-01-01T00:00:00.000Z"
    return {
        "uuid": f"f{number:07}-0000-4000-8000-000000000000",
        "name": f"Function {number}",
        "direction": "IMPORT",
        "enabled": "true",
        "mapping_id": f"m{number}",
        "created": stamp,
        "updated": stamp,
    }


def world(functions: int) -> World:
    made = World.empty({"xero": CONNECTION})
    for number in range(functions):
        made.connection(CONNECTION).functions.put(function(number))
    return made


def page(count: int, offset: int, /, **pagination: object) -> dict[str, Any]:
    """The page at `offset` of a list of `count` functions, as it should be but for `pagination`."""
    items = [function(number) for number in range(offset, min(offset + 100, count))]
    about = {
        "records": count,
        "limit": 100,
        "offset": offset,
        "previous_page": "NULL",
        "next_page": "NULL" if offset + 100 >= count else "http://elsewhere.test/next",
    }
    return {"partner_functions": items, "pagination": {**about, **pagination}}


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """`body` is sent as JSON unless it is bytes; `headers` come on top of its type and length."""

    body: object = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


TOKEN = Reply(
    {"access_token": "first-access-token", "refresh_token": "first-refresh-token", "expires_in": "3600"}
)


class Scripted:
    """Answers with what `respond` says, and the token endpoint with `token`. Keeps what it saw."""

    def __init__(self, respond: Callable[[Seen], Reply]) -> None:
        self.respond = respond
        self.token: Callable[[Seen], Reply] = lambda _seen: TOKEN
        self.seen: list[Seen] = []
        self.base_url = ""

    @property
    def calls(self) -> list[Seen]:
        """Without those for a token."""
        return [seen for seen in self.seen if seen.path != TOKEN_PATH]


@contextmanager
def scripted(respond: Callable[[Seen], Reply]) -> Iterator[Scripted]:
    script = Scripted(respond)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout: ClassVar[float] = 5
        disable_nagle_algorithm = True

        def answer(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen = Seen(self.command, url.path, dict(parse_qsl(url.query)), headers, body)
            script.seen.append(seen)
            reply = (script.token if url.path == TOKEN_PATH else script.respond)(seen)
            content = reply.content()
            usual = {"Content-Type": "application/json", "Content-Length": str(len(content))}
            self.send_response(reply.status)
            for name, value in {**usual, **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(content)
            except OSError:  # who has read enough hangs up
                self.close_connection = True

        do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815 - http.server's own names

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    script.base_url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
