"""R6: retries are safe. A server that asks for a pause gets it; an answer that is lost makes nothing twice."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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


_HALF = 100


def answers_lost(bench: Bench) -> Figure:
    """An apply of two hundred changes (twenty in a slice): the answer to each write is lost after it took effect."""
    figure = Figure("R6 an answer that is lost makes nothing twice")
    half = _HALF if bench.scale >= 0.1 else _HALF // 10
    with serve(World.sample()) as server:
        desk = Desk(bench.folder, server)
        desk.concurrency = 8
        lost = Lost(figure, desk, half, _edited(desk, half), desk.world())
        step = max(1, round(2 * half / bench.times(2 * _HALF)))
        for nth in range(1 + bench.chance.randrange(step), 2 * half + 1, step):
            method, number = ("POST", nth) if nth <= half else ("PATCH", nth - half)
            lost.run(Fault(Cut(committed=True), method, "/api/v3/*", nth=number))
            figure.tried(f"applies of {2 * half} changes with one answer lost")
        lost.run(*(Fault(Cut(committed=True), m, "/api/v3/*", times=None) for m in ("POST", "PATCH")))
        figure.tried("with every answer lost")
    return figure


def _edited(desk: Desk, half: int) -> bytes:
    """The record of automations that stand; the manifests edit them all, and ask for as many functions."""
    desk.write(*(automation(f"old{n}", name=f"Old {n}", code="A") for n in range(half)))
    desk.done()
    desk.write(
        *(automation(f"old{n}", name=f"Old {n}", code="B") for n in range(half)),
        *(function(f"new{n}", name=f"New {n}", object_name="customer") for n in range(half)),
    )
    return _database(desk).read_bytes()


def _database(desk: Desk) -> Path:
    return desk.root / "state.db"


@dataclass(frozen=True, slots=True)
class Lost:
    """An apply of `half` edits and `half` creations, begun anew each time."""

    figure: Figure
    desk: Desk
    half: int
    record: bytes
    world: dict[str, object]

    def run(self, *faults: Fault) -> None:
        """With answers that are lost, then once more without."""
        desk, hold = self.desk, self.figure.hold
        desk.begin(self.world)
        _database(desk).write_bytes(self.record)
        desk.server.log.clear()
        desk.strike(*faults)
        plan = desk.plan()
        hold(len(plan.changes) == 2 * self.half, f"{len(plan.changes)} changes are planned")
        desk.apply(plan)
        desk.strike()
        last = desk.apply()
        bad = {s for s in last.statuses.values() if s not in (Ended.DONE, Ended.ALREADY)}
        hold(not bad and last.error is None, f"{faults[0]}: the second apply: {bad} {last.error}")
        hold(not desk.plan().changes, f"{faults[0]}: something is left")
        made = Counter(creations([e for e in desk.server.log.entries if e.wrote]))
        hold(len(made) == self.half, f"{faults[0]}: {len(made)} of {self.half} were made")
        hold(max(made.values()) == 1, f"{faults[0]}: made twice: {made.most_common(2)}")
