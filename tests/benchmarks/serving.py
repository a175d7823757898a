"""Every answer of a live service made beforehand, and served from a process of its own.

As fast as a service can be, so that what is measured is ours. The bytes are the emulator's.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import urlencode

import orjson

from reconciler.emulator import World
from reconciler.emulator.api import Api
from reconciler.emulator.messages import Call
from reconciler.emulator.tokens import CLIENT_ID, CLIENT_SECRET, Tokens
from reconciler.identity import Live
from reconciler.kinds import OBJECTS, ObjectType, at
from reconciler.projection import observe, unwrap
from tests.benchmarks.estate import CONNECTION, NAME

PAGE = 100
_TOKEN = "/api/v1/oauth2/token"


@dataclass(frozen=True, slots=True)
class Answers:
    """Bodies by request target; `pages` counts those that are a page of a list."""

    bodies: Mapping[str, bytes]
    pages: int
    live: Live


def answers(world: World) -> Answers:
    """What a plan of that world's one connection asks for, and what it learns from it."""
    api = Api(world, Tokens())
    credentials = {"grant_type": "client_credentials", "redirect_uri": "", "client_id": CLIENT_ID}
    asked = {**credentials, "client_secret": CLIENT_SECRET}
    token = api.answer(Call("POST", _TOKEN, "", orjson.dumps(asked)))[0].content
    bearer = str(orjson.loads(token)["access_token"])
    bodies = {_TOKEN: token}
    live: dict[tuple[str, str], dict[str, Any]] = {}
    pages = 0
    for object_type in OBJECTS.values():
        found = live[NAME, object_type.name] = {}
        for target, body in _asked(api, object_type, bearer):
            bodies[target] = body
            pages += not object_type.singleton
            for item in _items(object_type, orjson.loads(body)):
                observed = observe(object_type, item, CONNECTION)
                found[observed.uuid] = observed
    return Answers(bodies, pages, live)


def _asked(api: Api, object_type: ObjectType, bearer: str) -> Iterator[tuple[str, bytes]]:
    if object_type.singleton:
        path = at(object_type.endpoints.item, CONNECTION)
        yield path, api.answer(Call("GET", path, "", bearer=bearer))[0].content
        return
    path, offset, last = at(object_type.endpoints.collection, CONNECTION), 0, False
    while not last:
        query = {"limit": str(PAGE), "offset": str(offset)}
        body = api.answer(Call("GET", path, "", query=query, bearer=bearer))[0].content
        yield f"{path}?{urlencode(query)}", body
        last = orjson.loads(body)["pagination"]["next_page"] == "NULL"
        offset += PAGE


def _items(object_type: ObjectType, body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [unwrap(object_type, body)] if object_type.singleton else body[object_type.endpoints.list_key]


class Served:
    """A running server: where it is, and how many requests it has answered since it was last asked."""

    def __init__(self, line: Connection) -> None:
        self._line = line
        self.base_url = f"http://127.0.0.1:{line.recv()}"

    def count(self) -> int:
        self._line.send("count")
        return int(self._line.recv())

    def slow(self, seconds: float) -> None:
        """Wait so long before every answer from now on, as a network does."""
        self._line.send(seconds)
        self._line.recv()


@contextmanager
def served(bodies: Mapping[str, bytes]) -> Iterator[Served]:
    processes = get_context("spawn")
    ours, theirs = processes.Pipe()
    process = processes.Process(target=_serve, args=(dict(bodies), theirs), daemon=True)
    process.start()
    theirs.close()  # so that we hear of its end
    try:
        yield Served(ours)
    finally:
        process.kill()
        process.join()


class _Server:
    def __init__(self, bodies: Mapping[str, bytes]) -> None:
        self._answers = {target.encode(): _whole(body) for target, body in bodies.items()}
        self._lock = threading.Lock()
        self.answered = 0
        self.wait = 0.0

    def converse(self, peer: socket.socket) -> None:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with peer, suppress(OSError):
            for target in _targets(peer):
                with self._lock:
                    self.answered += 1
                if self.wait:
                    time.sleep(self.wait)
                peer.sendall(self._answers.get(target, _MISSING))


def _targets(peer: socket.socket) -> Iterator[bytes]:
    """What each request on a connection asks for, after it was read to its end."""
    with peer.makefile("rb") as lines:
        while first := lines.readline():
            length = 0
            while (header := lines.readline().lower()) not in (b"\r\n", b""):
                if header.startswith(b"content-length:"):
                    length = int(header.partition(b":")[2])
            lines.read(length)
            yield first.split()[1]


_MISSING = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"


def _whole(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _serve(bodies: dict[str, bytes], line: Connection) -> None:
    """The other process: serves until it is killed."""
    server = _Server(bodies)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        line.send(listening.getsockname()[1])
        threading.Thread(target=_accept, args=(listening, server), daemon=True).start()
        while True:
            word = line.recv()
            if word == "count":
                line.send(server.answered)
                server.answered = 0
            else:
                server.wait = float(word)
                line.send(None)


def _accept(listening: socket.socket, server: _Server) -> None:
    while True:
        peer, _ = listening.accept()
        threading.Thread(target=server.converse, args=(peer,), daemon=True).start()
