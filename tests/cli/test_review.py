"""`plan --base`: in a pull request, what the branch did not cause stands apart. Over git, sockets and the record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.builder import CUSTOMER_SYNC, SUPPLIER_EXPORT, Books, Shell, manifest
from tests.repository import Repository

SYNC, EXPORT = "xero-au/Automation/customer-sync", "xero-au/Automation/supplier-export"


@pytest.fixture
def repository(applied: Books) -> Repository:
    """What is applied is committed on `main`, and a branch `feature` begins there."""
    repository = Repository(applied.folder.parent)
    applied.write(".gitignore", ".state/\n")
    repository.commit()
    repository("switch", "--quiet", "--create", "feature")
    return repository


def inherited(document: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """By address: whether the change as a whole is inherited, and each of its fields."""
    return {
        change["address"]: (
            change.get("inherited", False),
            {f["path"]: f.get("inherited", False) for f in change["fields"]},
        )
        for change in document["changes"]
    }


def test_drift_and_what_is_merged_stand_apart_from_the_branch_s_own(
    applied: Books, repository: Repository, shell: Shell
) -> None:
    repository("switch", "--quiet", "main")
    applied.edit("customer-import.yaml", "Customer import", "Customers in")
    merged = repository.commit()
    repository("switch", "--quiet", "--create", "mine")
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    repository.commit()
    applied.console.automation(SUPPLIER_EXPORT, check_on="30 minutes")
    applied.console.automation(CUSTOMER_SYNC, direction="EXPORT")
    document = shell.plan("--base", "main")
    assert document["base_commit"] == merged
    assert inherited(document) == {
        "xero-au/PartnerFunction/customer-import": (True, {"name": True}),
        SYNC: (False, {"check_on": False, "direction": True}),
        EXPORT: (True, {"check_on": True}),
    }


def test_the_plan_does_the_same_with_a_base_and_without(
    applied: Books, repository: Repository, shell: Shell
) -> None:
    applied.console.automation(SUPPLIER_EXPORT, check_on="30 minutes")
    assert repository.commit()
    assert shell.plan("--base", "main")["id"] == shell.plan("--base", "")["id"]
    assert shell("plan", "--base", "main", "--detailed-exitcode").code == 3


def test_live_is_read_once_for_both_plans(applied: Books, repository: Repository, shell: Shell) -> None:
    assert repository.folder.is_dir()
    applied.running.log.clear()
    shell.plan()
    alone = [(e.method, e.path) for e in applied.running.log]
    applied.running.log.clear()
    shell.plan("--base", "main")
    assert sorted((e.method, e.path) for e in applied.running.log) == sorted(alone)


def test_commits_on_the_base_after_the_branch_began_do_not_count(
    applied: Books, repository: Repository, shell: Shell
) -> None:
    repository("switch", "--quiet", "main")
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    repository.commit()
    repository("switch", "--quiet", "feature")
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    assert inherited(shell.plan("--base", "main")) == {SYNC: (False, {"check_on": False})}


@pytest.mark.parametrize("name", ["GITHUB_BASE_REF", "CI_MERGE_REQUEST_DIFF_BASE_SHA"])
def test_ci_names_the_base_by_itself(
    name: str, applied: Books, repository: Repository, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = repository("rev-parse", "main")
    repository("update-ref", "refs/remotes/origin/main", base)
    monkeypatch.setenv(name, "main" if name.startswith("GITHUB") else base)
    applied.console.automation(SUPPLIER_EXPORT, check_on="30 minutes")
    assert inherited(shell.plan()) == {EXPORT: (True, {"check_on": True})}
    off = shell.plan("--base", "")
    assert (off["base_commit"], inherited(off)) == ("", {EXPORT: (False, {"check_on": False})})


def test_a_shallow_clone_in_ci_is_planned_without_and_told_what_to_fetch(
    applied: Books, repository: Repository, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository("clone", "--quiet", "--depth=1", f"file://{repository.folder}", "clone")
    monkeypatch.chdir(repository.folder / "clone")
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    monkeypatch.setenv("RECONCILER_STATE", f"sqlite:///{applied.state}")
    ended = shell("plan")
    assert ended.code == 0
    assert "Not held against origin/main" in ended.err
    assert "fetch-depth: 0" in ended.err
    explicit = shell("plan", "--base", "origin/main")
    assert (explicit.code, explicit.out) == (64, "")
    assert "fetch-depth: 0" in explicit.err


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("broken.yaml", "a: [\n"),
        ("other.yaml", "apiVersion: reconciler/v1\nkind: Automaton\nmetadata: {name: x}\nspec: {}\n"),
        (
            "twin.yaml",
            manifest("Automation", "twin", "uuid: 00000000-0000-4000-8000-000000000009\nname: Twin"),
        ),
    ],
)
def test_a_base_that_cannot_be_planned_from_is_told_and_does_not_break_the_plan(
    file: str, text: str, applied: Books, repository: Repository, shell: Shell
) -> None:
    repository("switch", "--quiet", "main")
    applied.write(file, text)
    base = repository.commit()
    repository("switch", "--quiet", "--create", "mending")
    applied.remove(file)
    repository.commit()
    applied.console.automation(SUPPLIER_EXPORT, check_on="30 minutes")
    ended = shell("plan", "--base", "main", "--format", "json")
    assert ended.code == 0
    assert f"Not held against {base[:12]}" in ended.err
    assert (ended.document["base_commit"], inherited(ended.document)) == (
        "",
        {EXPORT: (False, {"check_on": False})},
    )


def test_an_environment_that_the_base_has_not_yet_is_all_the_branch_s_own(
    applied: Books, repository: Repository, shell: Shell
) -> None:
    assert repository.folder.is_dir()
    applied.environment(name="staging")
    ended = shell("-e", "staging", "plan", "--base", "main", "--format", "json")
    assert ended.code == 0
    assert "there is no environment 'staging'" in ended.err
    assert not any(whole for whole, _ in inherited(ended.document).values())


def test_the_base_moves_neither_the_origin_nor_the_credentials(
    applied: Books, repository: Repository, shell: Shell
) -> None:
    """A base whose environment points elsewhere, with a secret of another name, is asked nothing of that."""
    repository("switch", "--quiet", "main")
    right = (applied.folder / "environments/books.yaml").read_text()
    applied.write(
        "environments/books.yaml",
        right.replace(applied.running.base_url, "http://127.0.0.1:9").replace("BOOKS_", "STOLEN_"),
    )
    repository.commit()
    repository("switch", "--quiet", "--create", "mending")
    applied.write("environments/books.yaml", right)
    applied.console.automation(SUPPLIER_EXPORT, check_on="30 minutes")
    document = shell.plan("--base", "main")
    assert document["origin"] == applied.running.base_url
    assert inherited(document) == {EXPORT: (True, {"check_on": True})}


def test_variables_are_those_of_each_side(applied: Books, repository: Repository, shell: Shell) -> None:
    """The branch changes a variable only: what comes of it is the branch's."""
    repository("switch", "--quiet", "main")
    applied.environment(more="variables: {interval: 4 hours}")
    applied.edit("customer-sync.yaml", "4 hours", "'{{ vars.interval }}'")
    repository.commit()
    repository("switch", "--quiet", "--create", "variable")
    applied.environment(more="variables: {interval: 2 hours}")
    assert inherited(shell.plan("--base", "main")) == {SYNC: (False, {"check_on": False})}


def test_a_plan_that_was_saved_with_a_base_is_applied_like_any(
    applied: Books, repository: Repository, shell: Shell, home: Path
) -> None:
    assert repository.folder.is_dir()
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    shell.ok("plan", "--base", "main", "--out", "plan.json")
    assert (home / "plan.json").exists()
    assert shell("apply", "plan.json").code == 0
    assert [method for method, _, _ in applied.sent] == ["PATCH"]


def test_a_revision_that_does_not_exist_is_wrong_usage(
    applied: Books, repository: Repository, shell: Shell
) -> None:
    assert repository.folder.is_dir()
    ended = shell("plan", "--base", "nobody")
    assert (ended.code, ended.out) == (64, "")
    assert "git knows no commit 'nobody'" in ended.err
    assert not applied.sent


def test_outside_of_git_a_base_is_wrong_usage_and_ci_s_is_only_told(
    applied: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(applied.folder.parent.parent))
    assert shell("plan", "--base", "main").code == 64
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    ended = shell("plan")
    assert ended.code == 0
    assert "not a git repository" in ended.err
