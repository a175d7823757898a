"""A project as a commit has it: the same as on disk, without any checkout, and nothing of the repository's runs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from reconciler import git
from reconciler.config import commit_of
from reconciler.errors import ProjectInvalid, UsageError
from reconciler.manifests import Project, load, load_commit
from reconciler.resources import Address
from tests.manifests.builder import automation, documents, function, write
from tests.repository import Repository

FILES = {
    "m.yaml": documents(automation("check_on: '{{ vars.interval }}'"), function("f")),
    "deep/er/ü b.yml": automation("code: wörter", name="other").replace("\n", "\r\n"),
    "_draft.yaml": "nonsense: [",
    ".hidden/x.yaml": "nonsense: [",
    "deep/_old/x.yaml": "nonsense: [",
    "notes.txt": "nonsense: [",
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path)
    (tmp_path / ".gitignore").write_text(".state\n")
    return repository


@pytest.fixture
def root(repository: Repository) -> Path:
    root = repository.folder / "books"
    write(root, FILES)
    return root


def shown(project: Project) -> list[object]:
    return [(d.address, d.fields, d.source) for d in project.desired]


def rules(root: Path, commit: str) -> list[tuple[str, str]]:
    with pytest.raises(ProjectInvalid) as caught:
        load_commit(root, commit)
    return [(p.rule, p.source.file) for p in caught.value.problems]


@pytest.mark.parametrize("folder", [".", "books"])
def test_a_commit_is_read_as_the_folder_is(folder: str, repository: Repository) -> None:
    root = repository.folder / folder
    write(root, FILES)
    project, commit = load(root), repository.commit()
    (root / "m.yaml").write_text("something: else\n")
    found = load_commit(root, commit)
    assert shown(found) == shown(project)
    assert Address("xero-au", "Automation", "other") in [d.address for d in found.desired]


def test_a_file_that_is_not_in_the_commit_is_not_in_the_project(repository: Repository, root: Path) -> None:
    commit = repository.commit()
    (root / "new.yaml").write_text(automation("code: new", name="new"))
    assert Address("xero-au", "Automation", "new") not in [
        d.address for d in load_commit(root, commit).desired
    ]


def test_no_project_in_the_commit_is_told(repository: Repository, tmp_path: Path) -> None:
    commit = repository.commit()
    write(tmp_path / "books", {})
    with pytest.raises(UsageError, match=r"reconciler\.yaml is missing"):
        load_commit(tmp_path / "books", commit)


@pytest.mark.parametrize("to", ["m.yaml", "../outside.yaml", "/etc/passwd"])
def test_a_link_is_an_error(to: str, repository: Repository, root: Path) -> None:
    (root / "link.yaml").symlink_to(to)
    assert rules(root, repository.commit()) == [("not-a-file", "link.yaml")]


def test_a_link_to_a_folder_is_an_error(repository: Repository, root: Path) -> None:
    (root / "shared").symlink_to("deep")
    assert rules(root, repository.commit()) == [("not-a-file", "shared")]


def test_a_submodule_is_an_error(repository: Repository, root: Path) -> None:
    commit = repository.commit()
    repository("update-index", "--add", "--cacheinfo", f"160000,{commit},books/other")
    repository("commit", "--quiet", "--message", "a submodule")
    assert rules(root, repository("rev-parse", "HEAD")) == [("not-a-file", "other")]


def test_what_is_too_large_is_not_read(repository: Repository, root: Path) -> None:
    (root / "large.yaml").write_text("#" * (8 * 1024 * 1024 + 1))
    assert rules(root, repository.commit()) == [("file-too-large", "large.yaml")]


def test_bytes_that_are_no_text_have_their_place(repository: Repository, root: Path) -> None:
    (root / "bytes.yaml").write_bytes(b"a: b\nc: \xff")
    assert rules(root, repository.commit()) == [("not-utf-8", "bytes.yaml")]


def test_no_filter_hook_or_textconv_of_the_repository_runs(repository: Repository, root: Path) -> None:
    ran = repository.folder / "ran"
    (repository.folder / ".gitattributes").write_text("*.yaml filter=evil diff=evil text eol=crlf\n")
    commit = repository.commit()
    for name in (
        "filter.evil.smudge",
        "filter.evil.clean",
        "diff.evil.textconv",
        "core.fsmonitor",
        "core.pager",
    ):
        repository("config", name, f"touch {ran}; cat")
    hook = repository.folder / ".git/hooks/post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
    hook.chmod(0o755)
    assert load_commit(root, commit).desired
    assert not ran.exists()


def test_an_object_that_was_replaced_is_read_as_it_was_committed(repository: Repository, root: Path) -> None:
    commit = repository.commit()
    (root / "m.yaml").write_text(automation("check_on: 9 hours"))
    repository("replace", commit, repository.commit())
    found = {d.address.name: d for d in load_commit(root, commit).desired}
    assert found["sync"].fields["check_on"].value == "4 hours"


def test_the_merge_base_is_where_the_branches_parted(repository: Repository) -> None:
    parted = repository.commit()
    repository("switch", "--quiet", "--create", "feature")
    repository.commit()
    repository("switch", "--quiet", "main")
    repository.commit()
    repository("switch", "--quiet", "feature")
    assert git.merge_base(repository.folder, "main") == parted


@pytest.mark.parametrize("name", ["nobody", "--output=ran", "-h", "main:m.yaml", "", "a\nb", "HEAD^{tree}"])
def test_what_names_no_commit_is_refused_and_never_an_option(name: str, repository: Repository) -> None:
    repository.commit()
    with pytest.raises(git.GitError):
        git.commit_named(repository.folder, name)
    assert not (repository.folder / "ran").exists()


def test_a_shallow_clone_says_what_to_fetch(repository: Repository, tmp_path: Path) -> None:
    repository.commit()
    repository("switch", "--quiet", "--create", "feature")
    repository.commit()
    clone = tmp_path / "clone"
    repository("clone", "--quiet", "--depth=1", "--branch=feature", f"file://{tmp_path}", str(clone))
    with pytest.raises(git.GitError) as caught:
        git.merge_base(clone, "origin/main")
    assert "fetch-depth: 0" in caught.value.hint


def test_branches_without_a_common_commit_are_told(repository: Repository) -> None:
    repository.commit()
    repository("checkout", "--quiet", "--orphan", "other")
    repository.commit()
    with pytest.raises(git.GitError, match="no commit in common"):
        git.merge_base(repository.folder, "main")


def test_outside_of_a_repository_git_s_own_words_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", os.fspath(tmp_path.parent))
    with pytest.raises(git.GitError, match="not a git repository"):
        git.commit_named(tmp_path, "main")


def test_a_missing_object_of_a_partial_clone_is_told_and_not_fetched(
    repository: Repository, root: Path, tmp_path: Path
) -> None:
    commit = repository.commit()
    repository("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    repository("clone", "--quiet", "--no-checkout", "--filter=blob:none", f"file://{tmp_path}", str(clone))
    (clone / "books").mkdir()
    with pytest.raises(git.GitError):
        load_commit(clone / "books", commit)
    assert root.is_dir()


def test_a_folder_that_poses_as_a_repository_runs_nothing(repository: Repository) -> None:
    """Its files are in the commit like any others, and git would take its settings for ours."""
    root, ran = repository.folder / "books", repository.folder / "ran"
    write(root, FILES)
    (root / ".gitattributes").write_text("*.yaml filter=ours\n")
    subprocess.run(["git", "init", "--quiet", "--bare", str(root)], check=True)  # noqa: S603, S607
    posing = {"GIT_DIR": str(root), "GIT_WORK_TREE": str(root)}
    for words in (("config", "core.bare", "false"), ("config", "core.worktree", "."), ("add", "m.yaml"),
                  ("config", "filter.ours.clean", f"touch {ran}; cat")):  # fmt: skip
        repository(*words, environ=posing)
    os.utime(root / "m.yaml", (1, 1))  # so git looks into the file, through the filter
    status = ("status", "--porcelain", "--", ".")
    subprocess.run(["git", *status], cwd=root, check=True, capture_output=True)  # noqa: S603, S607
    assert ran.exists(), "this is how it would go"
    ran.unlink()
    repository.commit()
    os.utime(root / "m.yaml", (2, 2))
    assert commit_of(root) == "", "what git refuses to look at stands in no repository"
    assert not ran.exists()


def test_a_few_trees_that_stand_for_billions_of_files_are_not_listed(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git, "_MOST_LISTED_BYTES", 100_000)
    name = repository("hash-object", "-w", "--stdin")
    entry = f"100644 blob {name}\t{{}}\n"
    for _ in range(10):
        listed = "".join(entry.format(number) for number in range(10))
        entry = f"040000 tree {repository('mktree', stdin=listed)}\t{{}}\n"
    commit = repository("commit-tree", "-m", "small", entry.split()[2])
    with pytest.raises(git.GitError, match="too many files"):
        list(git.entries(repository.folder, commit))
