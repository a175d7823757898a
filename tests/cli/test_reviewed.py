"""What is applied after a merge is what was reviewed before it, also where the record has moved on meanwhile."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.builder import CUSTOMER_SYNC, SUPPLIER_EXPORT, Books, Shell

SYNC_ADDRESS = "xero-au/Automation/customer-sync"


@pytest.fixture
def reviewed(applied: Books, shell: Shell) -> Books:
    """A plan for 1 hour instead of 4, in the file `plan`."""
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    shell.ok("plan", "--out", "plan")
    return applied


def test_what_was_reviewed_is_applied_without_asking(reviewed: Books, shell: Shell) -> None:
    assert shell("apply", "--reviewed", "plan").code == 0
    assert reviewed.details(CUSTOMER_SYNC)["check_on"] == "1 hour"


def test_it_still_counts_after_another_plan_was_applied(reviewed: Books, shell: Shell) -> None:
    shell.ok("apply", "--auto-approve", "--only", "drift")
    reviewed.console.automation(SUPPLIER_EXPORT, check_on="1 hour")
    shell.ok("apply", "--auto-approve", "--only", "drift")
    assert reviewed.sent
    assert shell("apply", "plan").code == 4  # the record has moved, so the file itself is stale
    assert shell("apply", "--reviewed", "plan").code == 0
    assert len(reviewed.sent) == 1


def test_two_reviewed_plans_cover_what_both_asked_for(reviewed: Books, shell: Shell) -> None:
    reviewed.edit("customer-sync.yaml", "1 hour", "4 hours")
    reviewed.edit("supplier-export.yaml", "8 hours", "2 hours")
    shell.ok("plan", "--out", "other")
    reviewed.edit("customer-sync.yaml", "4 hours", "1 hour")
    for alone in ("plan", "other"):
        assert shell("apply", "--reviewed", alone).code == 4
        assert not reviewed.sent
    assert shell("apply", "--reviewed", "plan", "--reviewed", "other").code == 0
    assert len(reviewed.sent) == 2


def test_what_the_manifests_say_beyond_it_is_refused_with_how_to_go_on(reviewed: Books, shell: Shell) -> None:
    reviewed.edit("customer-sync.yaml", "1 hour", "2 hours")
    ended = shell("apply", "--reviewed", "plan")
    assert ended.code == 4
    assert SYNC_ADDRESS in ended.err
    assert not reviewed.sent
    fresh = shell.plan()["id"]
    assert f"apply --reviewed {fresh}" in ended.err
    assert shell("apply", "--reviewed", fresh).code == 0
    assert reviewed.details(CUSTOMER_SYNC)["check_on"] == "2 hours"


def test_what_moved_in_live_since_it_was_reviewed_is_refused(reviewed: Books, shell: Shell) -> None:
    reviewed.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    assert reviewed.sent
    assert shell("apply", "--reviewed", "plan").code == 4
    assert not reviewed.sent


def test_a_sum_of_another_plan_is_no_review(reviewed: Books, shell: Shell) -> None:
    assert shell("apply", "--reviewed", "sha256:" + "0" * 64).code == 4
    assert not reviewed.sent


def test_a_plan_of_another_environment_counts_for_nothing(reviewed: Books, shell: Shell) -> None:
    reviewed.environment(name="other")
    shell.ok("-e", "other", "plan", "--out", "foreign")
    ended = shell("apply", "--reviewed", "foreign")
    assert ended.code == 4
    assert "foreign does not count: this plan is for other" in ended.err
    assert not reviewed.sent


def test_one_that_was_altered_is_refused(reviewed: Books, shell: Shell, home: Path) -> None:
    document = json.loads((home / "plan").read_text())
    document["changes"][0]["requests"][0]["body"]["integration"]["automation_details"]["check_on"] = "9 hours"
    (home / "plan").write_text(json.dumps(document))
    reviewed.edit("customer-sync.yaml", "1 hour", "9 hours")
    assert shell("apply", "--reviewed", "plan").code == 4
    assert not reviewed.sent


def test_nothing_to_do_needs_no_review(applied: Books, shell: Shell) -> None:
    shell.ok("plan", "--out", "plan")
    assert shell("apply", "--reviewed", "plan").code == 0
    assert not applied.sent


def test_a_saved_plan_is_held_against_it_just_so(reviewed: Books, shell: Shell) -> None:
    reviewed.edit("customer-sync.yaml", "1 hour", "2 hours")
    shell.ok("plan", "--out", "fresh")
    assert shell("apply", "fresh", "--reviewed", "plan").code == 4
    assert not reviewed.sent
    assert shell("apply", "fresh", "--reviewed", shell.plan()["id"]).code == 0
    assert reviewed.details(CUSTOMER_SYNC)["check_on"] == "2 hours"
