"""Twelve changes and one fault at each request: the record stays right, and the next apply makes good."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler.emulator import (
    Cut,
    Effect,
    ExpireTokens,
    Fault,
    Garbage,
    Running,
    Status as Answer,
    Truncate,
    World,
)
from reconciler.errors import LiveError
from reconciler.outcomes import UNTOUCHED, Status
from reconciler.plan import Plan
from tests.acting import estate
from tests.acting.bench import (
    Applied,
    Bench,
    Snapshot,
    actions,
    assert_record_is_true,
    assert_settled,
    assert_written_down_first,
    creations,
    is_write,
    picture,
)

STUBBORN = 5
"""As often as a request is tried. A fault that strikes so often outlives every retry."""


@dataclass(frozen=True)
class Ground:
    """Where every case starts, and where all of them must end."""

    bench: Bench
    start: Snapshot
    plan: Plan
    goal: dict[str, dict[str, Any]]
    requests: int


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, server: Running) -> Iterator[Ground]:
    root: Path = tmp_path_factory.mktemp("estate")
    server.faults.clear()
    server.world.replace(World.sample().document())
    bench = Bench(root, server)
    start = estate.settle(bench)
    plan = bench.plan()
    assert actions(plan) == estate.CHANGES
    applied = bench.done(plan)
    goal = picture(bench.world())
    requests = len([e for e in applied.entries if e.path.startswith("/api/v3/")])
    yield Ground(bench, start, plan, goal, requests)
    server.faults.clear()


EFFECTS: dict[str, Effect] = {
    "400": Answer(400),
    "403": Answer(403),
    "404": Answer(404),
    "500": Answer(500),
    "502": Answer(502),
    "503": Answer(503),
    "503 after the write": Answer(503, committed=True),
    "429": Answer(429),
    "429 with Retry-After": Answer(429, retry_after="7"),
    "cut before": Cut(),
    "cut after": Cut(committed=True),
    "reset after": Cut(committed=True, reset=True),
    "cut body": Truncate(),
    "garbage instead": Garbage(),
    "garbage after": Garbage(committed=True),
    "token expired": ExpireTokens(),
}
HEALED = {
    "502",
    "503",
    "503 after the write",
    "429",
    "429 with Retry-After",
    "cut before",
    "cut after",
    "reset after",
    "cut body",
    "token expired",
}
"""Once is not enough to fail anything but a creation, and those by a refusal only."""

RARELY = {"403", "502", "429", "reset after"}
"""These differ from another in the list by little, and strike only some of the requests."""


def run(ground: Ground, effect: Effect, nth: int, times: int) -> Applied:
    bench = ground.bench
    bench.restore(ground.start)
    bench.strike(Fault(effect, path="/api/v3/*", nth=nth, times=times))
    applied = bench.apply(ground.plan)
    bench.strike()
    return applied


def judge(ground: Ground, applied: Applied, nth: int) -> None:
    """What holds after any fault, and after the apply that follows."""
    try:
        _judge(ground, applied)
    except AssertionError as error:
        struck = [f"{e.method} {e.path} {e.status}" for e in applied.entries if e.faults]
        error.add_note(f"at request {nth}: {struck}, {applied.statuses}, {applied.error}")
        raise


def _judge(ground: Ground, applied: Applied) -> None:
    bench = ground.bench
    assert_written_down_first(applied)
    assert_record_is_true(bench)
    if applied.error is not None:
        assert isinstance(applied.error, LiveError)
        assert applied.sent == []
        assert bench.doubts == set()
    else:
        assert set(applied.statuses) == set(estate.CHANGES)
        unknown = {str(o.address) for o in applied.outcomes if o.status is Status.UNKNOWN}
        assert bench.doubts == unknown
        struck = {s for s in applied.statuses.values() if s in (Status.FAILED, Status.UNKNOWN)}
        if struck:
            assert_deletions_stayed_behind(applied)
    for outcome in applied.outcomes:
        if outcome.status in UNTOUCHED:
            assert not [c for c in applied.commits if _opens(c.transition.open, outcome.address)]

    second = bench.done()
    assert_written_down_first(second)
    assert_settled(bench)
    assert_record_is_true(bench)
    assert picture(bench.world()) == ground.goal
    entries = [*applied.entries, *second.entries]
    for name in estate.NEW:
        wrote = [e for e in entries if e.wrote]
        assert creations(wrote).count(name) == 1, f"{name} was made {creations(wrote).count(name)} times"


def assert_deletions_stayed_behind(applied: Applied) -> None:
    """None begins once something has failed; one that fails itself is the last of them."""
    order = [o for o in applied.outcomes if str(o.address) in estate.DELETIONS]
    first_bad = next(i for i, o in enumerate(applied.outcomes) if o.status in (Status.FAILED, Status.UNKNOWN))
    later = [o for o in applied.outcomes[first_bad + 1 :] if o in order]
    assert {o.status for o in later} <= {Status.NOT_TRIED, Status.BLOCKED}


def _opens(intent: Any, address: object) -> bool:  # noqa: ANN401 - or None
    return intent is not None and intent.address == address


def test_the_estate_changes_in_twelve_ways_and_then_not_at_all(ground: Ground) -> None:
    bench = ground.bench
    bench.restore(ground.start)
    applied = bench.done(ground.plan)
    assert applied.statuses == dict.fromkeys(estate.CHANGES, Status.DONE)
    assert_written_down_first(applied)
    assert_record_is_true(bench)
    assert_settled(bench)
    order = applied.order
    assert order.index(estate.CREATION_OF_FUNCTION) < order.index(estate.CREATION_OF_AUTOMATION)
    assert set(order[-2:]) == estate.DELETIONS
    assert order[-1].startswith("xero-au/PartnerFunction/")


def test_many_hands_come_to_the_same_end(ground: Ground) -> None:
    bench = ground.bench
    bench.restore(ground.start)
    bench.concurrency = 8
    try:
        applied = bench.done(ground.plan)
    finally:
        bench.concurrency = 1
    assert_written_down_first(applied)
    assert picture(bench.world()) == ground.goal
    assert_settled(bench)


@pytest.mark.parametrize("name", sorted(EFFECTS.keys() - RARELY))
@pytest.mark.parametrize("part", range(3))
def test_a_fault_that_passes_leaves_the_record_right_and_the_next_apply_converges(
    ground: Ground, name: str, part: int
) -> None:
    for nth in range(1 + part, ground.requests + 1, 3):
        _once(ground, name, nth)


@pytest.mark.parametrize("name", sorted(RARELY | {"cut before", "cut body"}))
def test_a_fault_much_like_another_is_no_worse(ground: Ground, name: str) -> None:
    for nth in range(2, ground.requests + 1, 6):
        if name in RARELY:
            _once(ground, name, nth)
        judge(ground, run(ground, EFFECTS[name], nth, times=STUBBORN), nth)


def _once(ground: Ground, name: str, nth: int) -> None:
    applied = run(ground, EFFECTS[name], nth, times=1)
    if name in HEALED:
        bad = {a for a, s in applied.statuses.items() if s in (Status.FAILED, Status.UNKNOWN)}
        assert applied.error is None, (nth, applied.error)
        assert bad <= {estate.CREATION_OF_FUNCTION, estate.CREATION_OF_AUTOMATION}, nth
    judge(ground, applied, nth)


@pytest.mark.parametrize("name", ["503 after the write", "cut after"])
@pytest.mark.parametrize("part", range(3))
def test_a_fault_that_outlives_every_retry_leaves_the_record_right_and_the_next_apply_converges(
    ground: Ground, name: str, part: int
) -> None:
    for nth in range(1 + part, ground.requests + 1, 3):
        judge(ground, run(ground, EFFECTS[name], nth, times=STUBBORN), nth)


def test_a_service_that_is_gone_for_good_after_some_writes_is_caught_up_with_later(ground: Ground) -> None:
    for nth in range(1, ground.requests + 1, 5):
        judge(ground, run(ground, Cut(), nth, times=1000), nth)


def test_retry_after_is_waited_for_and_nothing_is_sent_twice_in_vain(ground: Ground) -> None:
    applied = run(ground, Answer(429, retry_after="30"), 6, times=1)
    assert set(applied.statuses.values()) == {Status.DONE}
    wrote = [(e.method, e.path) for e in applied.entries if e.wrote]
    assert len(wrote) == len(set(wrote))


def test_a_token_that_ends_in_the_middle_is_renewed_and_every_write_done_once(ground: Ground) -> None:
    for nth in range(1, ground.requests + 1, 4):
        applied = run(ground, ExpireTokens(), nth, times=1)
        assert set(applied.statuses.values()) == {Status.DONE}
        assert [e.status for e in applied.entries if e.path.endswith("/token")].count(200) == 2
        assert len([e for e in applied.entries if is_write(e) and e.wrote]) == sum(
            len(c.requests) for c in ground.plan.changes
        )
