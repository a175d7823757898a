"""R1: one writer. Holders that are paused past their lease wake up to find that they may not write any more."""

from __future__ import annotations

import itertools
import os
import signal
import time
from collections.abc import Iterable
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from reconciler.backends import open_backend
from reconciler.emulator import RequestLog, World, serve
from tests.cli.builder import environment, manifest
from tests.reliability.commands import Started, forked, start
from tests.reliability.estate import POLICY, Estate, settled
from tests.reliability.holder import Post, hold_and_write
from tests.reliability.promise import Bench, Figure
from tests.reliability.stores import STORES, TERMS

_PROMISE = "R1 one writer per environment: writes never overlap, and no old lease writes"
_LEASE = 0.3
_CROWD = 4
_RACERS = 3


def hand_overs(bench: Bench) -> Figure:
    """Processes that take the lock from one another; some are stopped past their lease while they hold it."""
    figure, term = Figure(_PROMISE), TERMS.get(bench.store, _LEASE)
    with STORES[bench.store]() as new_url, serve(World.sample()) as running:
        post = Post(new_url(bench.folder / "home"), str(bench.folder / "home"), running.base_url, term)
        crowd = [forked(hold_and_write, post, number) for number in range(_CROWD)]
        with open_backend(post.state, environment="books", folder=Path(post.folder)) as backend:
            paused = 0
            deadline = time.monotonic() + 600
            while paused < bench.times(220) and time.monotonic() < deadline:
                time.sleep(bench.chance.uniform(0, 0.05))
                holder = backend.holder()
                if holder is None:
                    continue
                with _stopped(crowd[holder.pid]):
                    # it may have let go just before it was stopped
                    still = backend.holder()
                    if still is not None and still.run == holder.run:
                        time.sleep(term * bench.chance.uniform(1.1, 1.6))
                        paused += 1
            while len(_turns(e.run for e in backend.history(None, None))) < bench.times(1050):
                time.sleep(0.2)
                assert time.monotonic() < deadline, "too few hand-overs"
            for process in crowd:
                process.terminate()
            for process in crowd:
                process.join(20)
            written = [e.run for e in reversed(backend.history(None, None))]
        sent = _written(running.log, "check_on")
    _judge(figure, sent, "in the emulator's log")
    _judge(figure, written, "in the record")
    figure.hold(paused >= bench.times(220), f"only {paused} pauses")
    figure.tried(f"hand-overs ({bench.store})", len(_turns(written)) - 1)
    figure.tried(f"holders paused past their lease ({bench.store})", paused)
    figure.notes.append(f"{len(sent)} writes to live, {len(written)} to the record")
    return figure


def racing_applies(bench: Bench) -> Figure:
    """Whole applies that race for one record, each with wishes of its own; victims are stopped past their lease."""
    figure = Figure(_PROMISE)
    with STORES["sqlite"]() as new_url, settled(bench.folder / "race", new_url) as first:
        state = f"sqlite:///{first.folder / first.url.removeprefix('sqlite:///')}"
        for number in range(_RACERS):
            _project(first, number, state)
        first.running.log.clear()
        wins, stops, tries = 0, 0, 0
        under_way: dict[int, Started] = {}
        while wins < bench.times(120) and tries < bench.times(2000) + 20:
            for number in range(_RACERS):
                if number not in under_way:
                    tries += 1
                    _wish(first, number, f"{number}.{tries}")
                    words = ["apply", "--auto-approve", "--lock-timeout", "2"]
                    under_way[number] = start(first.home / f"racer{number}", words, lease=_LEASE)
            time.sleep(bench.chance.uniform(0.01, 0.1))
            if bench.chance.random() < 0.2:
                with _stopped(bench.chance.choice([*under_way.values()]).process):
                    time.sleep(_LEASE * 1.5)
                stops += 1
            for number in [n for n, s in under_way.items() if not s.process.is_alive()]:
                ended = under_way.pop(number).wait()
                wins += ended.code == 0
                figure.hold(ended.code in (0, 4), f"a racer ended with {ended.code}: {ended.err[-300:]}")
        for left in under_way.values():
            left.wait()
        sent = _written(first.running.log, "code")
    _judge(figure, sent, "in the emulator's log")
    figure.tried("whole applies that raced", tries)
    figure.tried("of them that wrote", len(_turns(sent)))
    figure.tried("pauses of a racer", stops)
    return figure


def _project(first: Estate, number: int, state: str) -> None:
    folder = f"../racer{number}/desired_state"
    first.write(f"{folder}/reconciler.yaml", (first.folder / "reconciler.yaml").read_text(encoding="utf-8"))
    text = environment(
        first.running.base_url, policy=POLICY.replace("true", "false"), more=f"state: {state}\n"
    )
    first.write(f"{folder}/environments/books.yaml", text)


def _wish(first: Estate, number: int, tag: str) -> None:
    texts = [
        manifest("Automation", f"c{n}", f"name: Common {n}\ncode: '{tag}'\nenabled: true\n") for n in range(4)
    ]
    first.write(f"../racer{number}/desired_state/all.yaml", "---\n".join(texts))


class _stopped:  # noqa: N801 - read as a word in a `with`
    """SIGSTOP for as long as the block lasts."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process

    def __enter__(self) -> None:
        self._send(signal.SIGSTOP)

    def __exit__(self, *_: object) -> None:
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        if self._process.is_alive() and self._process.pid is not None:
            os.kill(self._process.pid, number)


def _written(log: RequestLog, field: str) -> list[str]:
    """That field of every automation's update, in the order in which they took effect."""
    bodies: list[Any] = [e.body for e in log.entries if e.method == "PATCH" and e.wrote]
    return [str(body["integration"]["automation_details"][field]) for body in bodies]


def _turns(tags: Iterable[str]) -> list[str]:
    """Each tag once for each time that it begins anew."""
    return [tag for tag, _ in itertools.groupby(tags)]


def _judge(figure: Figure, tags: list[str], where: str) -> None:
    """The writes of two never overlap: no turn begins a second time."""
    turns = _turns(tags)
    figure.hold(len(turns) == len(set(turns)), f"{len(turns) - len(set(turns))} overlaps {where}")
    figure.hold(bool(turns), f"nothing was written {where}")
