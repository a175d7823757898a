"""`state pull`, `push`, `migrate`, `reencrypt` and `doctor`: the record as a whole, as a user keeps it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from reconciler.backends import Holder, open_backend
from reconciler.backends.sql import SqlBackend
from reconciler.state import Transition
from tests.cli.builder import CUSTOMER_SYNC, Books, Shell, in_a_process
from tests.cli.terminal import on_a_terminal

SYNC = "xero-au/Automation/customer-sync"
KEYS = [f"{letter * 42}A=" for letter in "abc"]
OTHER = "sqlite:///.state/other.db"
ENCRYPTED = "state_encryption: {key: {env: BOOKS_KEY}}\n"


def change(books: Books, shell: Shell, old: str, new: str) -> None:
    books.edit("customer-sync.yaml", old, new)
    shell.apply()


def actions(shell: Shell, *words: str) -> list[str]:
    return [e["action"] for e in shell.ok("state", "history", "--format", "json", *words).document]


def serial(shell: Shell) -> int:
    return int(shell.plan()["state"]["serial"])


# --- pull and push


def test_a_copy_is_whole_private_and_the_same_every_time(applied: Books, shell: Shell, home: Path) -> None:
    ended = shell.ok("state", "pull", "copy.json")
    assert ended.out.startswith("Copied to copy.json: 3 objects, 3 entries of history, serial ")
    copy = (home / "copy.json").read_bytes()
    assert (home / "copy.json").stat().st_mode & 0o777 == 0o600
    assert shell.ok("state", "pull", "-").out.encode() == copy
    document = json.loads(copy)
    assert document["environment"] == "books"
    assert CUSTOMER_SYNC in copy.decode()
    assert not applied.sent


def test_a_lost_record_comes_back_from_its_copy_and_plans_to_nothing(
    applied: Books, shell: Shell, home: Path
) -> None:
    shell.ok("state", "pull", "copy.json")
    before = shell.ok("state", "list").out
    applied.state.unlink()
    assert shell("state", "list").out == ""
    ended = shell.ok("state", "push", "copy.json", "--auto-approve")
    assert ended.out.startswith("The record is as in copy.json, at serial ")
    assert shell.ok("state", "list").out == before
    assert shell.plan()["changes"] == []
    assert actions(shell) == ["push", "adopt", "adopt", "adopt"]
    assert not applied.sent
    assert (home / "copy.json").exists()


def test_an_older_copy_is_refused_and_with_force_keeps_the_later_history(
    applied: Books, shell: Shell
) -> None:
    shell.ok("state", "pull", "copy.json")
    change(applied, shell, "4 hours", "1 hour")
    later = serial(shell)
    refused = shell("state", "push", "copy.json", "--auto-approve")
    assert (refused.code, refused.out) == (4, "")
    assert f"the record is at serial {later}" in refused.err
    assert "--force" in refused.err
    shell.ok("state", "push", "copy.json", "--auto-approve", "--force")
    assert serial(shell) == later + 1
    assert actions(shell) == ["push", "update", "adopt", "adopt", "adopt"]
    (told,) = shell.ok("state", "history", "--action", "push", "--format", "json").document
    assert "in the place of serial" in told["message"]
    assert told["actor"] == "ada"
    assert shell.ok("state", "show", SYNC).document["fields"]["check_on"]["value"] == "4 hours"


def test_a_plan_of_before_a_push_is_stale(applied: Books, shell: Shell) -> None:
    shell.ok("state", "pull", "copy.json")
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    shell("plan", "--out", "plan.json")
    applied.state.unlink()
    shell.ok("state", "push", "copy.json", "--auto-approve")
    ended = shell("apply", "plan.json")
    assert ended.code == 4
    assert "stale" in ended.err
    assert not applied.sent


def test_the_same_copy_changes_nothing(applied: Books, shell: Shell) -> None:
    shell.ok("state", "pull", "copy.json")
    before = serial(shell)
    ended = shell("state", "push", "copy.json")
    assert (ended.code, ended.out, ended.err) == (0, "", "The record is as in the copy already.\n")
    assert serial(shell) == before
    assert applied.state.exists()


def test_a_damaged_record_gives_way_to_its_copy_when_it_is_forced_to(applied: Books, shell: Shell) -> None:
    shell.ok("state", "pull", "copy.json")
    with closing(sqlite3.connect(applied.state, isolation_level=None)) as database:
        database.execute("UPDATE records SET uuid = 'x'")
    refused = shell("state", "push", "copy.json", "--auto-approve")
    assert (refused.code, refused.out) == (1, "")
    assert "damaged" in refused.err
    assert "--force" in refused.err
    shell.ok("state", "push", "copy.json", "--auto-approve", "--force")
    assert shell.plan()["changes"] == []
    assert actions(shell) == ["push", "adopt", "adopt", "adopt"]
    assert not applied.sent


def test_a_place_that_was_left_takes_no_copy_unless_it_is_forced_to(applied: Books, shell: Shell) -> None:
    shell.ok("state", "pull", "copy.json")
    shell("state", "migrate", OTHER, "--auto-approve")
    refused = shell("state", "push", "copy.json", "--auto-approve")
    assert refused.code == 4
    assert "has moved" in refused.err
    assert shell("plan").code == 4
    shell.ok("state", "push", "copy.json", "--auto-approve", "--force")
    assert shell.plan()["changes"] == []
    assert not applied.sent


def test_the_copy_of_another_record_or_environment_is_refused(applied: Books, shell: Shell) -> None:
    shell.ok("state", "pull", "copy.json")
    applied.state.unlink()
    shell.apply()
    other = shell("state", "push", "copy.json", "--auto-approve")
    assert other.code == 4
    assert "another record" in other.err
    applied.environment(name="staging")
    wrong = shell("-e", "staging", "state", "push", "copy.json", "--auto-approve", "--force")
    assert wrong.code == 4
    assert "use -e books" in wrong.err
    assert not (applied.folder / ".state/staging.db").exists()


@pytest.mark.usefixtures("applied")
def test_where_nobody_can_be_asked_a_push_has_to_be_approved_before(shell: Shell, applied: Books) -> None:
    shell.ok("state", "pull", "copy.json")
    change(applied, shell, "4 hours", "1 hour")
    asked = shell("state", "push", "copy.json", "--force")
    assert (asked.code, asked.out) == (64, "")
    assert "gives way to serial" in asked.err
    assert "--auto-approve" in asked.err
    seen = on_a_terminal(["state", "push", "copy.json", "--force"], answer=("[y/N]", "n\n"))
    assert seen.code == 130
    assert actions(shell)[0] == "update"


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda data: data[:-200], 4),
        (lambda data: data.replace(b"4 hours", b"5 hours"), 4),
        (lambda data: data.replace(b'"1.0"', b'"9.0"'), 4),
        (lambda _: b"", 4),
        (lambda _: b"not JSON", 64),
    ],
    ids=["cut", "altered", "newer", "empty", "something-else"],
)
def test_a_copy_that_is_not_whole_is_refused(spoil, code: int, shell: Shell, home: Path) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    shell.ok("state", "pull", "copy.json")
    path = home / "copy.json"
    path.write_bytes(spoil(path.read_bytes()))
    before = serial(shell)
    ended = shell("state", "push", "copy.json", "--auto-approve", "--force")
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.startswith("Error: ")
    assert serial(shell) == before


@pytest.mark.usefixtures("books")
def test_a_missing_copy_and_a_folder_that_is_not_there_are_wrong_usage(shell: Shell) -> None:
    assert shell("state", "push", "nowhere.json", "--auto-approve").code == 64
    ended = shell("state", "pull", "no/such/folder/copy.json")
    assert ended.code == 64
    assert "cannot be written" in ended.err


def test_a_copy_goes_through_a_pipe(applied: Books, home: Path, shell: Shell) -> None:
    pulled = in_a_process("state", "pull", "-")
    assert (pulled.code, pulled.err) == (0, "")
    assert json.loads(pulled.out)["records"]
    applied.state.unlink()
    (home / "copy").write_text(pulled.out)
    with (home / "copy").open() as stream:
        from tests.cli.builder import process  # noqa: PLC0415

        with process("state", "push", "-", "--auto-approve", stdin=stream.fileno()) as pushed:
            pushed.communicate(timeout=60)
    assert pushed.returncode == 0
    assert shell.plan()["changes"] == []


def test_a_push_waits_for_nobody_and_takes_no_lock_from_anybody(applied: Books, shell: Shell) -> None:
    shell.ok("state", "pull", "copy.json")
    change(applied, shell, "4 hours", "1 hour")
    backend = open_backend(f"sqlite:///{applied.state}", environment="books", folder=applied.folder)
    with backend:
        lease = backend.acquire(Holder("grace@host", 4711, "run-1", "", "apply"), 600)
        refused = shell("state", "push", "copy.json", "--auto-approve", "--force")
        assert refused.code == 4
        assert "grace@host" in refused.err
        backend.commit(Transition(), lease=lease)


# --- migrate


def test_a_record_moves_with_its_history_and_the_old_place_is_refused(applied: Books, shell: Shell) -> None:
    before = shell.ok("state", "list").out
    ended = shell("state", "migrate", OTHER, "--auto-approve")
    assert ended.code == 0
    assert "other.db now, at serial" in ended.out
    assert f"Write `state: {OTHER}`" in ended.err
    for words in (("plan",), ("apply", "--auto-approve"), ("state", "list"), ("state", "forget", SYNC)):
        refused = shell(*words)
        assert (refused.code, refused.out) == (4, ""), words
        assert "has moved to sqlite:///" in refused.err
    applied.environment(more=f"state: {OTHER}\n")
    assert shell.ok("state", "list").out == before
    assert shell.plan()["changes"] == []
    assert actions(shell) == ["migrate", "adopt", "adopt", "adopt"]
    assert "migrate the state: done, by ada" in shell.ok("state", "history").out
    assert not applied.sent


def test_a_record_can_move_on_and_come_back(applied: Books, shell: Shell) -> None:
    home = "sqlite:///.state/books.db"
    shell("state", "migrate", OTHER, "--auto-approve")
    applied.environment(more=f"state: {OTHER}\n")
    change(applied, shell, "4 hours", "1 hour")
    assert shell("state", "migrate", home, "--auto-approve").code == 0
    assert shell("plan").code == 4
    applied.environment()
    assert shell.plan()["changes"] == []
    assert actions(shell)[:3] == ["migrate", "update", "migrate"]


def test_a_place_with_another_record_or_a_later_one_is_refused(applied: Books, shell: Shell) -> None:
    applied.environment(more=f"state: {OTHER}\n")
    shell.apply()
    applied.environment()
    other = shell("state", "migrate", OTHER, "--auto-approve")
    assert (other.code, other.out) == (4, "")
    assert "another record" in other.err
    same = shell("state", "migrate", "sqlite:///.state/books.db", "--auto-approve")
    assert same.code == 64
    assert shell.plan()["changes"] == []


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize(
    "url", ["mysql://h/db", "sqlite://", "postgresql+psycopg://ann:hunter2@127.0.0.1:1/db"]
)
def test_a_place_that_cannot_be_reached_leaves_all_as_it_was(url: str, shell: Shell) -> None:
    before = serial(shell)
    ended = shell("state", "migrate", url, "--auto-approve")
    assert ended.code in {1, 64}
    assert ended.out == ""
    assert "hunter2" not in ended.err
    assert serial(shell) == before


def test_a_copy_that_reads_back_wrong_moves_nothing(
    applied: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that forgets a row."""
    restore = SqlBackend.restore

    def forgetful(self: SqlBackend, state, history, *, lease) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
        restore(self, state, history[:-1], lease=lease)

    monkeypatch.setattr(SqlBackend, "restore", forgetful)
    ended = shell("state", "migrate", OTHER, "--auto-approve")
    assert (ended.code, ended.out) == (1, "")
    assert "reads back as something else" in ended.err
    assert shell.plan()["changes"] == []
    assert not applied.sent


