"""`import` and `state`: the record, looked at and mended by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from reconciler.backends import Holder, Lease, open_backend
from reconciler.backends.sql import SqlBackend
from reconciler.resources import Address
from reconciler.state import Transition
from tests.cli.builder import CUSTOMER_IMPORT, CUSTOMER_SYNC, SYNC, Books, Shell
from tests.cli.terminal import on_a_terminal

SYNC_ADDRESS = "xero-au/Automation/customer-sync"
FUNCTION = "xero-au/PartnerFunction/customer-import"


def hold(books: Books) -> None:
    """Somebody took the lock and went away."""
    backend = open_backend(f"sqlite:///{books.state}", environment="books", folder=books.folder)
    with backend:
        backend.acquire(Holder("grace@host", 4711, "run-1", "", "apply"), 600)


def test_the_record_is_listed(applied: Books, shell: Shell, snapshot: SnapshotAssertion) -> None:
    assert shell("state", "list").shown == snapshot
    assert not applied.sent


def test_one_record_is_shown(applied: Books, shell: Shell, snapshot: SnapshotAssertion) -> None:
    assert shell("state", "show", "xero-au/Automation/supplier-export").shown == snapshot
    assert not applied.sent


def test_the_history_tells_the_newest_first(
    applied: Books, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    shell.apply()
    applied.edit("customer-sync.yaml", "1 hour", "2 hours")
    shell.apply()
    assert shell("state", "history", SYNC_ADDRESS).shown == snapshot
    (newest,) = shell.ok("state", "history", "--limit", "1", "--format", "json").document
    assert newest["fields"] == [
        {"path": "check_on", "cause": "change", "before": "1 hour", "after": "2 hours", "outcome": "verified"}
    ]
    assert newest["plan"].startswith("sha256:")


def test_the_history_can_be_sifted(applied: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTOR", "grace")
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    shell.apply()

    def found(*words: str) -> list[tuple[str, str]]:
        told = shell.ok("state", "history", "--format", "json", *words).document
        return [(e["action"], e["actor"]) for e in told]

    assert found("--actor", "grace") == [("update", "grace")]
    assert found("--action", "adopt", "--limit", "2") == [("adopt", "ada")] * 2
    assert found("--status", "failed") == []
    assert found("--since", "2020-01-01") == [("update", "grace"), *[("adopt", "ada")] * 3]
    assert found("--since", "2999-01-01T00:00:00+02:00") == []
    run = shell.ok("state", "history", "--limit", "1", "--format", "json").document[0]["run"]
    assert found("--run", run[:8]) == [("update", "grace")]
    assert found(FUNCTION, "--actor", "grace") == []
    nothing = shell("state", "history", "--actor", "nobody")
    assert (nothing.code, nothing.out, nothing.err) == (0, "", "Nothing in the history fits.\n")
    wrong = shell("state", "history", "--since", "yesterday")
    assert wrong.code == 64
    assert "2026-01-31" in wrong.err


def test_what_a_run_writes_meanwhile_is_not_lost(
    applied: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A move is decided from what is there under the lock, not from what was there before it."""
    acquire = SqlBackend.acquire

    def late(self: SqlBackend, holder: Holder, ttl_seconds: float) -> Lease:
        """Another run gets in between the first look and the lock."""
        theirs = acquire(self, Holder("ci", 1, "other"), ttl_seconds)
        record = self.load().records[Address.parse(SYNC_ADDRESS)]
        self.commit(Transition(put=(replace(record, signs={"sign": "theirs"}),)), lease=theirs)
        self.release(theirs)
        return acquire(self, holder, ttl_seconds)

    with monkeypatch.context() as patch:
        patch.setattr(SqlBackend, "acquire", late)
        shell.ok("state", "move", SYNC_ADDRESS, "xero-au/Automation/clients")
    moved = shell.ok("state", "show", "xero-au/Automation/clients").document
    assert moved["signs"] == {"sign": "theirs"}
    assert not applied.sent


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize("what", ["list", "history"])
def test_an_empty_record_is_said_on_stderr(what: str, shell: Shell) -> None:
    ended = shell("state", what)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err
    assert shell.ok("state", what, "--format", "json").document == []


