"""Nothing is sent before somebody, or a flag, has said yes."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.cli.builder import Books, Shell
from tests.cli.terminal import on_a_terminal

PROMPT = "Apply this?"


@pytest.fixture
def pending(applied: Books) -> Books:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    return applied


def test_where_nobody_can_be_asked_it_has_to_be_said_before(
    pending: Books, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    ended = shell("apply")
    assert ended.code == 64
    assert ended.shown == snapshot
    assert not pending.sent
    assert len(shell.plan()["changes"]) == 1


def test_without_a_terminal_json_stays_empty(pending: Books, shell: Shell) -> None:
    ended = shell("apply", "--format", "json")
    assert (ended.code, ended.out) == (64, "")
    assert "--auto-approve" in ended.err
    assert not pending.sent


def test_healing_drift_asks_as_well(applied: Books, shell: Shell) -> None:
    applied.console.automation("575a0961-5a6c-4d21-9b18-ea3e78fc415d", check_on="30 minutes")
    assert applied.sent
    assert shell("apply", "--only", "drift").code == 64
    assert not applied.sent


def test_yes_on_a_terminal_is_carried_out(pending: Books) -> None:
    seen = on_a_terminal(["apply"], answer=(PROMPT, "yes\n"))
    assert seen.code == 0
    assert len(pending.sent) == 1
    plain = seen.plain
    assert plain.index('"4 hours" → "1 hour"') < plain.index(PROMPT) < plain.index("Applied: 1 done.")


@pytest.mark.parametrize("answer", ["no\n", "\n", "y\n", "YES\n"])
def test_anything_but_yes_sends_nothing(answer: str, pending: Books) -> None:
    seen = on_a_terminal(["apply"], answer=(PROMPT, answer))
    assert "Nothing was sent." in seen.plain
    assert seen.code not in {0, 2, 3}
    assert not pending.sent


def test_ctrl_c_at_the_question_is_an_interruption(pending: Books) -> None:
    seen = on_a_terminal(["apply"], answer=(PROMPT, "\x03"))
    assert seen.code == 130
    assert "Traceback" not in seen.plain
    assert not pending.sent


def test_nobody_is_asked_about_nothing(applied: Books) -> None:
    seen = on_a_terminal(["apply"])
    assert (seen.code, seen.plain) == (0, "No changes. 3 objects match the manifests.\n")
    assert not applied.sent
