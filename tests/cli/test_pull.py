"""Live objects as manifests: they plan to nothing, and nobody's file is written over."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.cli.builder import CUSTOMER_SYNC, Books, Shell


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*.yaml")}


def test_an_empty_project_is_filled_and_plans_to_no_request(
    empty_books: Books, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    ended = shell("pull")
    assert ended.shown == snapshot
    assert (ended.code, ended.err) == (0, "")
    assert shell("validate").code == 0
    document = shell.plan()
    assert not any(change["requests"] for change in document["changes"])
    assert document["summary"]["create"] == 0
    shell.apply()
    assert not empty_books.sent
    assert shell("plan", "--detailed-exitcode").code == 0


def test_what_is_pulled_reads_as_if_somebody_had_written_it(
    empty_books: Books, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    shell.ok("pull", "--connection", "xero-nz")
    assert (empty_books.folder / "xero-nz/automations.yaml").read_text() == snapshot
    assert not (empty_books.folder / "xero-au").exists()


def test_pulling_again_finds_nothing_new(empty_books: Books, shell: Shell) -> None:
    shell.ok("pull")
    before = files(empty_books.folder)
    ended = shell("pull")
    assert (ended.code, ended.out, ended.err) == (0, "", "Every live object has a manifest already.\n")
    assert files(empty_books.folder) == before
    assert not empty_books.sent


def test_only_what_no_manifest_describes_is_written(books: Books, shell: Shell) -> None:
    before = files(books.folder)
    shell.ok("pull")
    after = files(books.folder)
    assert {name: after[name] for name in before} == before
    assert "name: Customer sync\n" not in (books.folder / "xero-au/automations.yaml").read_text()
    assert (
        "ref: PartnerFunction/customer-import" not in (books.folder / "xero-au/automations.yaml").read_text()
    )
    assert shell("validate").code == 0
    document = shell.plan("--target", "xero-au/*", "--target", "xero-nz/*")
    touched = {change["address"] for change in document["changes"] if change["requests"]}
    assert touched == {"xero-au/Automation/supplier-export"}


def test_a_file_that_is_there_is_not_written_over(
    books: Books, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    books.write("xero-au/partner-functions.yaml", "# mine\n")
    before = files(books.folder)
    ended = shell("pull")
    assert (ended.code, ended.out) == (4, "")
    assert ended.shown == snapshot
    assert files(books.folder) == before


def test_into_another_folder_goes_everything(books: Books, shell: Shell, home: Path) -> None:
    before = files(books.folder)
    ended = shell.ok("pull", "--out", "elsewhere", "--connection", "xero-au")
    assert {line.partition(":")[0] for line in ended.out.splitlines()} == {
        f"elsewhere/{name}" for name in files(home / "elsewhere")
    }
    assert "name: Customer sync\n" in (home / "elsewhere/xero-au/automations.yaml").read_text()
    assert files(books.folder) == before
    again = shell("pull", "--out", "elsewhere")
    assert (again.code, again.out) == (4, "")


def test_the_criteria_that_were_applied_are_not_lost(applied: Books, shell: Shell, home: Path) -> None:
    shell.ok("pull", "--out", "elsewhere", "--connection", "xero-au")
    assert "additional_criteria_details" in (home / "elsewhere/xero-au/automations.yaml").read_text()
    assert not applied.sent


@pytest.mark.parametrize("name", ["{{ vars.x }}", "a: b # c", "NO", "1.10", "line\nbreak", "{% raw %}"])
def test_whatever_a_name_is_made_of_it_comes_back_as_it_was(
    name: str, empty_books: Books, shell: Shell
) -> None:
    empty_books.console.automation(CUSTOMER_SYNC, name=name)
    assert empty_books.sent
    shell.ok("pull", "--connection", "xero-au")
    assert not any(change["requests"] for change in shell.plan()["changes"])
    assert shell.plan()["summary"]["create"] == 0