def test_looking_makes_no_file(books: Books, shell: Shell) -> None:
    shell("state", "list")
    shell("state", "history")
    assert not books.state.exists()


def test_an_ambiguous_name_is_settled_by_an_import(
    books: Books, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    other = books.console.function(name="Customer import", direction="IMPORT", object_name="customer")
    assert books.sent
    assert shell("plan").code == 1
    ended = shell("import", FUNCTION, CUSTOMER_IMPORT)
    assert ended.shown == snapshot
    assert ended.code == 0
    shell.apply()
    assert not any(other in path for _, path, _ in books.sent)
    assert shell.ok("state", "show", FUNCTION).document["uuid"] == CUSTOMER_IMPORT
    assert shell("plan", "--detailed-exitcode").code == 0


def test_importing_sends_nothing_and_leaves_a_trace(books: Books, shell: Shell) -> None:
    shell.ok("import", SYNC_ADDRESS, CUSTOMER_SYNC)
    assert not books.sent
    (entry,) = shell.ok("state", "history", "--format", "json").document
    assert (entry["action"], entry["address"], entry["actor"]) == ("import", SYNC_ADDRESS, "ada")


@pytest.mark.parametrize(
    ("address", "uuid"),
    [
        (SYNC_ADDRESS, "575a0961-0000-4d21-9b18-ea3e78fc415d"),
        (SYNC_ADDRESS, "../connections"),
        ("xero-uk/Automation/customer-sync", CUSTOMER_SYNC),
        ("xero-au/Configuration", CUSTOMER_SYNC),
        ("xero-au/TaxMapping/tax", CUSTOMER_SYNC),
        ("customer-sync", CUSTOMER_SYNC),
    ],
)
def test_what_cannot_be_imported(address: str, uuid: str, books: Books, shell: Shell) -> None:
    ended = shell("import", address, uuid)
    assert ended.code in {4, 64}
    assert ended.out == ""
    assert ended.err.startswith(("Error: ", "Usage: "))
    assert not books.sent
    assert shell("state", "list").out == ""


def test_a_bound_address_or_uuid_is_not_bound_again(applied: Books, shell: Shell) -> None:
    taken = shell("import", SYNC_ADDRESS, "2450d1bd-e590-4b11-8e4c-a4cd29d430ae")
    assert (taken.code, taken.out) == (4, "")
    assert f"state forget {SYNC_ADDRESS}" in taken.err
    other = shell("import", "xero-au/Automation/other", CUSTOMER_SYNC)
    assert (other.code, other.out) == (4, "")
    assert "state move" in other.err
    assert not applied.sent


def test_forgetting_leaves_live_alone_and_the_next_plan_adopts_again(applied: Books, shell: Shell) -> None:
    ended = shell("state", "forget", SYNC_ADDRESS)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == f"{SYNC_ADDRESS} is forgotten; the live object is left alone.\n"
    assert shell("state", "show", SYNC_ADDRESS).code == 64
    assert [(c["address"], c["action"]) for c in shell.plan()["changes"]] == [(SYNC_ADDRESS, "adopt")]
    assert not applied.sent


def test_a_renamed_manifest_keeps_its_object(applied: Books, shell: Shell) -> None:
    applied.remove("customer-sync.yaml")
    applied.automation("clients", SYNC)
    new = "xero-au/Automation/clients"
    assert shell.ok("state", "move", SYNC_ADDRESS, new).out == f"{SYNC_ADDRESS} is {new} now.\n"
    assert shell.plan()["changes"] == []
    assert shell.ok("state", "show", new).document["uuid"] == CUSTOMER_SYNC
    assert {e["action"] for e in shell.ok("state", "history", new, "--format", "json").document} >= {"move"}
    assert not applied.sent


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (SYNC_ADDRESS, FUNCTION, 64),
        (SYNC_ADDRESS, "xero-nz/Automation/customer-sync", 64),
        ("xero-au/Automation/nobody", "xero-au/Automation/clients", 64),
        (SYNC_ADDRESS, "xero-au/Automation/supplier-export", 4),
    ],
)
def test_what_cannot_be_moved(old: str, new: str, code: int, applied: Books, shell: Shell) -> None:
    before = shell("state", "list").out
    ended = shell("state", "move", old, new)
    assert (ended.code, ended.out) == (code, "")
    assert shell("state", "list").out == before
    assert not applied.sent


