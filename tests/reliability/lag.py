"""R5: a replica that lags, or answers now late and now not: nothing is sent twice, and nothing is called drift."""

from __future__ import annotations

from collections import Counter

from reconciler.emulator import Fault, Stale
from tests.acting.bench import creations
from tests.reliability.estate import Estate, settled
from tests.reliability.promise import Bench, Figure
from tests.reliability.stores import STORES

_WINDOW = 0.5
"""Seconds of lag: shorter than what a command waits for (0.7 s of its looks again; 3.5 s outside of these experiments)."""


def late_reads(bench: Bench) -> Figure:
    """Applies, drift and plans right after one another, while every or some reads come from a replica that lags."""
    figure = Figure("R5 a late read is no drift: an older value is read again, not patched again")
    with STORES["sqlite"]() as new_url, settled(bench.folder / "lag", new_url) as estate:
        for number in range(bench.times(100)):
            flaps = number % 2 == 1
            estate.running.faults.clear()
            estate.running.log.clear()
            estate.swing()
            estate.running.faults.add(*_lagging(bench, flaps=flaps))
            _one(figure, estate, f"{'flapping' if flaps else 'lagging'} {number}", looks=number % 3 != 2)
            figure.tried("applies on a replica that flaps" if flaps else "applies on a replica that lags")
    return figure


def _lagging(bench: Bench, *, flaps: bool) -> list[Fault]:
    lag = Stale(bench.chance.uniform(0.05, _WINDOW))
    if not flaps:
        return [Fault(lag, "GET", times=None)]
    return [Fault(lag, "GET", nth=nth) for nth in range(1, 60) if bench.chance.random() < 0.5]


def _one(figure: Figure, estate: Estate, when: str, *, looks: bool) -> None:
    """Without `looks` the next wish follows at once."""
    first = estate.apply()
    figure.hold(
        first.code == 0, f"{when}: the apply ended with {first.code}: {first.out[-400:]}{first.err[-200:]}"
    )
    if not looks:
        return
    drift = estate.run("drift", "--detailed-exitcode")
    figure.hold(drift.code == 0, f"{when}: drift: {drift.out[-300:]}")
    again = estate.apply()
    figure.hold(again.code == 0, f"{when}: the second apply: {again.out[-300:]}{again.err[-300:]}")
    figure.hold(not estate.left(), f"{when}: left {sorted(estate.left())}")
    writes = [e for e in estate.running.log.entries if e.wrote]
    made = Counter(creations(writes))
    figure.hold(not made or max(made.values()) == 1, f"{when}: created twice: {made.most_common(2)}")
    others = Counter(f"{e.method} {e.path}" for e in writes if e.method != "POST")
    figure.hold(max(others.values()) == 1, f"{when}: written twice: {others.most_common(2)}")
    figure.hold(not estate.twice(), f"{when}: there are two of {estate.twice()}")
