"""Objects that do not exist yet: their order, the uuids filled in, what waits for whom, and never one twice."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from reconciler.changes import Cause
from reconciler.emulator import Cut, Effect, Fault, Garbage, Status as Answer, Truncate
from reconciler.outcomes import Status
from reconciler.values import uuid_of
from tests.acting.bench import (
    AU,
    Bench,
    Sent,
    actions,
    assert_record_is_true,
    assert_settled,
    assert_written_down_first,
    automation,
    change,
    creations,
    function,
    group,
    moved,
    rule,
    shown,
)

FUNCTION = "xero-au/PartnerFunction/refunds"
AUTOMATION = "xero-au/Automation/refunds"
CHAINED = "xero-au/Automation/after"
OTHER = "xero-au/PartnerFunction/pull"
FUNCTIONS = f"/api/v3/integration/{AU}/partner-function/"
AUTOMATIONS = f"/api/v3/integration/{AU}/automation"
LOST: dict[str, Effect] = {
    "cut after the write": Cut(committed=True),
    "reset after the write": Cut(committed=True, reset=True),
    "503 after the write": Answer(503, committed=True),
    "500 after the write": Answer(500, committed=True),
    "garbage after the write": Garbage(committed=True),
    "cut body": Truncate(),
}


def refund_function(**spec: Any) -> str:  # noqa: ANN401 - JSON
    return function("refunds", name="Refund import", tag="new", **spec)


def refund_automation(**spec: Any) -> str:  # noqa: ANN401 - JSON
    return automation(
        "refunds", name="Refund sync", perform_action={"ref": "PartnerFunction/refunds"}, **spec
    )


def chained() -> str:
    return automation("after", name="After refunds", another_automation={"ref": "Automation/refunds"})


def pull() -> str:
    return function("pull", name="Customer import", tag="changed")


def test_a_function_comes_first_and_its_uuid_stands_in_the_automation(bench: Bench) -> None:
    bench.write(chained(), refund_automation(), refund_function())
    plan = bench.plan()
    assert actions(plan) == {AUTOMATION: "create", CHAINED: "create", FUNCTION: "create"}
    body = change(plan, AUTOMATION).requests[0].body
    assert body == {
        "integration": {"automation_details": {"name": "Refund sync", "perform_action": uuid_of(FUNCTION)}}
    }
    applied = bench.done(plan)
    assert applied.sent == [
        Sent("POST", FUNCTIONS, {"partner_function": {"name": "Refund import", "tag": "new"}}),
        Sent(
            "POST",
            AUTOMATIONS,
            {
                "integration": {
                    "automation_details": {
                        "name": "Refund sync",
                        "perform_action": bench.uuid("functions", "Refund import"),
                    }
                }
            },
        ),
        Sent(
            "POST",
            AUTOMATIONS,
            {
                "integration": {
                    "automation_details": {"name": "After refunds", "another_automation": "Refund sync"}
                }
            },
        ),
    ]
    assert_settled(bench)
    assert_record_is_true(bench)


def test_an_existing_automation_is_pointed_to_a_function_made_in_the_same_run(bench: Bench) -> None:
    bench.write(
        refund_function(),
        automation("refunds", name="Customer sync", perform_action={"ref": "PartnerFunction/refunds"}),
    )
    applied = bench.done()
    uuid = bench.uuid("functions", "Refund import")
    assert applied.sent[-1].body == {"integration": {"automation_details": {"perform_action": uuid}}}
    assert_settled(bench)
    assert_record_is_true(bench)


def test_a_switch_of_a_new_object_goes_to_its_new_uuid(bench: Bench) -> None:
    bench.write(refund_function(enabled=False))
    applied = bench.done()
    uuid = bench.uuid("functions", "Refund import")
    assert [(s.method, s.path) for s in applied.sent] == [
        ("POST", FUNCTIONS),
        ("POST", f"{FUNCTIONS}{uuid}/disable"),
    ]
    assert_settled(bench)


def test_a_new_object_with_criteria_has_every_leaf_in_one_body(bench: Bench) -> None:
    groups = [group(rule("Email"))]
    bench.write(automation("refunds", name="New", property_name="p", additional_criteria_details=groups))
    assert [s.body for s in bench.done().sent] == [
        {
            "integration": {
                "automation_details": {"name": "New", "property_name": "p"},
                "additional_criteria_details": groups,
            }
        }
    ]
    assert_settled(bench)
    assert_record_is_true(bench)


@pytest.mark.parametrize("code", [400, 403, 500, 503])
def test_what_depends_on_a_failure_is_blocked_and_the_rest_goes_on(bench: Bench, code: int) -> None:
    bench.write(chained(), refund_automation(), refund_function(), pull())
    bench.strike(Fault(Answer(code), "POST", FUNCTIONS))
    applied = bench.apply()
    failed = Status.FAILED if code < 500 else Status.UNKNOWN
    assert applied.statuses == {
        FUNCTION: failed,
        AUTOMATION: Status.BLOCKED,
        CHAINED: Status.BLOCKED,
        OTHER: Status.DONE,
    }
    assert AUTOMATIONS not in [s.path for s in applied.sent]
    assert bench.doubts == ({FUNCTION} if failed is Status.UNKNOWN else set())
    bench.done()
    assert_settled(bench)


@pytest.mark.parametrize("name", LOST)
def test_a_creation_whose_answer_is_lost_is_found_by_name_and_never_sent_again(
    bench: Bench, name: str
) -> None:
    bench.write(refund_function(enabled=False), refund_automation(property_name="p"))
    bench.strike(Fault(LOST[name], "POST", FUNCTIONS))
    first = bench.apply()
    bench.strike()
    assert first.statuses == {FUNCTION: Status.UNKNOWN, AUTOMATION: Status.BLOCKED}
    assert bench.doubts == {FUNCTION}
    assert FUNCTION not in {str(a) for a in bench.state.records}
    assert_written_down_first(first)

    plan = bench.plan()
    assert actions(plan) == {FUNCTION: "adopt", AUTOMATION: "create"}
    assert shown(plan)[FUNCTION] == {"enabled": "adopt"}
    second = bench.done(plan)
    assert creations([*first.entries, *second.entries]).count("Refund import") == 1
    assert_settled(bench)
    assert_record_is_true(bench)


@pytest.mark.parametrize("name", LOST)
def test_an_automation_in_doubt_is_adopted_and_what_nobody_can_read_is_sent(bench: Bench, name: str) -> None:
    bench.write(automation("refunds", name="New", code="c", property_name="p"))
    bench.strike(Fault(LOST[name], "POST", AUTOMATIONS))
    first = bench.apply()
    bench.strike()
    plan = bench.plan()
    assert shown(plan) == {AUTOMATION: {"property_name": "unverified"}}
    second = bench.done(plan)
    assert [s.method for s in second.sent] == ["PATCH"]
    assert creations([*first.entries, *second.entries]) == ["New"]
    assert_settled(bench)
    assert_record_is_true(bench)


@pytest.mark.parametrize("prune", [True, False])
def test_a_creation_in_doubt_whose_manifest_is_withdrawn_leaves_no_object_behind_that_nobody_knows(
    bench: Bench, prune: bool
) -> None:
    bench.write(function("pull", name="Customer import"))
    bench.done()
    bench.write(function("pull", name="Customer import"), refund_function())
    bench.strike(Fault(Cut(committed=True), "POST", FUNCTIONS))
    assert bench.apply().statuses[FUNCTION] is Status.UNKNOWN
    bench.strike()
    bench.prune = prune
    bench.write(function("pull", name="Customer import"))
    assert actions(bench.plan()) == {FUNCTION: "delete" if prune else "forget"}
    sent = bench.done().sent
    assert [s.method for s in sent] == (["DELETE"] if prune else [])
    assert bench.doubts == set()
    assert_settled(bench)


def test_what_somebody_else_made_meanwhile_is_not_taken_for_a_creation_of_ours(bench: Bench) -> None:
    bench.write(function("pull", name="Customer import"))
    bench.done()
    bench.write(function("pull", name="Customer import"), refund_function())
    bench.strike(Fault(Cut(), "POST", FUNCTIONS))
    assert bench.apply().statuses[FUNCTION] is Status.UNKNOWN
    bench.strike()
    bench.prune = True
    bench.write(function("pull", name="Customer import"))
    item = bench.server.world.connection("xero-au").functions.named("Customer import")
    bench.put("functions", {**item, "uuid": "by-hand", "name": "Refund import", "tag": "another"})
    assert actions(bench.plan()) == {}
    assert bench.done().sent == []
    assert bench.doubts == set()


def test_a_creation_in_doubt_is_the_object_of_whatever_manifest_names_it_now(bench: Bench) -> None:
    bench.write(refund_function())
    bench.strike(Fault(Cut(committed=True), "POST", FUNCTIONS))
    first = bench.apply()
    bench.strike()
    bench.prune = True
    bench.write(function("renamed", name="Refund import"))
    assert actions(bench.plan()) == {"xero-au/PartnerFunction/renamed": "adopt"}
    second = bench.done()
    assert creations([*first.entries, *second.entries]) == ["Refund import"]
    assert bench.doubts == set()
    assert_settled(bench)


def test_a_creation_that_never_arrived_is_made_by_the_next_run(bench: Bench) -> None:
    bench.write(refund_function())
    bench.strike(Fault(Cut(), "POST", FUNCTIONS))
    first = bench.apply()
    assert first.statuses == {FUNCTION: Status.UNKNOWN}
    assert len(first.sent) == 1
    assert actions(bench.plan()) == {FUNCTION: "create"}
    second = bench.done()
    assert creations([e for e in (*first.entries, *second.entries) if e.wrote]) == ["Refund import"]
    assert_settled(bench)


def test_a_creation_that_is_throttled_waits_and_is_made_once(bench: Bench) -> None:
    bench.write(refund_function())
    bench.strike(Fault(Answer(429, retry_after="3"), "POST", FUNCTIONS, times=3))
    applied = bench.done()
    assert [e.wrote for e in applied.entries if e.method == "POST" and e.path == FUNCTIONS] == [
        False,
        False,
        False,
        True,
    ]
    assert_settled(bench)


def test_a_new_object_whose_switch_fails_is_recorded_and_not_made_again(bench: Bench) -> None:
    bench.write(refund_function(enabled=False), refund_automation())
    bench.strike(Fault(Answer(403), "POST", "*/disable"))
    applied = bench.apply()
    assert applied.statuses == {FUNCTION: Status.FAILED, AUTOMATION: Status.BLOCKED}
    assert_record_is_true(bench)
    plan = bench.plan()
    assert actions(plan) == {FUNCTION: "update", AUTOMATION: "create"}
    assert [f.path for f in change(plan, FUNCTION).fields] == ["enabled"]
    bench.done(plan)
    assert_settled(bench)


def test_a_vanished_function_is_made_again_and_its_automation_points_to_the_new_one(bench: Bench) -> None:
    bench.write(refund_function(), refund_automation())
    bench.done()
    bench.remove("functions", "Refund import")
    plan = bench.plan()
    assert actions(plan) == {FUNCTION: "create", AUTOMATION: "update"}
    assert {f.cause for c in plan.changes for f in c.fields} == {Cause.DRIFT}
    bench.done(plan)
    assert_settled(bench)
    assert_record_is_true(bench)


def test_deletions_come_last_users_before_what_they_use(bench: Bench) -> None:
    bench.write(chained(), refund_automation(), refund_function(), pull())
    bench.done()
    bench.prune = True
    bench.write(function("pull", name="Customer import", tag="again"))
    applied = bench.done()
    assert [s.method for s in applied.sent] == ["PATCH", "DELETE", "DELETE", "DELETE"]
    assert applied.order[-1] == FUNCTION
    assert_settled(bench)


@pytest.mark.parametrize("effect", [Answer(400), Answer(500), Cut(committed=True), Garbage()], ids=str)
def test_nothing_is_deleted_after_a_failure(bench: Bench, effect: Effect) -> None:
    bench.write(refund_automation(), refund_function(), pull())
    bench.done()
    bench.prune = True
    bench.write(function("pull", name="Customer import", tag="again"))
    bench.strike(Fault(effect, "PATCH", times=9))
    applied = bench.apply()
    assert {a for a, s in applied.statuses.items() if s is Status.NOT_TRIED} == {AUTOMATION, FUNCTION}
    assert not [s for s in applied.sent if s.method == "DELETE"]
    bench.strike()
    bench.done()
    assert_settled(bench)


def test_a_deletion_whose_answer_is_lost_is_found_out_about(bench: Bench) -> None:
    bench.write(refund_function(), pull())
    bench.done()
    bench.prune = True
    bench.write(pull())
    bench.strike(Fault(Cut(committed=True), "DELETE", times=None))
    assert bench.apply().status(FUNCTION) in (Status.DONE, Status.UNKNOWN)
    bench.strike()
    bench.done()
    assert_settled(bench)
    assert [str(a) for a in bench.state.records] == [OTHER]


def test_a_run_that_is_stopped_before_it_begins_sends_nothing(bench: Bench) -> None:
    bench.write(refund_automation(), refund_function(), pull())
    before = bench.world()
    stop = threading.Event()
    stop.set()
    applied = bench.apply(stop=stop)
    assert set(applied.statuses.values()) == {Status.NOT_TRIED}
    assert applied.sent == []
    assert moved(before, bench.world()) == {}
    assert bench.doubts == set()


def test_what_was_recorded_of_an_object_that_is_gone_is_not_true_of_the_one_in_its_place(
    bench: Bench,
) -> None:
    bench.write(automation("it", name="It", code="A", check_on="4 hours"))
    bench.done()
    bench.remove("automations", "It")
    bench.write(automation("it", name="It", code="B"))
    bench.done()
    assert bench.recorded("xero-au/Automation/it") == {"name": "It", "code": "B"}
    assert_settled(bench)


def test_what_waits_for_nothing_starts_in_the_order_of_its_addresses(bench: Bench) -> None:
    """Whatever the hash seed: two runs of one plan look alike."""
    names = [f"n{number:02}" for number in range(20)]
    bench.write(*(automation(name, name=name) for name in reversed(names)))
    assert creations(bench.done().entries) == names
