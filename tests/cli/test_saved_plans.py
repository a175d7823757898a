"""A plan that was looked at is what is done: these bytes, or nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.cli.builder import AUTOMATIONS, CUSTOMER_SYNC, Books, Shell

ADDRESS = "xero-au/Automation/customer-sync"
PATCHED = (
    "PATCH",
    f"{AUTOMATIONS}/{CUSTOMER_SYNC}",
    {"integration": {"automation_details": {"check_on": "1 hour"}}},
)


@pytest.fixture
def saved(applied: Books, shell: Shell) -> Books:
    """A plan for 1 hour instead of 4, in the file `plan`."""
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    shell.ok("plan", "--out", "plan")
    return applied


def test_exactly_the_saved_plan_is_sent_without_asking_whatever_the_manifests_say_by_now(
    saved: Books, shell: Shell
) -> None:
    saved.edit("customer-sync.yaml", "1 hour", "2 hours")
    ended = shell("apply", "plan")
    assert (ended.code, ended.err) == (0, "")
    assert saved.sent == [PATCHED]


def test_its_requests_are_those_in_the_file(saved: Books, shell: Shell, home: Path) -> None:
    (change,) = json.loads((home / "plan").read_bytes())["changes"]
    shell.ok("apply", "plan", "--format", "json")
    assert saved.sent == [(r["method"], r["path"], r["body"]) for r in change["requests"]]


def test_showing_it_says_what_planning_said(saved: Books, shell: Shell) -> None:
    planned, shown = shell("plan"), shell("show", "plan")
    assert (shown.code, shown.out, shown.err) == (0, planned.out, "")
    assert not saved.sent


def test_it_is_refused_once_somebody_applied_in_between(saved: Books, shell: Shell) -> None:
    shell.apply()
    assert saved.sent == [PATCHED]
    ended = shell("apply", "plan")
    assert ended.code == 4
    assert ended.err.startswith("Error: this plan was applied already")
    assert "plan again" in ended.err
    assert not saved.sent
    again = shell("apply", "plan", "--format", "json")
    assert (again.code, again.out) == (4, "")


def test_it_is_refused_once_live_has_moved(saved: Books, shell: Shell, snapshot: SnapshotAssertion) -> None:
    saved.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    assert saved.sent
    ended = shell("apply", "plan")
    assert ended.code == 4
    assert ended.shown == snapshot
    assert not saved.sent
    assert shell.plan()["summary"]["conflict"] == 1


def test_what_live_has_already_is_not_sent_again(saved: Books, shell: Shell) -> None:
    saved.console.automation(CUSTOMER_SYNC, check_on="1 hour")
    assert saved.sent
    ended = shell.ok("apply", "plan")
    assert "already" in ended.out
    assert not saved.sent


@pytest.mark.parametrize(
    ("old", "new"),
    [('"1 hour"', '"9 hours"'), ('"books"', '"other"'), ('"format_version"', '"x": 1, "format_version"')],
)
def test_an_altered_file_is_refused(old: str, new: str, saved: Books, shell: Shell, home: Path) -> None:
    text = (home / "plan").read_text()
    assert old in text
    (home / "plan").write_text(text.replace(old, new))
    for words in (["apply", "plan"], ["show", "plan"]):
        ended = shell(*words)
        assert (ended.code, ended.out) == (4, "")
        assert "altered" in ended.err
    assert not saved.sent


def test_a_file_that_is_cut_short_is_refused(saved: Books, shell: Shell, home: Path) -> None:
    (home / "plan").write_bytes((home / "plan").read_bytes()[:200])
    ended = shell("apply", "plan")
    assert (ended.code, ended.out) == (4, "")
    assert "damaged" in ended.err
    assert not saved.sent


def test_a_file_for_another_environment_is_refused(
    saved: Books, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    saved.environment(name="staging")
    ended = shell("-e", "staging", "apply", "plan")
    assert ended.code == 4
    assert ended.shown == snapshot
    assert not saved.sent


def test_a_file_for_another_origin_is_refused(saved: Books, shell: Shell) -> None:
    saved.edit("environments/books.yaml", "http://127.0.0.1", "http://localhost")
    ended = shell("apply", "plan")
    assert (ended.code, ended.out) == (4, "")
    assert "made against http://127.0.0.1" in ended.err
    assert not saved.sent


def test_its_objections_are_not_forgotten(applied: Books, shell: Shell) -> None:
    applied.environment("max_changes: 0")
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    shell.ok("plan", "--out", "plan")
    applied.environment("max_changes: 100")
    assert shell("apply", "plan").code == 4
    assert not applied.sent
    shell.ok("apply", "plan", "--allow", "max_changes")
    assert applied.sent == [PATCHED]


def test_a_saved_first_plan_can_be_applied(books: Books, shell: Shell) -> None:
    shell.ok("plan", "--out", "plan")
    assert not books.state.exists()
    shell.ok("apply", "plan")
    assert shell.plan()["changes"] == []
    assert len(books.sent) == 1
    assert shell("apply", "plan").code == 4
    assert not books.sent


def test_an_empty_plan_can_be_saved_and_applied(applied: Books, shell: Shell) -> None:
    shell.ok("plan", "--out", "plan")
    assert shell.ok("apply", "plan").out == "No changes. 3 objects match the manifests.\n"
    assert not applied.sent


@pytest.mark.parametrize("option", [("--only", "drift"), ("--target", ADDRESS)])
def test_a_file_and_an_option_that_makes_a_plan_exclude_each_other(
    option: tuple[str, str], saved: Books, shell: Shell
) -> None:
    ended = shell("apply", "plan", *option)
    assert (ended.code, ended.out) == (64, "")
    assert not saved.sent


@pytest.mark.parametrize("command", ["apply", "show"])
@pytest.mark.parametrize("content", [None, "hello", "[]", '{"a": 1}'])
def test_what_is_no_plan_is_wrong_usage(
    command: str, content: str | None, applied: Books, shell: Shell, home: Path
) -> None:
    if content is not None:
        (home / "plan").write_text(content)
    ended = shell(command, "plan")
    assert (ended.code, ended.out) == (64, "")
    assert ended.err.startswith("Error: ")
    assert "plan --out FILE" in ended.err
    assert not applied.sent


def test_a_plan_that_cannot_be_saved_is_wrong_usage(applied: Books, shell: Shell) -> None:
    ended = shell("plan", "--out", "no/such/folder/plan")
    assert (ended.code, ended.out) == (64, "")
    assert "no/such/folder/plan" in ended.err
    assert not applied.sent


@pytest.mark.parametrize(
    ("policy", "guard"),
    [("max_changes: 0", "max_changes"), ("protect: [xero-au/Automation/*]", "protect")],
)
def test_a_policy_that_has_become_stricter_since_counts_for_a_saved_plan_too(
    policy: str, guard: str, saved: Books, shell: Shell
) -> None:
    saved.environment(policy)
    ended = shell("apply", "plan")
    assert ended.code == 4
    assert f"Error: {guard}:" in ended.err
    assert not saved.sent
    assert shell("apply", "plan", "--allow", guard).code == 0
    assert saved.sent == [PATCHED]


def test_a_saved_deletion_is_refused_where_nothing_is_pruned_any_more(applied: Books, shell: Shell) -> None:
    applied.environment("prune: true, max_change_percent: 100")
    applied.remove("supplier-export.yaml")
    shell.ok("plan", "--out", "plan")
    applied.environment("max_change_percent: 100")
    ended = shell("apply", "plan")
    assert ended.code == 4
    assert "Error: prune: 1 object would be deleted, and policy prunes nothing" in ended.err
    assert not applied.sent
    applied.environment("prune: true, max_change_percent: 100")
    assert shell("apply", "plan").code == 0
    assert [method for method, _, _ in applied.sent] == ["DELETE"]
