"""R8: Ctrl-C and SIGTERM at random moments: nothing new is sent, and everything is told and let go of."""

from __future__ import annotations

import signal
import time

from reconciler.emulator import Delay, Fault
from tests.reliability.commands import start
from tests.reliability.estate import POLICY, Estate, settled
from tests.reliability.promise import Bench, Figure
from tests.reliability.stores import STORES

_AT_ONCE = 2
_HANGS = 20
"""At one moment in so many, the service has stopped to answer."""
_SECONDS = 5.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def asked_to_stop(bench: Bench) -> Figure:
    """Each signal at random moments of an apply that is watched."""
    figure = Figure(
        "R8 Ctrl-C and SIGTERM: no new request, outcomes recorded, lock released, exit 130/143 within 5 s"
    )
    with STORES["sqlite"]() as new_url, settled(bench.folder / "stop", new_url) as asked:
        more = f"concurrency: {_AT_ONCE}\n    requests_per_second: 500"
        asked.environment(POLICY, more=f"state: {asked.url}\n")
        asked.edit("environments/books.yaml", "requests_per_second: 500", more)
        slowest, stopped = 0.0, 0
        for number in range(bench.times(200)):
            for which in _SIGNALS:
                lasted, early = _one(
                    bench, figure, asked, f"{which.name} {number}", which, number % _HANGS == _HANGS - 1
                )
                slowest, stopped = max(slowest, lasted), stopped + early
                figure.tried(f"moments of {which.name}")
        figure.notes.append(f"{stopped} ended early; the slowest {slowest:.1f} s after its signal")
    return figure


def _one(
    bench: Bench, figure: Figure, asked: Estate, when: str, number: signal.Signals, hangs: bool
) -> tuple[float, bool]:
    faults, log = asked.running.faults, asked.running.log
    asked.swing()
    log.clear()
    faults.clear()
    faults.add(Fault(Delay(0.02), path="/api/v3/*", times=None))
    if hangs:
        faults.add(
            Fault(Delay(30, committed=True), path="/api/v3/*", nth=bench.chance.randrange(1, 15), times=None)
        )
    under_way = start(asked.home, ["apply", "--auto-approve"])
    under_way.listening()
    time.sleep(bench.chance.uniform(0, 0.6))
    sent_at = time.monotonic()
    under_way.send(number)
    ended = under_way.wait(30)
    lasted = time.monotonic() - sent_at
    faults.clear()
    figure.hold(lasted < _SECONDS, f"{when}: {lasted:.1f} s")
    late = [e for e in log.entries if e.time > sent_at and e.method != "GET"]
    early = ended.code == 128 + number
    if early:
        figure.hold(len(late) <= 2 * _AT_ONCE, f"{when}: {len(late)} writes after it")
        figure.hold(
            "Stopping" in ended.err or "interrupted" in ended.err, f"{when}: nothing said: {ended.err}"
        )
    else:
        figure.hold(ended.code == 0 and not asked.left(), f"{when}: exit {ended.code}: {ended.err[-300:]}")
    _judge_record(figure, asked, ended.out, when)
    healed = asked.apply()
    figure.hold(healed.code == 0 and not asked.left(), f"{when}: the next apply: {healed.err[-300:]}")
    return lasted, early


def _judge_record(figure: Figure, asked: Estate, out: str, when: str) -> None:
    """Unlocked; what took effect is written down, or in doubt and said to be so."""
    with asked.backend() as backend:
        figure.hold(backend.holder() is None, f"{when}: the lock is still held")
        doubts = {str(i.address) for i in backend.load().intents.values()}
        done = {e.address.name for e in backend.history(None, 100) if e.status == "done"}
    figure.hold(all(address in out for address in doubts), f"{when}: in doubt and not said: {doubts}")
    figure.hold(not asked.log.unannounced, f"{when}: written without an intent")
    asked.log.unannounced.clear()
    made = {
        str(part["name"])
        for e in asked.running.log.entries
        if e.wrote and e.method == "POST" and isinstance(e.body, dict)
        for part in e.body.get("integration", e.body).values()
        if isinstance(part, dict) and "name" in part
    }
    unknown = {address.rpartition("/")[2] for address in doubts}
    for name in made:
        side, what, number = name.split()
        known_as = f"{side.lower()}-{what[0]}{number}"
        figure.hold(known_as in done | unknown, f"{when}: {name} was made and is not recorded")