def test_a_migration_that_died_half_way_is_begun_again(
    applied: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(SqlBackend, "retire", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        assert shell("state", "migrate", OTHER, "--auto-approve").code == 130
    assert shell.plan()["changes"] == []
    assert shell("state", "migrate", OTHER, "--auto-approve").code == 0
    assert shell("plan").code == 4
    assert not applied.sent


def test_a_pinned_record_moves_and_the_pin_is_what_has_to_change(
    applied: Books, shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A work tree that says otherwise moves neither the source nor the copy."""
    monkeypatch.setenv("RECONCILER_STATE", f"sqlite:///{home}/pinned.db")
    applied.environment(more="state: sqlite:///.state/books.db\n")
    shell.apply()
    shell.ok("state", "pull", "copy.json")
    assert json.loads((home / "copy.json").read_text())["serial"] == serial(shell)
    ended = shell("state", "migrate", f"sqlite:///{home}/new.db", "--auto-approve")
    assert ended.code == 0
    assert "Set RECONCILER_STATE" in ended.err
    assert shell("plan").code == 4
    monkeypatch.setenv("RECONCILER_STATE", f"sqlite:///{home}/new.db")
    assert shell.plan()["changes"] == []


# --- encryption


@pytest.fixture
def encrypted(books: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Books:
    monkeypatch.setenv("BOOKS_KEY", KEYS[0])
    books.environment(more=ENCRYPTED)
    shell.apply()
    assert books.sent
    return books


def test_a_key_in_the_environment_encrypts_the_record(encrypted: Books, shell: Shell) -> None:
    assert shell.plan()["changes"] == []
    assert shell.ok("state", "show", SYNC).document["uuid"] == CUSTOMER_SYNC
    stored = b"".join(p.read_bytes() for p in encrypted.state.parent.iterdir())
    assert CUSTOMER_SYNC.encode() not in stored
    assert b"Account Number" not in stored


def test_an_environment_that_drops_its_key_is_refused_everything(encrypted: Books, shell: Shell) -> None:
    """As a pull request would, to turn encryption off."""
    encrypted.environment()
    encrypted.edit("customer-sync.yaml", "4 hours", "1 hour")
    for words in (("plan",), ("apply", "--auto-approve"), ("state", "list"), ("state", "pull", "copy.json")):
        ended = shell(*words)
        assert (ended.code, ended.out) == (1, ""), words
        assert "encrypted, and no key was given" in ended.err
        assert "RECONCILER_STATE_KEY" in ended.err
    assert not encrypted.sent


def test_a_key_pinned_from_outside_wins_over_the_work_tree(
    encrypted: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BOOKS_KEY")
    assert shell("plan").code == 64
    monkeypatch.setenv("RECONCILER_STATE_KEY", f"{KEYS[1]}, {KEYS[0]}")
    assert shell.plan()["changes"] == []
    encrypted.environment()
    assert shell.plan()["changes"] == []


def test_keys_change_without_a_gap(
    encrypted: Books, shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "old.key").write_text(KEYS[0] + "\n")
    monkeypatch.setenv("BOOKS_KEY", KEYS[1])
    wrong = shell("plan")
    assert wrong.code == 1
    assert "no key that was given opens it" in wrong.err
    assert "backup" not in wrong.err
    encrypted.environment(
        more=f"state_encryption: {{key: {{env: BOOKS_KEY}}, fallbacks: [{{file: {home}/old.key}}]}}\n"
    )
    assert shell.plan()["changes"] == []
    assert shell.ok("state", "reencrypt").out == "Encrypted anew: 3 objects, and the history.\n"
    encrypted.environment(more=ENCRYPTED)
    assert shell.plan()["changes"] == []
    assert actions(shell)[0] == "reencrypt"
    monkeypatch.setenv("BOOKS_KEY", KEYS[0])
    assert shell("plan").code == 1


def test_a_copy_of_an_encrypted_record_is_encrypted_unless_it_is_asked_for_plain(
    encrypted: Books, shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.ok("state", "pull", "copy.json")
    assert CUSTOMER_SYNC not in (home / "copy.json").read_text()
    shell.ok("state", "pull", "plain.json", "--plain")
    assert CUSTOMER_SYNC in (home / "plain.json").read_text()
    encrypted.state.unlink()
    shell.ok("state", "push", "copy.json", "--auto-approve")
    assert shell.plan()["changes"] == []
    encrypted.environment()
    encrypted.state.unlink()
    assert shell("state", "push", "copy.json", "--auto-approve").code == 1
    shell.ok("state", "push", "plain.json", "--auto-approve")  # the way out of encryption
    monkeypatch.delenv("BOOKS_KEY")
    assert shell.plan()["changes"] == []


def test_no_key_is_ever_said_or_written(books: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKS_KEY", "hunter2-is-no-key")
    books.environment(more=ENCRYPTED)
    for words in (("plan",), ("-v", "state", "list"), ("state", "reencrypt")):
        ended = shell(*words)
        assert ended.code == 64
        assert "state_encryption.key is no key" in ended.err
        assert "hunter2" not in ended.err + ended.out
    books.environment(more="state_encryption: {key: hunter2-hunter2}\n")
    ended = shell("validate")
    assert ended.code == 5
    assert "literal-secret" in ended.out
    assert "hunter2" not in ended.out + ended.err


def test_encrypting_anew_needs_a_key(applied: Books, shell: Shell) -> None:
    ended = shell("state", "reencrypt")
    assert (ended.code, ended.out) == (64, "")
    assert "state_encryption" in ended.err
    assert not applied.sent


# --- doctor


def test_the_doctor_trusts_a_good_store_and_leaves_no_trace(applied: Books, shell: Shell) -> None:
    before = sorted(p.name for p in applied.state.parent.iterdir()), applied.state.read_bytes()
    text = shell.ok("state", "doctor").out
    assert "FAIL" not in text
    document = shell.ok("state", "doctor", "--format", "json").document
    assert all(f["ok"] for f in document["findings"])
    assert {f["name"] for f in document["findings"]} >= {"record", "lock", "epoch", "durable", "clock"}
    assert (sorted(p.name for p in applied.state.parent.iterdir()), applied.state.read_bytes()) == before


def test_the_doctor_on_a_project_that_was_never_applied_makes_nothing(books: Books, shell: Shell) -> None:
    shell.ok("state", "doctor")
    assert not books.state.parent.exists()


def test_the_doctor_tells_a_damaged_record(applied: Books, shell: Shell) -> None:
    with closing(sqlite3.connect(applied.state, isolation_level=None)) as database:
        database.execute("UPDATE records SET uuid = 'x'")
    ended = shell("state", "doctor")
    assert ended.code == 1
    assert "FAIL  record" in ended.out
    assert "not to be trusted: record" in ended.err


def test_the_doctor_tells_a_place_that_was_left(applied: Books, shell: Shell) -> None:
    shell("state", "migrate", OTHER, "--auto-approve")
    ended = shell("state", "doctor")
    assert ended.code == 1
    assert "FAIL  record" in ended.out
    assert "has moved to" in ended.out
    assert not applied.sent


def test_the_doctor_tells_a_store_that_forgets(
    applied: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that answers before its disk has it, as a careless setting makes SQLite do."""
    from reconciler.backends import sqlite  # noqa: PLC0415

    opened = sqlite._open

    def careless(path: Path, options: str) -> sqlite3.Connection:
        connection = opened(path, options)
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    monkeypatch.setattr(sqlite, "_open", careless)
    ended = shell("state", "doctor", "--format", "json")
    assert ended.code == 1
    (durable,) = [f for f in ended.document["findings"] if not f["ok"]]
    assert durable["name"] == "durable"
    assert "synchronous is 0" in durable["message"]
    assert not applied.sent
