"""R2: killed at every numbered point of I/O, then at random moments: nothing is lost, nothing takes effect twice."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter

from tests.acting.bench import creations
from tests.reliability.commands import start
from tests.reliability.estate import CHANGES, Estate, settled
from tests.reliability.promise import Bench, Figure
from tests.reliability.stores import STORES

_PROMISE = (
    "R2 crash anywhere: every write is announced before it, and the next run finishes what was begun, once"
)
_REFUSED = 4
_EXPIRED_INSTEAD = 25
"""One in so many dead holders is not unlocked by hand: its lease runs out."""


def killed_at_every_point(bench: Bench) -> Figure:
    """SIGKILL before and after every move of the record and every write, in an apply of twenty changes."""
    figure = Figure(_PROMISE)
    with STORES[bench.store]() as new_url, settled(bench.folder / "points", new_url) as broken:
        _every_point(bench, figure, broken, bench.store)
    return figure


def _every_point(bench: Bench, figure: Figure, broken: Estate, name: str) -> None:
    broken.swing()
    whole = broken.apply()
    figure.hold(whole.out.count("done") > 0 and whole.code == 0, f"{name}: {whole.err[-300:]}")
    points = whole.points
    figure.notes.append(f"{name}: {points} points in an apply of {CHANGES} changes")
    step = max(1, round(1 / bench.scale))
    for point in range(1 + bench.chance.randrange(step), points + 1, step):
        broken.swing()
        figure.hold(len(broken.left()) == CHANGES, f"{name}: not {CHANGES} changes")
        broken.running.log.clear()
        died = broken.run("apply", "--auto-approve", kill_at=point)
        figure.tried(f"kills at numbered points ({name})")
        figure.hold(
            died.code == -signal.SIGKILL, f"{name} {point}: it was to die, and ended with {died.code}"
        )
        _judge(figure, broken, f"{name}, killed at point {point} of {points}")


def killed_at_random(bench: Bench) -> Figure:
    """SIGKILL at random moments; now and then the run that repairs is killed as well."""
    figure = Figure(_PROMISE)
    with STORES[bench.store]() as new_url, settled(bench.folder / "random", new_url) as broken:
        _at_random(bench, figure, broken, bench.store)
    return figure


def _at_random(bench: Bench, figure: Figure, broken: Estate, name: str) -> None:
    lasts, wanted, died, number = _seconds(broken), bench.times(1000), 0, 0
    while died < wanted and number < 4 * wanted + 10:
        number += 1
        if not broken.left() or bench.chance.random() < 0.7:
            broken.swing()
            broken.running.log.clear()
        expires = number % _EXPIRED_INSTEAD == 0
        under_way = start(broken.home, ["apply", "--auto-approve"], lease=0.5 if expires else 60.0)
        time.sleep(bench.chance.uniform(0, lasts))
        under_way.send(signal.SIGKILL)
        ended = under_way.wait()
        if ended.code == _REFUSED and "is locked" in ended.err:
            # what a dead process had asked of the store last may be done after its lock was broken
            with broken.backend() as backend:
                backend.break_lock()
            continue
        if ended.code != -signal.SIGKILL:
            lasts *= 0.95  # it was done before
            told = f"{name}, run {number}: not killed, and not done: {ended.code} {ended.err[-200:]}"
            figure.hold(not broken.left(), told)
            continue
        lasts *= 1.02
        died += 1
        figure.tried(f"random kills ({name})")
        repair = died % 4 != 3 or died == wanted
        _judge(figure, broken, f"{name}, random kill {died}", repair=repair, unlock=not expires)
    figure.hold(died == wanted, f"{name}: only {died} of {wanted} died")


def _seconds(broken: Estate) -> float:
    """How long a whole apply lasts."""
    broken.apply()
    broken.swing()
    began = time.monotonic()
    broken.apply()
    return time.monotonic() - began


def _judge(figure: Figure, broken: Estate, when: str, *, repair: bool = True, unlock: bool = True) -> None:
    """The record opens, the plan is right, every write was announced; the next apply ends it, once each."""
    log = broken.log
    figure.hold(not log.unannounced, f"{when}: written without an intent: {log.unannounced[:3]}")
    log.unannounced.clear()
    with broken.backend() as backend:
        doubts = {str(i.address) for i in backend.load().intents.values()}
        if unlock:
            backend.break_lock()
    left = broken.left()
    planned = broken.run("plan", "--format", "json")
    figure.hold(planned.code == 0, f"{when}: no plan: {planned.err[-300:]}")
    if planned.code == 0:
        writes = {c["address"] for c in json.loads(planned.out)["changes"] if c["requests"]}
        # a request that had left before its sender died may take effect only now
        lacks = broken.left() - writes
        figure.hold(not lacks, f"{when}: the plan lacks {sorted(lacks)}")
        figure.hold(
            writes <= left | doubts, f"{when}: the plan has too much: {sorted(writes - left - doubts)}"
        )
    figure.hold(not broken.twice(), f"{when}: made twice: {broken.twice()}")
    if not repair:
        return
    healed = broken.apply(*([] if unlock else ["--lock-timeout", "20"]))
    figure.hold(healed.code == 0, f"{when}: the next apply ended with {healed.code}: {healed.err[-300:]}")
    figure.hold(not broken.left(), f"{when}: then there was left {sorted(broken.left())}")
    with broken.backend() as backend:
        figure.hold(not backend.load().intents, f"{when}: a doubt stayed in the journal")
    made = Counter(creations([e for e in broken.running.log.entries if e.wrote]))
    figure.hold(not made or max(made.values()) == 1, f"{when}: created twice: {made.most_common(2)}")
    removed = Counter(e.path for e in broken.running.log.entries if e.wrote and e.method == "DELETE")
    figure.hold(not removed or max(removed.values()) == 1, f"{when}: deleted twice: {removed.most_common(2)}")