def test_a_held_lock_refuses_every_write(applied: Books, shell: Shell, snapshot: SnapshotAssertion) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    hold(applied)
    ended = shell("apply", "--auto-approve", "--format", "json")
    assert (ended.code, ended.out) == (4, "")
    assert ended.shown == snapshot
    assert shell("state", "forget", SYNC_ADDRESS).code == 4
    assert shell("plan").code == 0
    assert not applied.sent


def test_a_lock_that_was_left_behind_is_freed_by_hand(applied: Books, shell: Shell) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    hold(applied)
    asked = shell("state", "unlock")
    assert (asked.code, asked.out) == (64, "")
    assert "grace@host" in asked.err
    assert "--auto-approve" in asked.err
    assert shell("apply", "--auto-approve").code == 4
    assert "grace@host" in shell.ok("state", "unlock", "--auto-approve").out
    shell.apply()
    assert len(applied.sent) == 1


def test_on_a_terminal_unlocking_asks(applied: Books, shell: Shell) -> None:
    hold(applied)
    seen = on_a_terminal(["state", "unlock"], answer=("[y/N]", "y\n"))
    assert seen.code == 0
    assert "The lock is free." in seen.plain
    ended = shell("state", "unlock")
    assert (ended.code, ended.out, ended.err) == (0, "", "The lock is free.\n")


def test_a_lock_that_somebody_else_took_meanwhile_is_left_alone(
    applied: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(applied)
    seen = SqlBackend.holder
    answers = iter([None, Holder("ci", 1, "run-2", since="t")])

    def changing(self: SqlBackend) -> Holder | None:
        return next(answers) or seen(self)

    with monkeypatch.context() as patch:
        patch.setattr(SqlBackend, "holder", changing)
        ended = shell("state", "unlock", "--auto-approve")
    assert (ended.code, ended.out) == (4, "")
    assert "freed meanwhile, and is held by ci" in ended.err
    assert "grace@host" in shell("state", "forget", SYNC_ADDRESS).err


def test_who_was_freed_stands_in_the_history(applied: Books, shell: Shell) -> None:
    hold(applied)
    shell.ok("state", "unlock", "--auto-approve")
    (entry,) = shell.ok("state", "history", "--limit", "1", "--format", "json").document
    assert (entry["action"], entry["actor"]) == ("unlock", "ada")
    assert "held by grace@host, run run-1" in entry["message"]


def test_after_an_apply_the_lock_is_free(applied: Books, shell: Shell) -> None:
    assert shell("state", "unlock").err == "The lock is free.\n"
    assert not applied.sent


@pytest.mark.usefixtures("applied")
def test_each_environment_has_a_record_of_its_own(applied: Books, shell: Shell, home: Path) -> None:
    applied.environment(name="staging")
    assert shell("-e", "staging", "state", "list").out == ""
    shell.ok("-e", "staging", "apply", "--auto-approve")
    assert {p.name for p in (home / "desired_state/.state").glob("*.db")} == {"books.db", "staging.db"}
    assert json.loads(shell("-e", "staging", "plan", "--format", "json").out)["changes"] == []
