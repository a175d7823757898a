"""Credentials, origins and servers that do not answer. Secrets are never repeated."""

from __future__ import annotations

import json
import socket
from functools import partial
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from reconciler.emulator import Cut, Drop, Fault, Garbage, Running, Stale, Status
from reconciler.live import connect
from reconciler.web.retry import RetryPolicy
from tests.cli.builder import CREDENTIALS, CUSTOMER_SYNC, Books, Shell

LIVE = ["plan", "drift", "apply --auto-approve", "pull", "import xero-au/Automation/sync 1234"]


@pytest.mark.parametrize("name", CREDENTIALS)
@pytest.mark.parametrize("words", LIVE)
def test_a_missing_variable_is_named(
    name: str, words: str, books: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(name)
    ended = shell(*words.split())
    assert (ended.code, ended.out) == (64, "")
    assert name in ended.err
    assert not any(value in ended.err for value in CREDENTIALS.values())
    assert len(books.running.log) == 0


def test_a_secret_may_be_in_a_file(books: Books, shell: Shell, home: Path) -> None:
    (home / "secret").write_text("client-secret\n")
    books.edit("environments/books.yaml", "{env: BOOKS_CLIENT_SECRET}", f"{{file: {home / 'secret'}}}")
    assert shell("plan").code == 0
    (home / "secret").unlink()
    ended = shell("plan")
    assert (ended.code, ended.out) == (64, "")
    assert str(home / "secret") in ended.err


def test_wrong_credentials_are_a_failure(
    books: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion
) -> None:
    monkeypatch.setenv("BOOKS_CLIENT_SECRET", "not-the-secret")
    ended = shell("plan")
    assert (ended.code, ended.out) == (1, "")
    assert ended.shown == snapshot
    assert "not-the-secret" not in ended.err
    assert len(books.running.log) == 1, "whoever is refused does not knock again"


def test_a_server_that_is_down_is_a_failure(
    books: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = RetryPolicy(attempts=2, first_wait=0.01)
    monkeypatch.setattr("reconciler.live.connect", partial(connect, policy=at_once))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    books.edit("environments/books.yaml", books.running.base_url, f"http://127.0.0.1:{port}")
    ended = shell("plan")
    assert (ended.code, ended.out) == (1, "")
    assert "trying again" in ended.err
    assert "\nError: " in ended.err
    assert "check base_url and the network" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("words", ["plan", "apply --auto-approve", "pull"])
def test_credentials_go_to_the_trusted_origin_only(
    words: str, books: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion
) -> None:
    monkeypatch.setenv("RECONCILER_TRUSTED_ORIGIN", "https://api.example.com")
    ended = shell(*words.split())
    assert (ended.code, ended.out) == (4, "")
    assert ended.shown == snapshot
    assert len(books.running.log) == 0


def test_the_trusted_origin_itself_is_fine(
    books: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_TRUSTED_ORIGIN", f"{books.running.base_url}/")
    shell.apply()
    assert books.sent


def test_a_pinned_record_is_used_whatever_the_environment_says(
    books: Books, shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.environment(more="state: sqlite:///other.db\n")
    monkeypatch.setenv("RECONCILER_STATE", f"sqlite:///{home}/pinned.db")
    shell.apply()
    assert (home / "pinned.db").exists()
    assert not list(books.folder.rglob("*.db"))
    assert len(shell.ok("state", "list").out.splitlines()) == 3
    monkeypatch.delenv("RECONCILER_STATE")
    assert shell("state", "list").out == ""


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://nobody@127.0.0.1:9/books",
        "git+ref:///refs/reconciler/books?remote=https://elsewhere.test/r.git",
        "s3://somebodys-bucket/books",
    ],
)
@pytest.mark.parametrize("command", ["plan", "state list", "drift"])
def test_where_only_the_origin_is_pinned_no_store_of_the_projects_choice_is_contacted(
    url: str, command: str, books: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pull request would be told the password of the store, by naming a host of its own."""
    books.environment(more=f"state: {url}\n")
    monkeypatch.setenv("RECONCILER_TRUSTED_ORIGIN", books.running.base_url)
    ended = shell(*command.split())
    assert (ended.code, ended.out) == (4, ""), ended.shown
    assert "RECONCILER_STATE" in ended.err
    assert not books.sent
    assert not len(books.running.log)


def test_a_record_beside_the_project_needs_no_pin(
    books: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.environment(more="state: sqlite:///other.db\n")
    monkeypatch.setenv("RECONCILER_TRUSTED_ORIGIN", books.running.base_url)
    shell.apply()


@pytest.mark.usefixtures("sample")
def test_a_pinned_origin_is_not_the_emulator_either(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pull request that plans against a made-up service would be reviewed as harmless."""
    monkeypatch.setenv("RECONCILER_TRUSTED_ORIGIN", "https://api.example.com")
    ended = shell("plan")
    assert (ended.code, ended.out) == (4, "")
    assert "RECONCILER_TRUSTED_ORIGIN" in ended.err


def test_the_emulator_in_the_process_needs_no_record_beside_it(
    sample: Path, shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_STATE", f"sqlite:///{home}/pinned.db")
    shell.apply()
    assert (sample / ".state/demo.world.json").exists()
    assert shell("plan", "--detailed-exitcode").code == 0


def test_a_state_url_that_nobody_can_open_is_wrong_usage_and_not_repeated(
    books: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_STATE", "mysql://ada:hunter2@db/books")
    ended = shell("state", "list")
    assert (ended.code, ended.out) == (64, "")
    assert "hunter2" not in ended.err
    assert not books.sent


def test_a_damaged_record_is_a_failure(applied: Books, shell: Shell) -> None:
    applied.state.write_bytes(b"not a database, but long enough to look like one" * 100)
    for words in ("plan", "state list"):
        ended = shell(*words.split())
        assert (ended.code, ended.out) == (1, "")
        assert "Traceback" not in ended.err
    assert not applied.sent


def test_an_answer_that_is_none_is_a_failure(books: Books, shell: Shell) -> None:
    books.running.faults.add(Fault(Garbage(), "GET", "*/automation", times=None))
    ended = shell("plan")
    assert (ended.code, ended.out) == (1, "")
    assert "base_url" in ended.err


def test_a_connection_that_live_does_not_have_is_a_failure(books: Books, shell: Shell) -> None:
    books.edit("environments/books.yaml", "922ffe4a", "922ffe4b")
    ended = shell("plan")
    assert (ended.code, ended.out) == (1, "")
    assert "uuid" in ended.err


def pending(books: Books) -> None:
    books.edit("customer-sync.yaml", "4 hours", "1 hour")
    books.edit("supplier-export.yaml", "8 hours", "2 hours")


def test_what_fails_is_told_and_the_rest_is_done(
    applied: Books, server: Running, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    pending(applied)
    body = {"errors": [{"code": "INVALID_VALUE", "message": "check_on is taken"}]}
    server.faults.add(Fault(Status(400, body), "PATCH", f"*/{CUSTOMER_SYNC}"))
    ended = shell("apply", "--auto-approve")
    assert ended.code == 1
    assert ended.shown[ended.shown.index("Applying it") :] == snapshot
    assert shell.plan()["summary"]["update"] == 1
    shell.apply()
    assert shell("plan", "--detailed-exitcode").code == 0


def test_a_success_that_was_none_is_a_failure(applied: Books, server: Running, shell: Shell) -> None:
    pending(applied)
    server.faults.add(Fault(Drop("check_on"), "PATCH", f"*/{CUSTOMER_SYNC}"))
    ended = shell("apply", "--auto-approve", "--format", "json")
    assert ended.code == 1
    assert ended.document["summary"]["failed"] == 1
    assert shell.plan()["summary"]["update"] == 1


def test_a_write_without_an_answer_is_not_called_done(applied: Books, server: Running, shell: Shell) -> None:
    pending(applied)
    server.faults.add(Fault(Cut(committed=True), "PATCH", f"*/{CUSTOMER_SYNC}"))
    ended = shell("apply", "--auto-approve", "--format", "json")
    ends = {o["address"]: o["status"] for o in json.loads(ended.out)["outcomes"]}
    assert ends["xero-au/Automation/supplier-export"] == "done"
    assert (ends["xero-au/Automation/customer-sync"], ended.code) in {
        ("unknown", 1),
        ("already", 0),
        ("done", 0),
    }
    assert applied.details(CUSTOMER_SYNC)["check_on"] == "1 hour"
    shell.apply()
    assert shell("plan", "--detailed-exitcode").code == 0


def test_a_replica_that_lags_after_our_write_is_read_again_not_patched_again(
    applied: Books, shell: Shell
) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    shell.apply()
    assert applied.sent
    applied.running.faults.add(Fault(Stale(), "GET", "*/automation"))
    ended = shell("plan", "--detailed-exitcode")
    assert ended.code == 0, ended.shown
    assert "it is read again: xero-au/Automation/customer-sync" in ended.err


def test_somebody_who_undoes_our_write_at_once_is_still_seen(
    applied: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.cli.session._LAG_PAUSES", (0.0, 0.01))
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    shell.apply()
    applied.console.automation(CUSTOMER_SYNC, check_on="4 hours")
    assert shell("plan", "--detailed-exitcode").code == 3


def test_what_we_deleted_moments_ago_is_not_adopted_from_a_replica_that_lags(
    applied: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.cli.session._LAG_PAUSES", (0.0, 0.01))
    applied.environment("prune: true, max_change_percent: 100")
    applied.function("extra", "name: Extra\nobject_name: customer\n")
    shell.apply()
    applied.remove("extra.yaml")
    shell.apply()
    applied.function("extra", "name: Extra\nobject_name: customer\n")
    applied.running.faults.add(Fault(Stale(), "GET", "*/partner-function/"))
    ended = shell("plan", "--format", "json")
    assert "it is read again: xero-au/PartnerFunction/extra" in ended.err
    assert [c["action"] for c in ended.document["changes"]] == ["create"]


def test_a_wish_that_goes_back_is_not_taken_for_fulfilled_from_a_replica_that_lags(
    applied: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old value is the new wish: read late, there seems to be nothing to do."""
    monkeypatch.setattr("reconciler.cli.session._LAG_PAUSES", (0.0, 0.01))
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    shell.apply()
    applied.edit("customer-sync.yaml", "1 hour", "4 hours")
    assert applied.sent
    applied.running.faults.add(Fault(Stale(), "GET", "*/automation"))
    ended = shell("apply", "--auto-approve")
    assert ended.code == 0, ended.shown
    assert "it is read again: xero-au/Automation/customer-sync" in ended.err
    assert applied.details(CUSTOMER_SYNC)["check_on"] == "4 hours"
