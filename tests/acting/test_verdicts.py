"""Each verdict over a real socket: what is shown, what is sent, what the record says afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from reconciler.changes import Cause
from reconciler.emulator import Fault, Status as Answer
from reconciler.errors import Undecidable
from reconciler.guards import Limits
from reconciler.outcomes import Result, Status
from reconciler.values import MISSING
from tests.acting.bench import (
    AU,
    Bench,
    Sent,
    actions,
    assert_record_is_true,
    assert_settled,
    automation,
    change,
    configuration,
    field_of,
    function,
    group,
    moved,
    rows,
    rule,
    shown,
)

SYNC = "xero-au/Automation/sync"
PULL = "xero-au/PartnerFunction/pull"
SETTINGS = "xero-au/Configuration"
CRITERIA = "additional_criteria_details"
GROUPS = [group(rule("Email"))]
SYNC_UUID = "575a0961-5a6c-4d21-9b18-ea3e78fc415d"
PULL_UUID = "581dfb11-c1e5-4df0-ac34-6c2bb50be172"
SYNC_PATH = f"/api/v3/integration/{AU}/automation/{SYNC_UUID}"
PULL_PATH = f"/api/v3/integration/{AU}/partner-function/{PULL_UUID}"
SETTINGS_PATH = f"/api/v3/integration/{AU}/configuration"
RECEIVABLES = "account.export.account_receivable_mapping.mappings"
TAX_ROWS = "account.export.tax_mapping.mappings"
REVENUE_ROWS = "transaction.invoice.export.sales_revenue_mapping.mappings"


def sync(**spec: Any) -> str:  # noqa: ANN401 - JSON
    return automation("sync", name="Customer sync", **spec)


def pull(**spec: Any) -> str:  # noqa: ANN401 - JSON
    return function("pull", name="Customer import", **spec)


def details(**values: object) -> Sent:
    return Sent("PATCH", SYNC_PATH, {"integration": {"automation_details": values}})


@dataclass(frozen=True)
class Scenario:
    """`first` is applied; then `happens` behind our back, and `then` is wished for (default: still `first`)."""

    name: str
    first: list[str]
    shows: dict[str, dict[str, str]]
    sends: list[Sent]
    happens: Callable[[Bench], object] = lambda _bench: None
    then: list[str] | None = None
    recorded: dict[str, dict[str, Any]] = field(default_factory=dict)


def replaced(bench: Bench) -> None:
    """Somebody removed the automation and made one of the same name by hand."""
    item = bench.remove("automations", "Customer sync")
    bench.put("automations", {**item, "uuid": "99999999-5a6c-4d21-9b18-ea3e78fc415d"})


def both(value: str) -> Sent:
    return Sent("PATCH", SETTINGS_PATH, {"account": {"export": {"default_account_receivable": value}}})


SCENARIOS = [
    Scenario("in sync", [sync(check_on="4 hours")], {}, []),
    Scenario(
        "asserted: what cannot be read is believed, and not sent",
        [sync(property_name="p", ignore_threshold="7", **{CRITERIA: GROUPS})],
        {},
        [],
    ),
    Scenario(
        "asserted: an edit without a sign cannot be noticed",
        [sync(property_name="p")],
        {},
        [],
        lambda b: b.edit_automation("Customer sync", property_name="other"),
    ),
    Scenario(
        "drift",
        [sync(check_on="4 hours", code="AU")],
        {SYNC: {"check_on": "drift"}},
        [details(check_on="4 hours")],
        lambda b: b.edit_automation("Customer sync", check_on="1 hour"),
    ),
    Scenario(
        "drift: emptied",
        [sync(code="AU")],
        {SYNC: {"code": "drift"}},
        [details(code="AU")],
        lambda b: b.edit_automation("Customer sync", code=""),
    ),
    Scenario(
        "drift of a switch",
        [sync(enabled=True)],
        {SYNC: {"enabled": "drift"}},
        [Sent("POST", f"{SYNC_PATH}/enable", None)],
        lambda b: b.edit_automation("Customer sync", status="INACTIVE"),
    ),
    Scenario(
        "drift of a field that is not ours",
        [sync(code="AU")],
        {},
        [],
        lambda b: b.edit_automation("Customer sync", check_on="1 hour", property_name="x"),
    ),
    Scenario(
        "drift of a function",
        [pull(tag="t", description="d")],
        {PULL: {"tag": "drift"}},
        [Sent("PATCH", PULL_PATH, {"partner_function": {"tag": "t"}})],
        lambda b: b.edit_function("Customer import", tag="other"),
    ),
    Scenario(
        "both moved to the same: in sync, and the record catches up",
        [sync(check_on="4 hours")],
        {},
        [],
        lambda b: b.edit_automation("Customer sync", check_on="1 hour"),
        [sync(check_on="1 hour")],
        {SYNC: {"name": "Customer sync", "check_on": "1 hour"}},
    ),
    Scenario(
        "suspect: the criteria's text moved",
        [sync(check_on="4 hours", **{CRITERIA: GROUPS})],
        {SYNC: {CRITERIA: "suspect"}},
        [Sent("PATCH", SYNC_PATH, {"integration": {CRITERIA: GROUPS}})],
        lambda b: b.edit_automation("Customer sync", criteria=[group(rule("Name"))]),
    ),
    Scenario(
        "suspect: the criteria were removed",
        [sync(**{CRITERIA: GROUPS})],
        {SYNC: {CRITERIA: "suspect"}},
        [Sent("PATCH", SYNC_PATH, {"integration": {CRITERIA: GROUPS}})],
        lambda b: b.edit_automation("Customer sync", criteria=[]),
    ),
    Scenario(
        "suspect: a table's flag moved, and the flag itself is not ours",
        configuration({TAX_ROWS: rows(("a", "b"))}),
        {SETTINGS: {TAX_ROWS: "suspect"}},
        [
            Sent(
                "PATCH",
                SETTINGS_PATH,
                {"account": {"export": {"tax_mapping": {"mappings": rows(("a", "b"))}}}},
            )
        ],
        lambda b: b.edit_configuration("account.export.tax_mapping.enabled", "false"),
    ),
    Scenario(
        "suspect: a table's flag moved, and the flag drifted",
        configuration({REVENUE_ROWS: [], "transaction.invoice.export.sales_revenue_mapping.enabled": True}),
        {
            SETTINGS: {
                "transaction.invoice.export.sales_revenue_mapping.enabled": "drift",
                REVENUE_ROWS: "suspect",
            }
        },
        [
            Sent(
                "PATCH",
                SETTINGS_PATH,
                {
                    "transaction": {
                        "invoice": {"export": {"sales_revenue_mapping": {"enabled": "true", "mappings": []}}}
                    }
                },
            )
        ],
        lambda b: b.edit_configuration("transaction.invoice.export.sales_revenue_mapping.enabled", "false"),
    ),
    Scenario(
        "suspect: the account's flag moved, which is a sign of its tables",
        configuration({RECEIVABLES: rows(("a", "b")), "account.import.default_tax": "x"}),
        {SETTINGS: {RECEIVABLES: "suspect"}},
        [
            Sent(
                "PATCH",
                SETTINGS_PATH,
                {"account": {"export": {"account_receivable_mapping": {"mappings": rows(("a", "b"))}}}},
            )
        ],
        lambda b: b.edit_configuration("account.export.enabled", "false"),
    ),
    Scenario(
        "suspect: another uuid, so nothing that cannot be read is believed",
        [sync(check_on="4 hours", property_name="p", **{CRITERIA: GROUPS})],
        {SYNC: {"property_name": "suspect", CRITERIA: "suspect"}},
        [
            Sent(
                "PATCH",
                SYNC_PATH.replace("575a0961", "99999999"),
                {"integration": {"automation_details": {"property_name": "p"}, CRITERIA: GROUPS}},
            )
        ],
        replaced,
    ),
    Scenario(
        "our own change of the flag is no sign",
        configuration({"account.export.enabled": True, RECEIVABLES: rows(("a", "b"))}),
        {SETTINGS: {"account.export.enabled": "change"}},
        [Sent("PATCH", SETTINGS_PATH, {"account": {"export": {"enabled": "false"}}})],
        then=configuration({"account.export.enabled": False, RECEIVABLES: rows(("a", "b"))}),
    ),
    Scenario(
        "change of what cannot be read is compared with the record",
        [sync(property_name="p", ignore_threshold="1")],
        {SYNC: {"property_name": "change"}},
        [details(property_name="q")],
        then=[sync(property_name="q", ignore_threshold="1")],
    ),
    Scenario(
        "unverified: sent once",
        [sync(check_on="4 hours")],
        {SYNC: {"ignore_threshold": "unverified"}},
        [details(ignore_threshold="2")],
        then=[sync(check_on="4 hours", ignore_threshold="2")],
    ),
    Scenario(
        "adopt: a field that becomes ours and differs",
        [sync(check_on="4 hours")],
        {SYNC: {"code": "adopt"}},
        [details(code="NEW")],
        then=[sync(check_on="4 hours", code="NEW")],
    ),
    Scenario(
        "a field that becomes ours and is equal needs no call",
        [sync(check_on="4 hours")],
        {},
        [],
        then=[sync(check_on="4 hours", code="AU-CUST")],
        recorded={SYNC: {"name": "Customer sync", "check_on": "4 hours", "code": "AU-CUST"}},
    ),
    Scenario(
        "release: no call, and the value stays",
        [sync(check_on="4 hours", code="AU", property_name="p")],
        {SYNC: {"code": "release", "property_name": "release"}},
        [],
        then=[sync(check_on="4 hours")],
        recorded={SYNC: {"name": "Customer sync", "check_on": "4 hours"}},
    ),
    Scenario(
        "release beside a change: only the change travels",
        [sync(check_on="4 hours", code="AU")],
        {SYNC: {"check_on": "change", "code": "release"}},
        [details(check_on="1 hour")],
        then=[sync(check_on="1 hour")],
        recorded={SYNC: {"name": "Customer sync", "check_on": "1 hour"}},
    ),
    Scenario(
        "release of a configuration's fragment",
        configuration({"account.export.default_tax": "t", "account.export.enabled": True}),
        {SETTINGS: {"account.export.default_tax": "release"}},
        [],
        then=configuration({"account.export.enabled": True}),
        recorded={SETTINGS: {"account.export.enabled": True}},
    ),
    Scenario(
        "null clears, and is in sync afterwards",
        configuration({"account.export.default_tax": "t"}),
        {SETTINGS: {"account.export.default_tax": "change"}},
        [Sent("PATCH", SETTINGS_PATH, {"account": {"export": {"default_tax": None}}})],
        then=configuration({"account.export.default_tax": None}),
        recorded={SETTINGS: {"account.export.default_tax": None}},
    ),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_a_verdict_leads_to_what_the_table_says(bench: Bench, scenario: Scenario) -> None:
    bench.write(*scenario.first)
    bench.done()
    scenario.happens(bench)
    bench.write(*(scenario.then or scenario.first))
    plan = bench.plan()
    assert shown(plan) == scenario.shows
    assert bench.done(plan).sent == scenario.sends
    assert_settled(bench)
    for address, values in scenario.recorded.items():
        assert bench.recorded(address) == values


def test_the_sign_that_gave_an_edit_away_is_shown(bench: Bench) -> None:
    bench.write(sync(**{CRITERIA: GROUPS}))
    bench.done()
    bench.edit_automation("Customer sync", criteria=[group(rule("Name"))])
    sign = field_of(bench.plan(), SYNC, CRITERIA).sign
    assert sign is not None
    assert (sign.name, sign.recorded, sign.observed) == (
        "trigger_condition_text",
        "(Email HAS_VALUE)",
        "(Name HAS_VALUE)",
    )


CONFLICTS = [
    (
        "of what can be read",
        {"check_on": "4 hours"},
        {"check_on": "2 hours"},
        {"check_on": "1 hour"},
        {"check_on": "conflict"},
    ),
    (
        "of what cannot be read, by its sign",
        {CRITERIA: GROUPS},
        {CRITERIA: [group(rule("Code"))]},
        {"criteria": [group(rule("Name"))]},
        {CRITERIA: "conflict"},
    ),
]


@pytest.mark.parametrize(
    ("first", "then", "edit", "shows"), [c[1:] for c in CONFLICTS], ids=[c[0] for c in CONFLICTS]
)
def test_a_conflict_is_objected_to_unless_policy_overwrites(
    bench: Bench, first: dict[str, Any], then: dict[str, Any], edit: dict[str, Any], shows: dict[str, str]
) -> None:
    bench.write(sync(**first))
    bench.done()
    bench.edit_automation("Customer sync", **edit)
    bench.write(sync(**then))
    plan = bench.plan()
    assert shown(plan) == {SYNC: shows}
    assert [o.guard for o in plan.objections] == ["on_conflict"]

    bench.limits = Limits(on_conflict="overwrite")
    plan = bench.plan()
    assert plan.objections == ()
    assert len(bench.done(plan).sent) == 1
    assert_settled(bench)
    assert_record_is_true(bench)


def test_an_equal_object_is_adopted_without_a_call(bench: Bench) -> None:
    bench.write(sync(check_on="4 hours", code="AU-CUST", enabled=True), pull(tag="import_only_inventory"))
    plan = bench.plan()
    assert actions(plan) == {SYNC: "adopt", PULL: "adopt"}
    assert plan.writes == ()
    before = bench.world()
    applied = bench.done(plan)
    assert [e.method for e in applied.entries if e.path.startswith("/api/v3")] == []
    assert moved(before, bench.world()) == {}
    assert bench.recorded(SYNC)["code"] == "AU-CUST"
    assert_settled(bench)


def test_adoption_sends_what_differs_and_what_nobody_can_compare(bench: Bench) -> None:
    bench.write(sync(check_on="1 hour", code="AU-CUST", property_name="", enabled=False))
    plan = bench.plan()
    assert shown(plan) == {SYNC: {"check_on": "adopt", "property_name": "unverified", "enabled": "adopt"}}
    assert bench.done(plan).sent == [
        details(check_on="1 hour", property_name=""),
        Sent("POST", f"{SYNC_PATH}/disable", None),
    ]
    assert_settled(bench)


def test_an_address_is_bound_by_its_uuid_whatever_its_name(bench: Bench) -> None:
    bench.write(automation("sync", uuid=SYNC_UUID, code="X"))
    bench.done()
    bench.edit_automation("Customer sync", name="Renamed by hand")
    assert_settled(bench)
    bench.write(automation("sync", code="Y"))
    assert bench.done().sent == [details(code="Y")]


def test_two_live_objects_of_one_name_are_never_guessed_between(bench: Bench) -> None:
    item = bench.server.world.connection("xero-au").automations.named("Customer sync")
    bench.put("automations", {**item, "uuid": "twin"})
    bench.write(sync(code="X"))
    with pytest.raises(Undecidable):
        bench.plan()


def test_a_manifest_that_is_gone_is_forgotten_and_its_object_left_alone(bench: Bench) -> None:
    bench.write(sync(code="A"), pull(tag="t"))
    bench.done()
    before = bench.world()
    bench.write(sync(code="A"))
    plan = bench.plan()
    assert actions(plan) == {PULL: "forget"}
    assert bench.done(plan).sent == []
    assert moved(before, bench.world()) == {}
    assert [str(a) for a in bench.state.records] == [SYNC]
    assert_settled(bench)


def test_with_prune_the_object_goes_and_a_configuration_is_forgotten(bench: Bench) -> None:
    settings = configuration({"account.export.default_tax": "t"})
    bench.write(sync(code="A"), function("off", name="Credit note export"), *settings)
    bench.done()
    bench.prune = True
    bench.write(sync(code="A"))
    plan = bench.plan()
    assert actions(plan) == {SETTINGS: "forget", "xero-au/PartnerFunction/off": "delete"}
    assert [s.method for s in bench.done(plan).sent] == ["DELETE"]
    assert not bench.server.world.connection("xero-au").functions.names("Credit note export")
    assert_settled(bench)


def test_what_is_gone_on_both_sides_is_forgotten_without_a_call(bench: Bench) -> None:
    bench.write(function("off", name="Credit note export"), sync(code="A"))
    bench.done()
    bench.prune = True
    bench.remove("functions", "Credit note export")
    bench.write(sync(code="A"))
    plan = bench.plan()
    assert actions(plan) == {"xero-au/PartnerFunction/off": "forget"}
    assert bench.done(plan).sent == []
    assert_settled(bench)


def test_an_object_that_vanished_is_made_again_with_all_that_was_recorded(bench: Bench) -> None:
    first = sync(check_on="4 hours", property_name="p", enabled=False, **{CRITERIA: GROUPS})
    bench.write(first)
    bench.done()
    bench.remove("automations", "Customer sync")
    plan = bench.plan()
    assert actions(plan) == {SYNC: "create"}
    assert {f.cause for f in plan.changes[0].fields} == {Cause.DRIFT}
    bench.done(plan)
    assert_settled(bench)
    assert_record_is_true(bench)


def test_healing_drift_leaves_what_the_manifests_changed_for_later(bench: Bench) -> None:
    bench.write(sync(check_on="4 hours", code="A", property_name="p"), pull(tag="t"))
    bench.done()
    bench.edit_automation("Customer sync", check_on="9 hours")
    bench.write(sync(check_on="4 hours", code="B", property_name="q"))
    plan = bench.plan(mode="drift")
    assert shown(plan) == {SYNC: {"check_on": "drift"}}
    assert plan.only_drift
    assert bench.done(plan).sent == [details(check_on="4 hours")]
    assert bench.plan(mode="drift").empty
    rest = bench.plan()
    assert shown(rest)[SYNC] == {"code": "change", "property_name": "change"}


def test_healing_drift_takes_the_values_of_the_record_and_not_the_manifests(bench: Bench) -> None:
    bench.write(sync(check_on="4 hours"))
    bench.done()
    bench.edit_automation("Customer sync", check_on="9 hours")
    bench.write(sync(check_on="1 hour"))
    assert bench.done(bench.plan(mode="drift")).sent == [details(check_on="4 hours")]
    assert shown(bench.plan()) == {SYNC: {"check_on": "change"}}


def test_only_a_target_is_planned_for_and_the_rest_stays_pending(bench: Bench) -> None:
    bench.write(sync(check_on="1 hour"), pull(tag="t"))
    plan = bench.plan(targets=[SYNC])
    assert list(actions(plan)) == [SYNC]
    bench.done(plan)
    assert list(actions(bench.plan())) == [PULL]


def test_an_edit_of_the_criteria_while_something_else_is_applied_is_still_noticed(bench: Bench) -> None:
    """Between plan and apply: the write of another field must not take the moved sign for its own."""
    bench.write(sync(check_on="4 hours", **{CRITERIA: GROUPS}))
    bench.done()
    bench.write(sync(check_on="1 hour", **{CRITERIA: GROUPS}))
    plan = bench.plan()
    bench.edit_automation("Customer sync", criteria=[group(rule("Name"))])
    bench.done(plan)
    assert shown(bench.plan()) == {SYNC: {CRITERIA: "suspect"}}


def test_an_edit_of_a_table_while_something_else_is_applied_is_still_noticed(bench: Bench) -> None:
    def wish(tax: str) -> list[str]:
        return configuration({REVENUE_ROWS: rows(("a", "b")), "account.import.default_tax": tax})

    bench.write(*wish("one"))
    bench.done()
    bench.write(*wish("two"))
    plan = bench.plan()
    bench.edit_configuration("transaction.invoice.export.sales_revenue_mapping.enabled", "false")
    bench.done(plan)
    assert shown(bench.plan()) == {SETTINGS: {REVENUE_ROWS: "suspect"}}


def test_an_object_made_anew_is_not_believed_while_our_write_to_it_fails(bench: Bench) -> None:
    bench.write(sync(check_on="4 hours", property_name="p"))
    bench.done()
    replaced(bench)
    bench.edit_automation("Customer sync", property_name="never ours")
    bench.strike(Fault(Answer(400), "PATCH"))
    assert bench.apply().status(SYNC) is Status.FAILED
    bench.strike()
    assert shown(bench.plan()) in (
        {SYNC: {"property_name": "suspect"}},
        {SYNC: {"property_name": "unverified"}},
    )
    bench.done()
    assert_settled(bench)
    assert_record_is_true(bench)


def test_what_a_plan_shows_of_before_and_after_is_what_was_and_what_will_be(bench: Bench) -> None:
    bench.write(sync(check_on="1 hour", property_name="p"))
    first = bench.plan()
    assert (field_of(first, SYNC, "check_on").before, field_of(first, SYNC, "check_on").after) == (
        "4 hours",
        "1 hour",
    )
    assert field_of(first, SYNC, "property_name").before is MISSING
    bench.done(first)
    bench.write(sync(check_on="2 hours", property_name="q"))
    second = bench.plan()
    assert field_of(second, SYNC, "check_on").recorded == "1 hour"
    assert field_of(second, SYNC, "property_name").before == "p"
    assert change(second, SYNC).uuid == SYNC_UUID


def test_every_field_of_an_outcome_says_how_it_is_known(bench: Bench) -> None:
    bench.write(sync(check_on="1 hour", property_name="p", enabled=False))
    applied = bench.done()
    assert {f.path: f.result for f in applied.outcome(SYNC).fields} == {
        "check_on": Result.VERIFIED,
        "property_name": Result.ACCEPTED,
        "enabled": Result.VERIFIED,
    }
