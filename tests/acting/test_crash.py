"""The process ends at every numbered point of I/O: the next run finds out what happened, and finishes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.changes import Cause
from reconciler.emulator import Running, World
from reconciler.kinds import OBJECTS
from reconciler.values import MISSING
from tests.acting import estate
from tests.acting.bench import (
    Bench,
    Crash,
    Snapshot,
    assert_record_is_true,
    assert_settled,
    assert_written_down_first,
    automation,
    creations,
    group,
    is_write,
    picture,
    rule,
    shown,
)

PARTS = 8


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory, server: Running) -> Iterator[tuple[Bench, Snapshot]]:
    root: Path = tmp_path_factory.mktemp("crash")
    server.faults.clear()
    server.world.replace(World.sample().document())
    bench = Bench(root, server)
    yield bench, estate.settle(bench)
    server.faults.clear()


@pytest.mark.parametrize("part", range(PARTS))
def test_a_crash_at_any_point_is_found_out_about_and_finished(
    settled: tuple[Bench, Snapshot], part: int
) -> None:
    bench, start = settled
    bench.restore(start)
    plan = bench.plan()
    points = len(bench.done(plan).points)
    goal = picture(bench.world())
    assert points > 40
    for point in range(1 + part, points + 1, PARTS):
        bench.restore(start)
        first = bench.apply(plan, crash=point)
        assert isinstance(first.error, Crash)
        try:
            assert_doubts_are_planned_for(bench)
        except AssertionError as error:
            error.add_note(f"crashed at {first.error}")
            raise
        assert_written_down_first(first)
        assert_record_is_true(bench)
        second = bench.done()
        assert_written_down_first(second)
        assert_settled(bench)
        assert_record_is_true(bench)
        assert picture(bench.world()) == goal, first.error
        made = creations([e for e in (*first.entries, *second.entries) if e.wrote])
        assert sorted(made) == sorted(estate.NEW), first.error


def assert_doubts_are_planned_for(bench: Bench) -> None:
    """What cannot be read of an object in doubt is shown again, whether it arrived or not."""
    plan, state = bench.plan(), bench.state
    wishes = {c.address: {f.path for f in c.fields if f.after is not MISSING} for c in plan.changes}
    for intent in state.intents.values():
        object_type = OBJECTS[intent.address.kind]
        record = state.records.get(intent.address)
        unreadable = {p for p in (record.fields if record else {}) if not object_type.fields[p].read}
        if intent.action == "update":
            assert unreadable <= wishes.get(intent.address, set()), intent.address


def test_a_crash_between_the_write_and_its_record_makes_the_unreadable_suspect(bench: Bench) -> None:
    """The write of another field is what is in doubt: all that nobody can read of the object is sent again."""
    criteria = [group(rule("Email"))]
    bench.write(
        automation(
            "sync", name="Customer sync", code="A", property_name="p", additional_criteria_details=criteria
        )
    )
    bench.done()
    bench.write(
        automation(
            "sync", name="Customer sync", code="B", property_name="p", additional_criteria_details=criteria
        )
    )
    points = bench.apply(crash=4).points
    assert points == ["read Automation", "commit", "send PATCH", "commit"]
    plan = bench.plan()
    assert shown(plan) == {
        "xero-au/Automation/sync": {
            "property_name": Cause.SUSPECT.value,
            "additional_criteria_details": Cause.SUSPECT.value,
        }
    }
    (sent,) = bench.done(plan).sent
    assert sent.body == {
        "integration": {
            "automation_details": {"property_name": "p"},
            "additional_criteria_details": criteria,
        }
    }
    assert bench.recorded("xero-au/Automation/sync")["code"] == "B"
    assert_settled(bench)


def test_a_crash_before_the_write_leaves_it_to_be_done(bench: Bench) -> None:
    bench.write(automation("sync", name="Customer sync", code="A"))
    bench.done()
    bench.write(automation("sync", name="Customer sync", code="B"))
    first = bench.apply(crash=3)
    assert not [e for e in first.entries if is_write(e)]
    assert bench.doubts == {"xero-au/Automation/sync"}
    assert shown(bench.plan()) == {"xero-au/Automation/sync": {"code": "change"}}
    bench.done()
    assert_settled(bench)


def test_a_crash_of_the_run_that_repairs_a_crash_is_repaired_too(settled: tuple[Bench, Snapshot]) -> None:
    bench, start = settled
    bench.restore(start)
    made: list[str] = []
    for point in (17, 11, 9, 5, 13):
        applied = bench.apply(crash=point)
        assert_written_down_first(applied)
        assert_record_is_true(bench)
        made += creations([e for e in applied.entries if e.wrote])
    last = bench.done()
    assert_settled(bench)
    assert_record_is_true(bench)
    assert sorted(made + creations(last.entries)) == sorted(estate.NEW)
