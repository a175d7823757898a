"""From an edit, here or in the console, to what is sent: as little as possible, and never the wrong thing."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.cli.builder import (
    AUTOMATIONS,
    CUSTOMER_IMPORT,
    CUSTOMER_SYNC,
    EXPORT,
    FUNCTIONS,
    SUPPLIER_EXPORT,
    SYNC,
    Books,
    Shell,
)

ADDRESS = "xero-au/Automation/customer-sync"


def patched(uuid: str, **details: str) -> tuple[str, str, object]:
    return "PATCH", f"{AUTOMATIONS}/{uuid}", {"integration": {"automation_details": details}}


def causes(document: dict[str, list[dict[str, list[dict[str, str]]]]]) -> dict[str, str]:
    return {field["path"]: field["cause"] for change in document["changes"] for field in change["fields"]}


def test_a_changed_manifest_is_a_pending_change_and_only_its_leaf_is_sent(
    applied: Books, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    pending = shell("plan", "--detailed-exitcode")
    assert pending.shown == snapshot
    assert pending.code == 2
    assert shell("plan").code == 0
    assert not applied.sent
    assert shell("apply", "--auto-approve").shown == snapshot
    assert applied.sent == [patched(CUSTOMER_SYNC, check_on="1 hour")]
    assert shell("plan", "--detailed-exitcode").code == 0


def test_drift_is_seen_and_healed_without_touching_what_the_manifests_changed(
    applied: Books, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    applied.console.automation(SUPPLIER_EXPORT, check_on="30 minutes")
    applied.sent  # noqa: B018 - what the console sent is forgotten
    drifted = shell("drift", "--detailed-exitcode")
    assert drifted.code == 3
    assert drifted.shown == snapshot
    assert shell("drift").code == 0
    assert shell("plan", "--detailed-exitcode").code == 2
    assert shell("apply", "--only", "drift", "--auto-approve").shown == snapshot
    assert applied.sent == [patched(SUPPLIER_EXPORT, check_on="8 hours")]
    assert shell("drift", "--detailed-exitcode").code == 0
    assert causes(shell.plan()) == {"check_on": "change"}


def test_where_only_drift_is_pending_a_plan_says_so_with_its_exit_code(applied: Books, shell: Shell) -> None:
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    assert shell("plan", "--detailed-exitcode").code == 3
    document = shell.plan()
    assert (causes(document), document["summary"]["drift"]) == ({"check_on": "drift"}, 1)


def test_nothing_drifts_before_the_first_apply(books: Books, shell: Shell) -> None:
    books.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    ended = shell("drift", "--detailed-exitcode")
    assert (ended.code, ended.err) == (0, "")


def test_criteria_that_somebody_edited_cannot_be_read_but_are_suspected_and_sent_again(
    applied: Books, shell: Shell
) -> None:
    other = {"group_condition": "AND", "rules": [{"field_name": "Name", "operator": "HAS_VALUE"}]}
    applied.console.criteria(SUPPLIER_EXPORT, other)
    assert applied.sent
    assert causes(shell.plan()) == {"additional_criteria_details": "suspect"}
    ended = shell("drift", "--detailed-exitcode")
    assert ended.code == 3
    assert "a sign of it moved" in " ".join(ended.out.split())
    shell.apply("--only", "drift")
    ((method, path, body),) = applied.sent
    assert (method, path) == ("PATCH", f"{AUTOMATIONS}/{SUPPLIER_EXPORT}")
    rule = {"field_name": "Account Number", "operator": "HAS_VALUE", "condition": "AND"}
    group = {"group_condition": "AND", "rules": [rule]}
    assert body == {"integration": {"additional_criteria_details": [group]}}
    assert shell("drift", "--detailed-exitcode").code == 0


def test_a_conflict_is_refused_and_nothing_at_all_is_sent(
    applied: Books, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    applied.edit("supplier-export.yaml", "8 hours", "2 hours")
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    assert applied.sent
    document = shell.plan()
    assert document["summary"]["conflict"] == 1
    assert [o["guard"] for o in document["objections"]] == ["on_conflict"]
    assert shell("plan", "--detailed-exitcode").code == 2
    ended = shell("apply", "--auto-approve")
    assert ended.code == 4
    assert ended.shown == snapshot
    assert not applied.sent


@pytest.mark.parametrize("way", ["policy", "flag"])
def test_who_says_so_overwrites_a_conflict(way: str, applied: Books, shell: Shell) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    assert applied.sent
    if way == "policy":
        applied.environment("on_conflict: overwrite")
        shell.apply()
    else:
        shell.apply("--allow", "on_conflict")
    assert applied.sent == [patched(CUSTOMER_SYNC, check_on="1 hour")]


def test_both_sides_moving_to_the_same_value_is_no_conflict(applied: Books, shell: Shell) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    applied.console.automation(CUSTOMER_SYNC, check_on="1 hour")
    assert applied.sent
    assert shell.plan()["changes"] == []
    shell.apply()
    assert not applied.sent
    assert shell.ok("state", "show", ADDRESS).document["fields"]["check_on"]["value"] == "1 hour"


def test_a_function_and_the_automation_that_names_it_are_made_in_one_run(
    empty_books: Books, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    books = empty_books
    books.function("refund-export", "name: Refund export\nobject_name: refund\nenabled: false\n")
    books.automation(
        "refunds",
        "name: Refunds\ncheck_on: 8 hours\nperform_action: {ref: PartnerFunction/refund-export}\n"
        "another_automation: {ref: Automation/customer-sync}\nenabled: false\n",
    )
    books.automation("customer-sync", "name: Customer sync\n")
    document = shell.plan()
    assert document["summary"]["create"] == 2
    wanted = {c["address"]: c["depends_on"] for c in document["changes"]}
    assert "xero-au/PartnerFunction/refund-export" in wanted["xero-au/Automation/refunds"]
    assert shell("plan").shown == snapshot
    ended = shell("apply", "--auto-approve")
    assert ended.code == 0
    function = books.world.connection("xero-au").functions.named("Refund export")["uuid"]
    automation = books.world.connection("xero-au").automations.named("Refunds")["uuid"]
    sent = books.sent
    assert [(method, path) for method, path, _ in sent] == [
        ("POST", FUNCTIONS),
        ("POST", f"{FUNCTIONS}{function}/disable"),
        ("POST", AUTOMATIONS),
        ("POST", f"{AUTOMATIONS}/{automation}/disable"),
    ]
    assert sent[2][2] == {
        "integration": {
            "automation_details": {
                "name": "Refunds",
                "check_on": "8 hours",
                "perform_action": function,
                "another_automation": "Customer sync",
            }
        }
    }
    assert shell("plan", "--detailed-exitcode").code == 0
    assert shell.ok("state", "show", "xero-au/Automation/refunds").document["uuid"] == automation


def test_the_switch_travels_as_a_call_of_its_own(applied: Books, shell: Shell) -> None:
    applied.edit("customer-sync.yaml", "enabled: true", "enabled: false")
    applied.edit("customer-import.yaml", "enabled: true", "enabled: false")
    shell.apply()
    assert sorted(applied.sent) == [
        ("POST", f"{AUTOMATIONS}/{CUSTOMER_SYNC}/disable", None),
        ("POST", f"{FUNCTIONS}{CUSTOMER_IMPORT}/disable", None),
    ]
    applied.edit("customer-sync.yaml", "enabled: false", "enabled: true")
    shell.apply()
    assert applied.sent == [("POST", f"{AUTOMATIONS}/{CUSTOMER_SYNC}/enable", None)]


def test_a_field_that_is_left_out_is_released_without_a_call(
    applied: Books, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    applied.edit("customer-sync.yaml", "  check_on: 4 hours\n", "")
    (change,) = shell.plan()["changes"]
    assert [(f["path"], f["cause"]) for f in change["fields"]] == [("check_on", "release")]
    assert change["requests"] == []
    assert shell("plan").shown == snapshot
    shell.apply()
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    assert [path for _, path, _ in applied.sent] == [f"{AUTOMATIONS}/{CUSTOMER_SYNC}"]
    assert shell.plan()["changes"] == []
    assert shell("drift", "--detailed-exitcode").code == 0


def test_an_object_without_a_manifest_is_forgotten_and_left_alone(
    applied: Books, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    applied.remove("customer-sync.yaml")
    document = shell.plan()
    assert [(c["address"], c["action"], c["requests"]) for c in document["changes"]] == [
        (ADDRESS, "forget", [])
    ]
    assert shell("plan").shown == snapshot
    shell.apply()
    assert not applied.sent
    assert applied.world.connection("xero-au").automations.get(CUSTOMER_SYNC)
    assert ADDRESS not in shell.ok("state", "list").out
    assert shell.plan()["changes"] == []


def test_with_prune_it_is_deleted_whatever_uses_it_first(applied: Books, shell: Shell) -> None:
    applied.edit(
        "customer-sync.yaml", "enabled", "perform_action: {ref: PartnerFunction/customer-import}\n  enabled"
    )
    shell.apply()
    assert not applied.sent
    applied.environment("prune: true")
    applied.remove("customer-sync.yaml")
    applied.remove("customer-import.yaml")
    assert shell.plan()["summary"]["delete"] == 2
    shell.apply()
    assert applied.sent == [
        ("DELETE", f"/api/v3/integration/automation/{CUSTOMER_SYNC}", None),
        ("DELETE", f"{FUNCTIONS}{CUSTOMER_IMPORT}", None),
    ]
    assert shell("plan", "--detailed-exitcode").code == 0


def test_a_target_takes_one_object_with_what_it_needs(applied: Books, shell: Shell) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    applied.edit("supplier-export.yaml", "8 hours", "2 hours")
    assert [c["address"] for c in shell.plan("--target", ADDRESS)["changes"]] == [ADDRESS]
    assert len(shell.plan("--target", "xero-au/Automation/*")["changes"]) == 2
    shell.apply("--target", ADDRESS)
    assert applied.sent == [patched(CUSTOMER_SYNC, check_on="1 hour")]
    assert [c["address"] for c in shell.plan()["changes"]] == ["xero-au/Automation/supplier-export"]


def test_a_target_nobody_knows_is_wrong_usage(
    applied: Books, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    ended = shell("plan", "--target", "xero-au/Automation/customer-snyc")
    assert ended.code == 64
    assert ended.shown == snapshot
    assert not applied.sent


def test_several_edits_of_one_object_are_one_request(applied: Books, shell: Shell) -> None:
    applied.automation("customer-sync", SYNC.replace("4 hours", "1 hour") + "code: CUST\n")
    applied.automation("supplier-export", EXPORT.replace("8 hours", "2 hours"))
    shell.apply()
    assert sorted(applied.sent, key=lambda sent: sent[1]) == [
        patched(SUPPLIER_EXPORT, check_on="2 hours"),
        patched(CUSTOMER_SYNC, check_on="1 hour", code="CUST"),
    ]


def test_a_verbose_plan_shows_each_request(applied: Books, shell: Shell) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    assert "PATCH /api/v3" not in shell("plan").out
    assert f"PATCH {AUTOMATIONS}/{CUSTOMER_SYNC}" in "".join(shell("-v", "plan").out.split("\n")).replace(
        "  ", ""
    )
