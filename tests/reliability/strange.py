"""R12: answers that are none, from each endpoint: a typed error in time, and nothing is written after it."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from reconciler.emulator import Effect, Fault, Garbage, Running, Slow, Status, Truncate, World, serve
from reconciler.emulator.log import Entry
from reconciler.errors import LiveError
from reconciler.live import Credentials, Writer, connect
from reconciler.outcomes import Status as Ended
from tests.acting import estate
from tests.acting.bench import Applied, Bench as Desk, Snapshot, Time, is_write
from tests.reliability.holder import SECRETS
from tests.reliability.promise import Bench, Figure

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
_SECONDS = 10.0
_TIMEOUT = 0.3
_TOKEN = "/api/v1/oauth2/token"

_BODIES: Mapping[str, str | bytes] = MappingProxyType(
    {
        "null": "null", "a list": "[]", "a number": "7", "a text": '"text"', "true": "true", "half": '{"integration": ',
        "two documents": "{} {}", "NaN": '{"a": NaN}', "a huge number": '{"a": 1e999}', "nested": '{"a":' * 50_000,
        "UTF-16": '{"a": 1}'.encode("utf-16"), "latin-1": b'{"a": "\xe9"}', "all bytes": bytes(range(256)),
        "zeros": bytes(1000), "a byte order mark": b"\xef\xbb\xbf", "an error with 200": '{"error": "x"}',
        "errors with 200": '{"errors": [{"code": "X"}]}', "item null": '{"integration": null, "partner_function": null}',
        "item a list": '{"integration": [], "integration_automation": [], "partner_function": []}',
        "item a text": '{"integration": "x", "integration_automation": "x", "partner_function": "x"}',
        "uuid a number": '{"integration": {"uuid": 7}, "integration_automation": {"uuid": 7}, "partner_function": {"uuid": 7}}',
        "another object": '{"integration": {"uuid": "x"}, "integration_automation": {"uuid": "x"}, "partner_function": {"uuid": "x"}}',
        "a list of nulls": '{"partner_functions": [null], "integration_automations": [null], "pagination": {}}',
        "pagination a list": '{"partner_functions": [], "integration_automations": [], "pagination": []}',
        "records a text": '{"partner_functions": [], "integration_automations": [], "pagination": {"records": "many"}}',
        "records negative": '{"partner_functions": [], "integration_automations": [], "pagination": {"records": -1, "limit": 100, "offset": 0}}',
        "no end": '{"partner_functions": [], "integration_automations": [], "pagination": {"records": 0, "limit": 100, "offset": 0}}',
    }
)  # fmt: skip
SHAPES: Mapping[str, Effect] = MappingProxyType(
    {
        **{name: Garbage(body, "application/json") for name, body in _BODIES.items()},
        "HTML": Garbage(),
        "HTML that claims to be JSON": Garbage("<html>", "application/json"),
        "HTML with 201": Garbage(code=201),
        "plain text": Garbage("OK", "text/plain"),
        "another charset": Garbage('{"a": "é"}'.encode("utf-7"), "application/json; charset=utf-7"),
        "300": Status(300), "301": Status(301), "304": Status(304, ""), "418": Status(418, "short and stout"),
        "599": Status(599, "<html>"),
        "cut short": Truncate(1),
        "slow": Slow(20),
        "huge": Garbage(b" " * 70_000_000, "application/json"),
    }
)  # fmt: skip


class Impatient(Desk):
    """Waits for an answer three tenths of a second, not thirty seconds."""

    @contextmanager
    def live(self) -> Iterator[Writer]:
        with connect(
            self.server.base_url, Credentials(*SECRETS), requests_per_second=100_000, concurrency=8,
            timeout_seconds=_TIMEOUT, clock=Time().clock(),
        ) as writer:  # fmt: skip
            yield writer


def strange_answers(bench: Bench) -> Figure:
    """Every shape from every endpoint that an apply of every sort of change asks."""
    figure = Figure("R12 a strange answer is a typed error in time, and nothing is written after it")
    with serve(World.sample()) as server:
        desk = Impatient(bench.folder, server)
        start = estate.settle(desk)
        endpoints = _endpoints(desk, server)
        figure.notes.append(f"{len(SHAPES)} shapes, {len(endpoints)} endpoints")
        tries = [(shape, endpoint) for shape in SHAPES for endpoint in endpoints]
        if bench.scale < 1:
            tries = bench.chance.sample(tries, bench.times(len(tries)))
        for shape, (method, path) in tries:
            if shape == "huge" and method != "GET":
                continue
            _one(figure, desk, start, method, path, shape)
            figure.tried("strange answers")
    return figure


def _endpoints(desk: Desk, server: Running) -> list[tuple[str, str]]:
    before = len(server.log)
    desk.done()
    found = {(e.method, _UUID.sub("*", e.path)) for e in server.log.entries[before:]}
    # the uuids stay in the list's own path: an item's would match it too
    return sorted(found)


def _one(figure: Figure, desk: Desk, start: Snapshot, method: str, path: str, shape: str) -> None:
    when = f"{method} {path}, {shape}"
    desk.restore(start)
    desk.server.log.clear()
    desk.strike(Fault(SHAPES[shape], method, path, times=None))
    began = time.monotonic()
    applied: Applied | None = None
    try:
        applied = desk.apply(desk.plan())
    except LiveError:
        pass  # there is no plan
    except Exception as error:  # noqa: BLE001 - that is what must not be
        figure.hold(False, f"{when}: not typed: {error!r}")
    lasted = time.monotonic() - began
    figure.hold(lasted < _SECONDS, f"{when}: {lasted:.1f} s")
    entries = desk.server.log.entries
    if applied is not None and applied.error is not None:
        figure.hold(isinstance(applied.error, LiveError), f"{when}: not typed: {applied.error!r}")
    if method == "GET" or path == _TOKEN:
        figure.hold(
            not [e for e in entries if e.wrote] or _each_ended(applied), f"{when}: something was written"
        )
    _judge_writes(figure, entries, when)
    desk.strike()
    desk.apply()
    last = desk.plan()
    figure.hold(not last.changes, f"{when}: left: {[str(c.address) for c in last.changes]}")


def _each_ended(applied: Applied | None) -> bool:
    """An object is read back after its write: then it is the reading that failed, and the outcome says so."""
    return applied is not None and any(o.status is Ended.UNKNOWN for o in applied.outcomes)


def _judge_writes(figure: Figure, entries: tuple[Entry, ...], when: str) -> None:
    """No write that met a strange answer was sent again."""
    struck = Counter(f"{e.method} {e.path} {e.body}" for e in entries if is_write(e) and e.faults)
    again = [what for what, times in struck.items() if times > 1 and "Slow" not in when]
    figure.hold(not again or "cut short" in when or "slow" in when, f"{when}: sent again: {again[:1]}")
