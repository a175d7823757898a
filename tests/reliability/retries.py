"""R6: retries are safe. A server that asks for a pause gets it; an answer that is lost makes nothing twice."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from reconciler.emulator import Cut, Fault, Running, Status, World, serve
from reconciler.kinds import OBJECTS
from reconciler.live import Credentials, RetryPolicy, connect
from reconciler.outcomes import Status as Ended
from tests.acting.bench import AU, Bench as Desk, automation, creations, function
from tests.reliability.holder import SECRETS
from tests.reliability.promise import Bench, Figure

_SECONDS = (
    "0",
    "0.2",
    "0.5",
    "0.75",
    "1",
    "1.0",
    "1.2",
    "1.5",
    "1.9",
    "2",
    "1.25",
    "0.333333333",
    "02",
    "002",
    "0.001",
)
_DATES = tuple(range(15))
"""A date so many tenths of a second after the next whole one."""


def pauses(bench: Bench) -> Figure:
    """Thirty headers, in seconds and as a date, on a real clock: the next request by the emulator's own log."""
    figure = Figure("R6 Retry-After is a floor: no request comes earlier")
    with serve(World.sample()) as running:
        headers: list[str | int] = [*_SECONDS, *_DATES]
        chosen = bench.chance.sample(headers, min(len(headers), bench.times(len(headers))))
        with ThreadPoolExecutor(len(chosen)) as pool:
            list(pool.map(lambda each: _pause(figure, running, *each), enumerate(chosen)))
    return figure


def _pause(figure: Figure, running: Running, number: int, header: str | int) -> None:
    uuid = f"00000000-0000-4000-8000-{number:012}"
    path = f"/api/v3/integration/{AU}/partner-function/{uuid}"
    if isinstance(header, int):
        until = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1 + header // 8)
        header, floor = format_datetime(until, usegmt=True), (until - datetime.now(UTC)).total_seconds()
    else:
        floor = float(header)
    asked = time.monotonic()
    running.faults.add(Fault(Status((429, 503)[number % 2], retry_after=header), "GET", path))
    with connect(
        running.base_url, Credentials(*SECRETS), requests_per_second=1000, concurrency=1, timeout_seconds=30,
        policy=RetryPolicy(first_wait=0.001),
    ) as live:  # fmt: skip
        live.object(OBJECTS["PartnerFunction"], AU, uuid)
    moments = [e.time for e in running.log.entries if e.path == path]
    figure.tried("Retry-After headers")
    # a date is measured from when it was written, seconds from when they were answered
    began = asked if header.endswith("GMT") else moments[0]
    figure.hold(len(moments) == 2, f"{header!r}: {len(moments)} requests")
    figure.hold(
        moments[1] - began >= floor, f"{header!r}: {moments[1] - began:.3f} s instead of {floor:.3f} s"
    )


_CREATIONS, _EDITS = 100, 100


def answers_lost(bench: Bench) -> Figure:
    """An apply of two hundred changes: the answer to each write is lost after it took effect, one at a time and all."""
    figure = Figure("R6 an answer that is lost makes nothing twice")
    with serve(World.sample()) as server:
        desk = Desk(bench.folder, server)
        desk.concurrency = 8
        start = _edited(desk)
        world = desk.world()
        writes = _CREATIONS + _EDITS
        step = max(1, round(1 / bench.scale))
        for nth in range(1 + bench.chance.randrange(step), writes + 1, step):
            _lose(
                figure,
                desk,
                world,
                start,
                [Fault(Cut(committed=True), m, "/api/v3/*", nth=n) for m, n in _which(nth)],
            )
            figure.tried("applies of 200 changes with one answer lost")
        _lose(
            figure,
            desk,
            world,
            start,
            [Fault(Cut(committed=True), m, "/api/v3/*", times=None) for m in ("POST", "PATCH")],
        )
        figure.tried("with every answer lost")
    return figure


def _which(nth: int) -> list[tuple[str, int]]:
    return [("POST", nth)] if nth <= _CREATIONS else [("PATCH", nth - _CREATIONS)]


def _edited(desk: Desk) -> bytes:
    """A hundred functions and automations that stand, and manifests that edit them and ask for a hundred more."""
    names = [f"Old {n}" for n in range(_EDITS)]
    desk.write(*(automation(f"old{n}", name=name, code="A") for n, name in enumerate(names)))
    desk.done()
    desk.write(
        *(automation(f"old{n}", name=name, code="B") for n, name in enumerate(names)),
        *(function(f"new{n}", name=f"New {n}", object_name="customer") for n in range(_CREATIONS)),
    )
    return _database(desk).read_bytes()


def _database(desk: Desk) -> Path:
    return desk.root / "state.db"


def _lose(figure: Figure, desk: Desk, world: dict[str, object], record: bytes, faults: list[Fault]) -> None:
    desk.begin(world)
    _database(desk).write_bytes(record)
    desk.strike(*faults)
    before = len(desk.server.log)
    plan = desk.plan()
    figure.hold(len(plan.changes) == _CREATIONS + _EDITS, f"{len(plan.changes)} changes are planned")
    desk.apply(plan)
    desk.strike()
    last = desk.apply()
    bad = {s for s in last.statuses.values() if s not in (Ended.DONE, Ended.ALREADY)}
    figure.hold(not bad and last.error is None, f"{faults[0]}: the second apply: {bad} {last.error}")
    figure.hold(not desk.plan().changes, f"{faults[0]}: something is left")
    made = Counter(creations([e for e in desk.server.log.entries[before:] if e.wrote]))
    figure.hold(len(made) == _CREATIONS, f"{faults[0]}: {len(made)} of {_CREATIONS} were made")
    figure.hold(max(made.values()) == 1, f"{faults[0]}: made twice: {made.most_common(2)}")
    desk.server.log.clear()
