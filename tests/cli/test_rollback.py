"""Going back to what was there before a run, as a plan like any other."""

from __future__ import annotations

from tests.cli.builder import AUTOMATIONS, CUSTOMER_SYNC, Books, Shell


def last_run(shell: Shell) -> str:
    run: str = shell.ok("state", "history", "--format", "json").document[0]["run"]
    return run


def test_a_rollback_restores_what_the_run_replaced_and_nothing_else(applied: Books, shell: Shell) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    shell.apply()
    run = last_run(shell)
    applied.edit(
        "customer-sync.yaml",
        "direction: IMPORT\n",
        "direction: IMPORT\ncode: KEPT\n".replace("code", "  code"),
    )
    shell.apply()
    assert applied.sent
    ended = shell.ok("rollback", run[:8], "--auto-approve")
    assert "Rollback in books" in ended.out
    body = {"integration": {"automation_details": {"check_on": "4 hours"}}}
    assert applied.sent == [("PATCH", f"{AUTOMATIONS}/{CUSTOMER_SYNC}", body)]
    assert applied.details(CUSTOMER_SYNC)["code"] == "KEPT"


def test_afterwards_the_manifests_still_ask_for_their_own(applied: Books, shell: Shell) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    shell.apply()
    shell.ok("rollback", last_run(shell), "--auto-approve")
    (change,) = shell.plan()["changes"]
    assert [(f["path"], f["cause"]) for f in change["fields"]] == [("check_on", "change")]
    assert shell.ok("drift").out.startswith("No drift.")


def test_criteria_go_back_to_what_was_recorded_although_nobody_can_read_them(
    applied: Books, shell: Shell
) -> None:
    applied.edit("supplier-export.yaml", "Account Number", "Email")
    shell.apply()
    applied.sent  # noqa: B018 - looked at, so that only what follows is left
    shell.ok("rollback", last_run(shell), "--auto-approve")
    ((_, _, body),) = applied.sent
    assert "Account Number" in str(body)


def test_a_rollback_can_be_saved_and_reviewed(applied: Books, shell: Shell) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    shell.apply()
    applied.sent  # noqa: B018 - looked at
    shell.ok("rollback", last_run(shell), "--out", "back")
    assert not applied.sent
    shell.ok("apply", "back", "--auto-approve")
    assert len(applied.sent) == 1


def test_a_creation_is_named_and_left_to_people(applied: Books, shell: Shell) -> None:
    applied.automation("new", "name: New one\n")
    shell.apply()
    applied.sent  # noqa: B018 - looked at
    ended = shell.ok("rollback", last_run(shell), "--auto-approve")
    assert "Not undone, do it by hand: create of xero-au/Automation/new" in ended.err
    assert not applied.sent


def test_a_run_that_nobody_knows_is_refused(applied: Books, shell: Shell) -> None:
    ended = shell("rollback", "feedbeef", "--auto-approve")
    assert (ended.code, applied.sent) == (64, [])
    assert "no run begins with 'feedbeef'" in ended.err
