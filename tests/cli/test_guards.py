"""What policy refuses: the plan shows it, apply sends nothing, and one run may be let through by name."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.cli.builder import Books, Shell


def breach(guard: str, books: Books) -> None:
    """Break one guard, and only this one."""
    match guard:
        case "max_changes":
            books.environment("max_changes: 0")
            books.edit("customer-sync.yaml", "4 hours", "1 hour")
        case "max_change_percent":
            books.environment("max_change_percent: 10")
            books.edit("customer-sync.yaml", "4 hours", "1 hour")
        case "protect":
            books.environment("protect: [xero-au/Automation/customer-*]")
            books.edit("customer-sync.yaml", "4 hours", "1 hour")
        case "allow_create":
            books.environment("allow_create: false")
            books.automation("new", "name: New one\n")
        case "empty_project":
            for path in books.folder.glob("*.yaml"):
                if path.name != "reconciler.yaml":
                    path.unlink()
        case _:
            raise AssertionError(guard)


@pytest.fixture
def five(applied: Books, shell: Shell) -> Books:
    """Five managed objects: from here on a percentage means something."""
    applied.automation("item-import", "name: Item import\n")
    applied.automation("payment-import", "name: Payment import\n")
    shell.apply()
    assert not applied.sent
    return applied


@pytest.mark.parametrize(
    "guard", ["max_changes", "max_change_percent", "protect", "allow_create", "empty_project"]
)
def test_a_guard_refuses_the_whole_plan_until_it_is_lifted(
    guard: str, five: Books, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    breach(guard, five)
    assert [o["guard"] for o in shell.plan()["objections"]] == [guard]
    assert shell("plan", "--detailed-exitcode").code == 2
    refused = shell("apply", "--auto-approve")
    assert refused.code == 4
    assert refused.shown == snapshot
    assert not five.sent
    other = "protect" if guard != "protect" else "max_changes"
    assert shell("apply", "--auto-approve", "--allow", other).code == 4
    assert not five.sent
    shell.apply("--allow", guard)
    assert shell("plan", "--detailed-exitcode").code == 0


def test_every_guard_that_objects_has_to_be_lifted(five: Books, shell: Shell) -> None:
    breach("max_changes", five)
    five.environment("max_changes: 0, protect: ['*']")
    ended = shell("apply", "--auto-approve", "--allow", "protect")
    assert ended.code == 4
    assert "--allow max_changes" in ended.err
    assert "--allow protect" not in ended.err
    assert not five.sent
    shell.apply("--allow", "protect", "--allow", "max_changes")
    assert len(five.sent) == 1


def test_a_refusal_as_json_leaves_stdout_empty(five: Books, shell: Shell) -> None:
    breach("protect", five)
    ended = shell("apply", "--auto-approve", "--format", "json")
    assert (ended.code, ended.out) == (4, "")
    assert "protect" in ended.err


def test_below_five_objects_a_percentage_says_nothing(applied: Books, shell: Shell) -> None:
    breach("max_change_percent", applied)
    assert shell.plan()["objections"] == []
    shell.apply()
    assert len(applied.sent) == 1


def test_adopting_everything_the_first_time_is_no_breach(books: Books, shell: Shell) -> None:
    books.environment("max_change_percent: 1, allow_create: false")
    shell.apply()
    assert books.sent


def test_what_is_not_protected_may_change(applied: Books, shell: Shell) -> None:
    applied.environment("protect: [xero-au/Configuration, xero-nz/*]")
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    shell.apply()
    assert len(applied.sent) == 1


def test_an_unknown_guard_cannot_be_lifted(applied: Books, shell: Shell) -> None:
    ended = shell("apply", "--allow", "everything")
    assert (ended.code, ended.out) == (64, "")
    assert "max_changes" in ended.err
    assert not applied.sent
