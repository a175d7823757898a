"""`fmt`: what is written, what is only shown, and what is never touched."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.cli.builder import ROOT, Books, Shell
from tests.cli.test_accept import files
from tests.cli.test_start_up import HEAVY, loaded

UGLY = """\
kind:   Automation
apiVersion: 'reconciler/v1'
metadata: { name: sync,connection: xero-au }   # do not rename
spec:
    name: "Sync"

    # the ledger closes at six
    check_on:   '4 hours'
"""
CANONICAL = """\
apiVersion: reconciler/v1
kind: Automation
metadata: {name: sync, connection: xero-au}   # do not rename
spec:
  name: Sync

  # the ledger closes at six
  check_on: 4 hours
"""


@pytest.fixture
def ugly(books: Books) -> Path:
    books.write("deep/sync.yaml", UGLY)
    books.write("_draft.yaml", UGLY)
    books.write("notes.txt", UGLY)
    path = books.folder / "deep/sync.yaml"
    path.chmod(0o600)
    return path


def test_the_project_is_formatted_and_what_changed_is_listed(ugly: Path, books: Books, shell: Shell) -> None:
    before = files(books.folder)
    ended = shell.ok("fmt")
    assert ended.out == "desired_state/deep/sync.yaml\n"
    assert ugly.read_text() == CANONICAL
    assert ugly.stat().st_mode & 0o777 == 0o600
    after = files(books.folder)
    assert {n for n in after if after[n] != before[n]} == {"deep/sync.yaml"}
    assert (books.folder / "notes.txt").read_text() == UGLY
    assert shell.ok("fmt").out == ""
    assert shell("validate").code == 0


def test_check_writes_nothing_and_tells_by_its_exit_code(ugly: Path, shell: Shell) -> None:
    ended = shell("fmt", "--check")
    assert (ended.code, ended.out, ended.err) == (1, "desired_state/deep/sync.yaml\n", "")
    assert ugly.read_text() == UGLY
    shell.ok("fmt")
    assert shell("fmt", "--check").code == 0


def test_diff_shows_what_would_change(ugly: Path, shell: Shell, snapshot: SnapshotAssertion) -> None:
    assert shell("fmt", "--diff").shown == snapshot
    assert shell("fmt", "--diff", "--check").code == 1
    assert ugly.read_text() == UGLY


def test_files_and_folders_can_be_named(ugly: Path, home: Path, shell: Shell) -> None:
    (home / "elsewhere").mkdir()
    (home / "elsewhere/a.yml").write_text(UGLY)
    assert shell.ok("fmt", "elsewhere").out == "elsewhere/a.yml\n"
    assert ugly.read_text() == UGLY
    assert shell.ok("fmt", str(ugly)).out == f"{ugly}\n"


def test_stdin_is_formatted_to_stdout(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    for text, code, out in ((UGLY, 0, CANONICAL), ("a: [\n", 5, "")):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        ended = shell("fmt", "-")
        assert (ended.code, ended.out) == (code, out)


def test_a_file_that_is_no_yaml_is_told_and_the_others_are_formatted(
    ugly: Path, books: Books, shell: Shell
) -> None:
    books.write("broken.yaml", "a: [\n")
    books.folder.joinpath("bytes.yaml").write_bytes(b"a: \xff\n")
    ended = shell("fmt")
    assert (ended.code, ended.out) == (5, "desired_state/deep/sync.yaml\n")
    assert "desired_state/broken.yaml:2:1" in ended.err
    assert "desired_state/bytes.yaml:1:4" in ended.err
    assert (books.folder / "broken.yaml").read_text() == "a: [\n"
    assert ugly.read_text() == CANONICAL


def test_a_link_out_of_the_project_is_not_written_through(books: Books, home: Path, shell: Shell) -> None:
    outside = home / "outside.yaml"
    outside.write_text(UGLY)
    (books.folder / "link.yaml").symlink_to(outside)
    for words in ([], ["desired_state/link.yaml"]):
        ended = shell("fmt", *words)
        assert ended.code == 5
        assert "leads out of the project" in ended.err
    assert outside.read_text() == UGLY
    (home / "folder").mkdir()
    (home / "folder/a.yaml").write_text(UGLY)
    (books.folder / "sub").symlink_to(home / "folder")
    assert shell("fmt", "desired_state/sub/a.yaml").code == 4
    assert (home / "folder/a.yaml").read_text() == UGLY


def test_a_link_inside_of_the_project_stays_one(ugly: Path, books: Books, shell: Shell) -> None:
    link = books.folder / "link.yaml"
    link.symlink_to(ugly)
    shell.ok("fmt")
    assert link.is_symlink()
    assert ugly.read_text() == CANONICAL


@pytest.mark.usefixtures("books")
def test_what_is_not_there_is_wrong_usage(shell: Shell) -> None:
    assert shell("fmt", "nowhere.yaml").code == 64


@pytest.mark.parametrize("folder", ["desired_state", "reconciler/cli/starter"])
def test_our_own_projects_are_formatted(folder: str, shell: Shell) -> None:
    assert shell("fmt", "--check", str(ROOT / folder)).shown == "exit code 0\n"


@pytest.mark.usefixtures("books")
def test_neither_live_nor_the_record_is_loaded() -> None:
    assert not loaded("fmt") & HEAVY
