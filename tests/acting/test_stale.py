"""Between plan and apply: what moved is refused, what is there already is not sent, a cut list is no list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from reconciler.emulator import Cut, Effect, Fault, Garbage, Stale, Status as Answer, Truncate, World
from reconciler.errors import LiveError
from reconciler.outcomes import Status
from reconciler.planfile import dump, parse, plan_id
from reconciler.state import Transition
from tests.acting import estate
from tests.acting.bench import (
    AU,
    Bench,
    Sent,
    actions,
    assert_record_is_true,
    assert_settled,
    automation,
    configuration,
    function,
    group,
    moved,
    picture,
    rows,
    rule,
    shown,
)

SYNC = "xero-au/Automation/sync"
PULL = "xero-au/PartnerFunction/pull"
SETTINGS = "xero-au/Configuration"
NEW = "xero-au/PartnerFunction/new"
FLAG = "account.export.tax_mapping.enabled"
ROWS = "account.export.tax_mapping.mappings"


def wishes(step: str) -> list[str]:
    """Everything of it changes with `step`, but the names."""
    return [
        automation(
            "sync",
            name="Customer sync",
            check_on=f"{step} hours",
            additional_criteria_details=[group(rule(step))],
        ),
        function("pull", name="Customer import", tag=step),
        *configuration({ROWS: rows((step, step)), "account.import.enabled": step == "1"}),
    ]


@dataclass(frozen=True)
class Move:
    name: str
    address: str
    happens: Callable[[Bench], object]


MOVES = [
    Move("a field that is written", SYNC, lambda b: b.edit_automation("Customer sync", check_on="7 hours")),
    Move(
        "the sign of a field that is written",
        SYNC,
        lambda b: b.edit_automation("Customer sync", criteria=[group(rule("Hand"))]),
    ),
    Move("a field of a function", PULL, lambda b: b.edit_function("Customer import", tag="hand")),
    Move("a flag that is a sign", SETTINGS, lambda b: b.edit_configuration(FLAG, "false")),
    Move("the object is gone", SYNC, lambda b: b.remove("automations", "Customer sync")),
]


@pytest.mark.parametrize("move", MOVES, ids=lambda m: m.name)
def test_what_moved_since_the_plan_is_refused_and_the_rest_is_done(bench: Bench, move: Move) -> None:
    bench.write(*wishes("1"))
    bench.done()
    bench.write(*wishes("2"))
    plan = bench.plan()
    assert set(actions(plan)) == {SYNC, PULL, SETTINGS}
    move.happens(bench)
    applied = bench.apply(plan)
    assert {a for a, s in applied.statuses.items() if s is Status.STALE} == {move.address}
    assert {s for a, s in applied.statuses.items() if a != move.address} == {Status.DONE}
    kind = {SYNC: "/automation/", PULL: "/partner-function/", SETTINGS: "/configuration"}[move.address]
    assert not [s for s in applied.sent if kind in s.path]
    assert bench.doubts == set()
    bench.done()
    assert_settled(bench)
    assert_record_is_true(bench)


@pytest.mark.parametrize("count", [2, 12], ids=["one by one", "by a list"])
def test_what_moves_in_the_middle_of_a_long_run_is_refused_too(bench: Bench, count: int) -> None:
    def wishes(tag: str) -> list[str]:
        return [function(f"f{n:02}", name=f"F {n:02}", tag=tag) for n in range(count)]

    bench.write(*wishes("a"))
    bench.done()
    bench.write(*wishes("b"))
    plan = bench.plan()
    bench.fresh_seconds = 0.0

    def somebody(transition: Transition) -> None:
        if transition.open is not None and transition.open.address.name == "f00":
            bench.edit_function("F 01", tag="hand")

    applied = bench.apply(plan, meanwhile=somebody)
    assert {a for a, s in applied.statuses.items() if s is Status.STALE} == {"xero-au/PartnerFunction/f01"}
    assert sum(s is Status.DONE for s in applied.statuses.values()) == count - 1
    assert len(applied.sent) == count - 1


def test_a_look_before_the_write_that_comes_from_a_replica_that_lags_is_taken_anew(bench: Bench) -> None:
    for tag in ("a", "b"):
        bench.write(function("pull", name="Customer import", tag=tag))
        bench.done()
    bench.write(function("pull", name="Customer import", tag="a"))
    plan = bench.plan()
    bench.strike(Fault(Stale(), "GET", "*/partner-function/*"))
    applied = bench.done(plan)
    assert applied.statuses == {PULL: Status.DONE}
    assert [s.method for s in applied.sent] == ["PATCH"]
    bench.strike()
    assert_settled(bench)


def test_what_cannot_be_looked_at_again_is_not_written_blindly(bench: Bench) -> None:
    bench.write(*wishes("1"))
    bench.done()
    bench.write(*wishes("2"))
    plan = bench.plan()
    bench.fresh_seconds = 0.0

    def outage(transition: Transition) -> None:
        if transition.open is not None and str(transition.open.address) == SYNC:
            bench.strike(Fault(Answer(403), "GET", "*/partner-function/*", times=None))

    applied = bench.apply(plan, meanwhile=outage)
    bench.strike()
    assert applied.statuses[PULL] is Status.FAILED
    assert "could not be read again" in applied.outcome(PULL).message
    assert not [s for s in applied.sent if "/partner-function/" in s.path]
    assert bench.doubts == set()
    bench.done()
    assert_settled(bench)


def test_an_object_that_appeared_under_a_new_name_is_not_made_twice(bench: Bench) -> None:
    bench.write(function("new", name="Brand new", tag="t"))
    plan = bench.plan()
    item = bench.server.world.connection("xero-au").functions.named("Customer import")
    bench.put("functions", {**item, "uuid": "by-hand", "name": "Brand new"})
    applied = bench.apply(plan)
    assert applied.statuses == {NEW: Status.STALE}
    assert applied.sent == []
    assert actions(bench.plan()) == {NEW: "adopt"}


def test_a_deletion_of_what_was_edited_since_is_refused(bench: Bench) -> None:
    bench.write(function("new", name="Brand new", tag="t"), function("pull", name="Customer import"))
    bench.done()
    bench.prune = True
    bench.write(function("pull", name="Customer import"))
    plan = bench.plan()
    assert actions(plan) == {NEW: "delete"}
    bench.edit_function("Brand new", description="somebody needs it")
    applied = bench.apply(plan)
    assert applied.statuses == {NEW: Status.STALE}
    assert applied.sent == []


def test_a_field_that_is_not_ours_may_move_meanwhile(bench: Bench) -> None:
    bench.write(automation("sync", name="Customer sync", check_on="1 hour"))
    plan = bench.plan()
    bench.edit_automation("Customer sync", code="hand", status="INACTIVE")
    assert bench.done(plan).statuses == {SYNC: Status.DONE}
    assert_settled(bench)


def test_what_is_at_its_target_already_is_recorded_without_a_call(bench: Bench) -> None:
    bench.write(
        automation("sync", name="Customer sync", check_on="1 hour", enabled=False),
        function("pull", name="Customer import", tag="t"),
    )
    plan = bench.plan()
    bench.edit_automation("Customer sync", check_on="1 hour", status="INACTIVE")
    applied = bench.apply(plan)
    assert applied.statuses == {SYNC: Status.ALREADY, PULL: Status.DONE}
    assert not [s for s in applied.sent if "/automation/" in s.path]
    assert bench.recorded(SYNC)["check_on"] == "1 hour"
    assert_settled(bench)


def test_a_plan_applied_twice_sends_nothing_the_second_time(bench: Bench) -> None:
    bench.write(function("pull", name="Customer import", tag="t"))
    plan = bench.plan()
    assert len(bench.done(plan).sent) == 1
    again = bench.apply(plan)
    assert again.statuses == {PULL: Status.ALREADY}
    assert again.sent == []
    assert_settled(bench)


def test_a_plan_read_back_from_its_file_sends_exactly_the_same(bench: Bench) -> None:
    start = estate.settle(bench)
    plan = bench.plan()
    read = parse(dump(plan))
    assert read == plan
    assert plan_id(read) == plan_id(plan)
    first = _without_uuids(bench.done(plan).sent)
    end = picture(bench.world())
    bench.restore(start)
    again = _without_uuids(bench.done(read).sent)
    assert sorted(again, key=repr) == sorted(first, key=repr)
    assert picture(bench.world()) == end
    assert_settled(bench)


def _without_uuids(sent: list[Sent]) -> list[Sent]:
    """Of the objects that were made on the way, whose uuids the service chooses."""
    made = {
        u["uuid"]
        for c in World.sample().document()["connections"]
        for u in (*c["automations"], *c["partner_functions"])
    }
    found: list[Sent] = []
    for each in sent:
        parts = each.path.split("/")
        path = "/".join("new" if len(p) == 36 and p not in made and p != AU else p for p in parts)
        body = each.body
        details = body.get("integration", {}).get("automation_details", {}) if body else {}
        if details.get("perform_action", "") not in made:
            details = {**details, "perform_action": "new"} if "perform_action" in details else details
            body = (
                {"integration": {**body["integration"], "automation_details": details}} if details else body
            )
        found.append(Sent(each.method, path, body))
    return found


PAGES: dict[str, Effect] = {
    "refused": Answer(403),
    "an error": Answer(500),
    "busy for ever": Answer(503),
    "cut off": Cut(),
    "a body that is cut": Truncate(),
    "no JSON": Garbage(),
    "empty, and said to be whole": Garbage(
        '{"partner_functions": [], "integration_automations": [], "pagination": '
        '{"records": 7, "limit": 100, "offset": 0, "previous_page": "NULL", "next_page": "NULL"}}',
        "application/json",
    ),
    "without its count": Garbage(
        '{"partner_functions": [], "integration_automations": [], "pagination": {"next_page": "NULL"}}',
        "application/json",
    ),
    "without its end": Garbage(
        '{"partner_functions": [], "integration_automations": [], "pagination": '
        '{"records": 0, "limit": 100, "offset": 0, "previous_page": "NULL", "next_page": "more"}}',
        "application/json",
    ),
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("path", ["*/partner-function/", "*/automation"])
def test_a_list_that_is_not_whole_is_an_error_and_never_a_deletion_or_a_creation(
    bench: Bench, name: str, path: str
) -> None:
    bench.write(*wishes("1"), function("new", name="Brand new"))
    bench.done()
    bench.prune = True
    bench.write(*wishes("2"))
    before, state = bench.world(), bench.state
    bench.strike(Fault(PAGES[name], "GET", path, times=None))
    with pytest.raises(LiveError):
        bench.plan()
    bench.strike()
    assert moved(before, bench.world()) == {}
    assert bench.state == state
    assert actions(bench.plan())[NEW] == "delete"


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_page_of_a_long_list_that_fails_makes_the_whole_unknown(bench: Bench, nth: int) -> None:
    world = bench.server.world
    item = world.connection("xero-nz").functions.named("Customer import")
    for number in range(210):
        bench.put("functions", {**item, "uuid": f"u{number:04}", "name": f"F {number}"}, "xero-nz")
    bench.write(function("last", connection="xero-nz", name="F 209", tag="t"))
    bench.strike(Fault(Answer(500), "GET", "*/partner-function/", nth=nth))
    with pytest.raises(LiveError):
        bench.plan()
    bench.strike()
    assert actions(bench.plan()) == {"xero-nz/PartnerFunction/last": "adopt"}


@pytest.mark.parametrize("effect", [Answer(500), Cut(), Garbage(), Answer(404)], ids=str)
def test_where_live_cannot_be_read_again_nothing_is_sent(bench: Bench, effect: Effect) -> None:
    bench.write(*wishes("1"))
    bench.done()
    bench.write(*wishes("2"), function("new", name="Brand new"))
    plan = bench.plan()
    before = bench.world()
    bench.strike(Fault(effect, "GET", "*/partner-function/", times=None))
    applied = bench.apply(plan)
    assert isinstance(applied.error, LiveError)
    assert applied.sent == []
    assert moved(before, bench.world()) == {}
    assert bench.doubts == set()


def test_a_plan_sends_nothing_but_reads(bench: Bench) -> None:
    bench.write(*wishes("1"), function("new", name="Brand new"))
    bench.server.log.clear()
    assert shown(bench.plan())
    assert {e.method for e in bench.server.log if "/oauth2/" not in e.path} == {"GET"}
