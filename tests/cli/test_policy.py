"""What an operator relies on, tried as one would: nothing is lost, undone or sent behind anybody's back."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from reconciler.backends import Holder, open_backend
from reconciler.emulator import Fault, Status
from reconciler.resources import Address, Recorded
from reconciler.state import Transition
from tests.cli.builder import AU, CUSTOMER_SYNC, SUPPLIER_EXPORT, Books, Shell, manifest
from tests.cli.test_changes import patched
from tests.cli.test_rollback import last_run

SYNC = "xero-au/Automation/customer-sync"


def rename(books: Books, more: str = "") -> None:
    books.edit(
        "customer-sync.yaml", "name: customer-sync,", f"name: clients, moved_from: customer-sync{more},"
    )


def test_a_rename_that_is_not_applied_yet_is_not_rolled_forward_by_healing_drift(
    applied: Books, shell: Shell
) -> None:
    rename(applied)
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    applied.sent  # noqa: B018 - the console's
    assert shell.ok("drift", "--format", "json").document["moves"] == []
    shell.ok("drift", "--correct")
    assert applied.sent == [patched(CUSTOMER_SYNC, check_on="4 hours")]
    assert SYNC in shell.ok("state", "list").out
    assert [m["to"] for m in shell.plan()["moves"]] == ["xero-au/Automation/clients"]


@pytest.mark.parametrize("lifecycle", ["ignore: [check_on]", "drift: off", "protect: true"])
def test_what_a_renamed_manifest_says_of_drift_holds_before_the_rename_is_applied(
    lifecycle: str, applied: Books, shell: Shell
) -> None:
    rename(applied, f", lifecycle: {{{lifecycle}}}")
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    applied.sent  # noqa: B018 - the console's
    shell("drift", "--correct")
    assert not applied.sent


@pytest.mark.parametrize("command", [["rollback"], ["apply", "--only", "drift"]])
def test_a_rename_waits_for_its_apply(command: list[str], applied: Books, shell: Shell) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    shell.apply()
    rename(applied)
    if command == ["rollback"]:
        command.append(last_run(shell))
    else:
        applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    shell.ok(*command, "--auto-approve")
    assert SYNC in shell.ok("state", "list").out


def test_a_rollback_says_what_is_not_recorded_any_more(applied: Books, shell: Shell) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    shell.apply()
    run = last_run(shell)
    shell.ok("state", "forget", SYNC)
    applied.sent  # noqa: B018 - looked at
    ended = shell.ok("rollback", run, "--auto-approve")
    assert f"by hand: update of {SYNC}, which is not recorded any more" in ended.err
    assert not applied.sent


@pytest.mark.parametrize("pattern", ["xero-au/TaxMapping/tax", "xero-au/Configuration", "*/TaxMapping/*"])
def test_a_mapping_is_protected_by_its_own_name_too(pattern: str, empty_books: Books, shell: Shell) -> None:
    books = empty_books
    books.write("tax.yaml", manifest("TaxMapping", "tax", "direction: export\ndefault_tax: A\n"))
    shell.apply()
    books.sent  # noqa: B018 - looked at
    books.environment(f'protect: ["{pattern}"]')
    books.edit("tax.yaml", "default_tax: A", "default_tax: B")
    assert shell("apply", "--auto-approve").code == 4
    assert not books.sent


def test_a_record_is_kept_until_the_deletion_is_seen(applied: Books, shell: Shell) -> None:
    """The service answers with success and keeps the object."""
    applied.environment("prune: true")
    applied.remove("customer-sync.yaml")
    applied.running.faults.add(Fault(Status(200, {"message": "ok"}), "DELETE"))
    ended = shell("apply", "--auto-approve", "--format", "json")
    (outcome,) = ended.document["outcomes"]
    assert (ended.code, outcome["status"]) == (1, "failed")
    assert "still there" in outcome["message"]
    assert SYNC in shell.ok("state", "list").out
    shell.apply()
    assert SYNC not in shell.ok("state", "list").out
    assert applied.world.connection(AU).automations.get(CUSTOMER_SYNC) is None


def test_a_deletion_that_nobody_could_look_after_stays_in_doubt(applied: Books, shell: Shell) -> None:
    applied.environment("prune: true")
    applied.remove("customer-sync.yaml")
    applied.running.faults.add(Fault(Status(500), "GET", f"*/automation/{CUSTOMER_SYNC}", nth=2, times=None))
    ended = shell("apply", "--auto-approve", "--format", "json")
    assert [o["status"] for o in ended.document["outcomes"]] == ["unknown"]
    applied.running.faults.clear()
    again = shell("apply", "--auto-approve")
    assert again.code == 0
    assert SYNC not in shell.ok("state", "list").out


def test_a_file_of_events_that_fills_up_does_not_end_the_run(applied: Books, shell: Shell) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    ended = shell.ok("apply", "--auto-approve", "--events", "/dev/full")
    assert ended.err.count("missing events from here on") == 1
    assert applied.sent == [patched(CUSTOMER_SYNC, check_on="1 hour")]


def test_events_that_cannot_be_written_at_all_are_told_before_anything_is_sent(
    applied: Books, shell: Shell, home: Path
) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    assert shell("apply", "--auto-approve", "--events", str(home / "no/folder")).code == 64
    assert not applied.sent


def test_a_partial_failure_is_told_change_by_change_in_words_json_and_events(
    applied: Books, shell: Shell
) -> None:
    """One fails, what names it is blocked, the rest is done, and nothing is deleted."""
    applied.environment("prune: true")
    applied.remove("supplier-export.yaml")
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    applied.function("new", "name: New function\n")
    applied.automation("uses-new", "name: Uses new\nperform_action: {ref: PartnerFunction/new}\n")
    refused = Status(400, {"errors": [{"code": "X1", "message": "no such luck"}]})
    applied.running.faults.add(Fault(refused, "POST", "*/partner-function/"))
    ended = shell("apply", "--auto-approve", "--format", "json", "--events", "events")
    told = {o["address"].rpartition("/")[2]: (o["status"], o["message"]) for o in ended.document["outcomes"]}
    assert ended.code == 1
    assert told["customer-sync"][0] == "done"
    assert told["new"][0] == "failed"
    assert "no such luck" in told["new"][1]
    assert told["uses-new"] == ("blocked", "it depends on xero-au/PartnerFunction/new, which did not succeed")
    assert told["supplier-export"] == ("not tried", "nothing is deleted after a failure")
    assert {k: v for k, v in ended.document["summary"].items() if v} == {
        "done": 1,
        "failed": 1,
        "blocked": 1,
        "not tried": 1,
    }
    events = [json.loads(line) for line in Path("events").read_text().splitlines()]
    assert {e["address"] for e in events if e["event"] == "outcome"} == {
        o["address"] for o in ended.document["outcomes"]
    }
    shell.apply()
    assert shell("plan", "--detailed-exitcode").code == 0


@pytest.mark.parametrize("command", [["apply", "--auto-approve"], ["drift", "--correct"]])
def test_who_waited_for_the_lock_plans_anew_where_the_other_has_applied(
    command: list[str], applied: Books, shell: Shell
) -> None:
    applied.console.automation(SUPPLIER_EXPORT, check_on="30 minutes")
    applied.sent  # noqa: B018 - the console's
    place = f"sqlite:///{applied.state}"
    with open_backend(place, environment="books", folder=applied.folder) as backend:
        lease = backend.acquire(Holder("eve@elsewhere", 7, "run-1", "abc", "apply"), 60)

        def finish() -> None:
            while not any(e.method == "GET" for e in applied.running.log):
                time.sleep(0.01)  # the record is read before live is
            other = Recorded(Address("xero-nz", "Automation", "other"), "u")
            backend.commit(Transition(put=(other,)), lease=lease)
            backend.commit(Transition(drop=(other.address,)), lease=lease)
            backend.release(lease)

        thread = threading.Thread(target=finish)
        thread.start()
        ended = shell(*command, "--lock-timeout", "20")
        thread.join()
    assert ended.code == 0, ended.shown
    assert "planned anew" in ended.err
    assert applied.sent == [patched(SUPPLIER_EXPORT, check_on="8 hours")]


def test_a_reviewed_plan_is_not_planned_anew(applied: Books, shell: Shell) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    shell.ok("plan", "--out", "reviewed")
    shell.ok("state", "forget", "xero-au/Automation/supplier-export")
    assert shell("apply", "reviewed", "--auto-approve").code == 4
    assert not applied.sent


def test_policy_protects_against_deletion_where_the_manifest_is_gone(applied: Books, shell: Shell) -> None:
    applied.environment(f"prune: true, protect: [{SYNC}]")
    applied.remove("customer-sync.yaml")
    ended = shell("apply", "--auto-approve")
    assert ended.code == 4
    assert f"{SYNC} is protected" in ended.err
    assert not applied.sent


def test_a_project_that_lost_its_manifests_deletes_nothing_until_it_is_said(
    applied: Books, shell: Shell
) -> None:
    applied.environment("prune: true, max_change_percent: 100")
    for name in ("customer-sync", "supplier-export", "customer-import"):
        applied.remove(f"{name}.yaml")
    assert shell("apply", "--auto-approve").code == 4
    assert not applied.sent
    shell.apply("--allow", "empty_project")
    assert {method for method, _, _ in applied.sent} == {"DELETE"}
