"""A success of the server's is not believed: dropped, rewritten and kept values are told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from reconciler.emulator import Drop, Fault, Rewrite, Stale
from reconciler.outcomes import Result, Status
from tests.acting.bench import (
    Bench,
    assert_record_is_true,
    assert_settled,
    automation,
    configuration,
    document,
    function,
    shown,
)

SYNC = "xero-au/Automation/it"
PULL = "xero-au/PartnerFunction/it"
SETTINGS = "xero-au/Configuration"


@dataclass(frozen=True)
class Wish:
    """One kind, before and after a change of `path`, beside which `other` changes too."""

    name: str
    address: str
    first: list[str]
    then: list[str]
    path: str
    other: str


def _automation(**spec: Any) -> list[str]:  # noqa: ANN401 - JSON
    return [automation("it", name="Customer sync", **spec)]


def _function(**spec: Any) -> list[str]:  # noqa: ANN401 - JSON
    return [function("it", name="Customer import", **spec)]


WISHES = [
    Wish(
        "an automation",
        SYNC,
        _automation(display_name="old", code="old"),
        _automation(display_name="New  Name", code="new"),
        "display_name",
        "code",
    ),
    Wish(
        "a function",
        PULL,
        _function(description="old", tag="old"),
        _function(description="New  Name", tag="new"),
        "description",
        "tag",
    ),
]


@pytest.mark.parametrize("wish", WISHES, ids=lambda w: w.name)
def test_a_dropped_field_fails_by_name_and_the_others_are_kept(bench: Bench, wish: Wish) -> None:
    bench.write(*wish.first)
    bench.done()
    bench.write(*wish.then)
    bench.strike(Fault(Drop(wish.path), "PATCH"))
    outcome = bench.apply().outcome(wish.address)
    assert outcome.status is Status.FAILED
    assert wish.path in outcome.message
    assert {f.path: f.result for f in outcome.fields} == {
        wish.path: Result.DROPPED,
        wish.other: Result.VERIFIED,
    }
    assert_record_is_true(bench)
    assert bench.doubts == set()
    assert shown(bench.plan()) == {wish.address: {wish.path: "change"}}
    bench.strike()
    bench.done()
    assert_settled(bench)


@pytest.mark.parametrize("wish", WISHES, ids=lambda w: w.name)
@pytest.mark.parametrize(
    "effect",
    [Rewrite("?", "upper"), Rewrite("?", "lower"), Rewrite("?", "fixed", "quite another")],
    ids=["upper", "lower", "fixed"],
)
def test_a_value_that_the_server_rewrites_is_reported_and_then_left_in_peace(
    bench: Bench, wish: Wish, effect: Rewrite
) -> None:
    bench.write(*wish.first)
    bench.done()
    bench.write(*wish.then)
    bench.strike(Fault(Rewrite(wish.path, effect.how, effect.value), "PATCH", times=None))
    outcome = bench.done().outcome(wish.address)
    assert {f.path: f.result for f in outcome.fields}[wish.path] is Result.NORMALISED
    assert_settled(bench)
    assert bench.recorded(wish.address)[wish.path] == "New  Name"
    assert bench.plan(mode="drift").empty


@pytest.mark.parametrize("wish", WISHES, ids=lambda w: w.name)
def test_a_rewritten_value_that_moves_on_is_drift_again(bench: Bench, wish: Wish) -> None:
    bench.strike(Fault(Rewrite(wish.path, "upper"), "PATCH", times=None))
    bench.write(*wish.then)
    bench.done()
    edit = bench.edit_automation if wish.address == SYNC else bench.edit_function
    edit("Customer sync" if wish.address == SYNC else "Customer import", **{wish.path: "by hand"})
    assert shown(bench.plan()) == {wish.address: {wish.path: "drift"}}


DROPPED_FLAGS = [
    "account.export.enabled",
    "account.export.tax_mapping.enabled",
    "account.export.sync_to_xero",
    "account.import.enabled",
    "account.import.tax_mapping.enabled",
    "transaction.invoice.export.enabled",
    "transaction.invoice.export.sales_revenue_mapping.enabled",
    "transaction.invoice.export.sync_to_xero",
]


@pytest.mark.parametrize("path", DROPPED_FLAGS)
@pytest.mark.parametrize("way", [True, False])
def test_a_flag_of_the_configuration_that_is_dropped_fails_by_name(
    bench: Bench, path: str, way: bool
) -> None:
    bench.edit_configuration(path, "false" if way else "true")
    bench.write(*configuration({path: way, "account.export.default_tax": "t"}))
    bench.strike(Fault(Drop(path), "PATCH"))
    outcome = bench.apply().outcome(SETTINGS)
    assert outcome.status is Status.FAILED
    assert path in outcome.message
    assert {f.path: f.result for f in outcome.fields} == {
        path: Result.DROPPED,
        "account.export.default_tax": Result.ACCEPTED,
    }
    assert_record_is_true(bench)
    bench.strike()
    bench.done()
    assert_settled(bench)


def test_a_field_dropped_at_creation_fails_and_is_sent_again(bench: Bench) -> None:
    bench.write(function("it", name="Brand new", tag="t", description="d"))
    bench.strike(Fault(Drop("tag"), "POST", "*/partner-function/"))
    outcome = bench.apply().outcome(PULL)
    assert (outcome.status, outcome.message) == (Status.FAILED, "dropped by the server: tag")
    assert_record_is_true(bench)
    bench.strike()
    assert [(s.method, s.body) for s in bench.done().sent] == [("PATCH", {"partner_function": {"tag": "t"}})]
    assert_settled(bench)


def test_a_value_that_is_cleared_and_yet_stays_is_dropped(bench: Bench) -> None:
    bench.write(*_automation(code="old"))
    bench.done()
    bench.write(*_automation(code=""))
    bench.strike(Fault(Drop("code"), "PATCH"))
    assert bench.apply().outcome(SYNC).message == "dropped by the server: code"


def test_what_cannot_be_read_is_accepted_even_where_it_is_dropped(bench: Bench) -> None:
    bench.write(*_automation(property_name="p"))
    bench.strike(Fault(Drop("property_name"), "PATCH"))
    outcome = bench.done().outcome(SYNC)
    assert [f.result for f in outcome.fields] == [Result.ACCEPTED]


def test_what_depends_on_an_object_with_a_dropped_field_waits(bench: Bench) -> None:
    bench.write(
        function("it", name="Brand new", tag="t"),
        document(
            "Automation", "it", {"name": "New", "perform_action": {"ref": "PartnerFunction/it"}}, "xero-au"
        ),
    )
    bench.strike(Fault(Drop("tag"), "POST", "*/partner-function/"))
    assert bench.apply().statuses == {PULL: Status.FAILED, SYNC: Status.BLOCKED}
    bench.strike()
    bench.done()
    assert_settled(bench)
    assert_record_is_true(bench)


def test_a_switch_is_verified_by_a_read_of_its_own(bench: Bench) -> None:
    bench.write(*_automation(enabled=False))
    applied = bench.done()
    assert [e.method for e in applied.entries if "/automation/" in e.path] == ["GET", "POST", "GET"]
    assert [f.result for f in applied.outcome(SYNC).fields] == [Result.VERIFIED]


def test_a_late_read_of_our_own_write_is_read_again_and_not_written_again(bench: Bench) -> None:
    bench.write(*_automation(enabled=False))
    plan = bench.plan()
    bench.strike(Fault(Stale(), "GET", "*/automation/*", nth=2))
    applied = bench.done(plan)
    assert [e.faults for e in applied.entries if e.faults] == [("Stale",)]
    assert [s.method for s in applied.sent] == ["POST"]
    assert_settled(bench)
