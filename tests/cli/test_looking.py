"""`diff` and `graph`: what the manifests say, of two revisions and of one another. Nothing is asked of anybody."""

from __future__ import annotations

from pathlib import Path

import cmarkgfm
import pytest
from syrupy.assertion import SnapshotAssertion

from tests.cli.builder import ROOT, Shell
from tests.cli.test_start_up import HEAVY, loaded
from tests.repository import Repository

EVIL = "'a`|\"</td><b>::error::\\n@octocat'"


@pytest.fixture
def repository(sample: Path) -> Repository:
    repository = Repository(sample.parent)
    (sample.parent / ".gitignore").write_text(".state/\n")
    repository.commit()
    return repository


def edit(sample: Path, file: str, old: str, new: str) -> None:
    text = (sample / file).read_text()
    assert old in text
    (sample / file).write_text(text.replace(old, new))


@pytest.fixture
def edited(sample: Path, repository: Repository) -> Repository:
    """A variable, a shared group, a row of a table, a removed file, a new object."""
    edit(sample, "environments/demo.yaml", "interval: 4 hours", "interval: 2 hours")
    edit(sample, "shared/criteria.yaml", "CONTAINS", "EQUALS")
    edit(sample, "xero-au/configuration.yaml", "611 - Wholesale", "612 - Wholesale")
    edit(sample, "xero-nz/configuration.yaml", "TaxMapping", "TaxMapping")
    (sample / "xero-nz/configuration.yaml").unlink()
    (sample / "new.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: PartnerFunction\nmetadata: {name: new, connection: xero-nz}\n"
        f"spec: {{name: {EVIL}}}\n"
    )
    return repository


@pytest.mark.usefixtures("edited")
@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_what_differs_is_told_after_templating(form: str, shell: Shell, snapshot: SnapshotAssertion) -> None:
    ended = shell("diff", "--format", form)
    told = ended.shown.replace(ended.out.split("HEAD (")[1][:12], "<commit>")
    assert told == snapshot
    assert (ended.code, ended.err) == (0, "")


def test_revisions_are_named_as_git_takes_them(edited: Repository, shell: Shell) -> None:
    edited("switch", "--quiet", "--create", "feature")
    edited.commit()
    whole = shell.ok("diff", "main", "--format", "json").document["differences"]
    assert whole
    for words in (
        ["main", "feature"],
        ["main", "HEAD"],
        ["main..feature"],
        ["main.."],
        ["main...feature"],
        ["main..."],
    ):
        assert shell.ok("diff", *words, "--format", "json").document["differences"] == whole
    back = shell.ok("diff", "feature", "main", "--format", "json").document
    assert back["summary"] == {"added": 1, "removed": 1, "changed": 4}
    assert shell.ok("diff").out == "The manifests ask for the same.\n"


def test_three_dots_leave_out_what_the_other_side_did(edited: Repository, sample: Path, shell: Shell) -> None:
    edited("stash", "--quiet", "--include-untracked")
    edited("switch", "--quiet", "--create", "feature")
    edit(sample, "shared/criteria.yaml", "HAS_VALUE", "DOES_NOT_HAVE_VALUE")
    edited.commit()
    edited("switch", "--quiet", "main")
    edit(sample, "environments/demo.yaml", "interval: 4 hours", "interval: 9 hours")
    edited.commit()
    assert '"9 hours"' in shell.ok("diff", "main", "feature").out
    assert "9 hours" not in shell.ok("diff", "main...feature").out


def test_in_ci_the_merge_base_is_held_against_what_is_checked_out(
    edited: Repository, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited("update-ref", "refs/remotes/origin/main", "HEAD")
    edited.commit()
    assert shell.ok("diff").out == "The manifests ask for the same.\n"
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    assert "2 hours" in shell.ok("diff").out


@pytest.mark.usefixtures("edited")
def test_a_difference_can_be_the_exit_code(shell: Shell) -> None:
    assert shell("diff", "--exit-code").code == 2
    assert shell("diff", "HEAD", "HEAD", "--exit-code").code == 0


def test_a_project_that_was_not_there_yet_counts_as_empty(sample: Path, shell: Shell) -> None:
    repository = Repository(sample.parent)
    (sample.parent / "README").write_text("nothing yet")
    repository("add", "README")
    repository("commit", "--quiet", "--message", "first")
    ended = shell("diff")
    assert ended.code == 0
    assert "HEAD" in ended.err
    assert "counts as empty" in ended.err
    assert "removed" not in ended.out


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    "words", [["nobody"], ["main", "nobody"], ["a...b"], ["--output=x"], ["--", "--output=x"]]
)
def test_a_revision_that_does_not_exist_is_wrong_usage(words: list[str], shell: Shell, home: Path) -> None:
    ended = shell("diff", *words)
    assert (ended.code, ended.out) == (64, "")
    assert not (home / "x").exists()


def test_problems_of_an_old_revision_are_told_with_its_name(
    repository: Repository, sample: Path, shell: Shell
) -> None:
    (sample / "broken.yaml").write_text("a: [\n")
    broken = repository.commit()
    (sample / "broken.yaml").unlink()
    ended = shell("diff", broken[:12])
    assert (ended.code, ended.out) == (5, "")
    assert f"In {broken[:12]}:" in ended.err
    assert "broken.yaml:2:1" in ended.err


@pytest.mark.usefixtures("edited")
def test_nothing_of_a_value_gets_out_of_the_markdown(shell: Shell) -> None:
    page = cmarkgfm.github_flavored_markdown_to_html(shell.ok("diff", "--format", "markdown").out)
    assert "<b>" not in page
    assert page.count("<table>") == 6
    assert "<code>&quot;a`|" in page


@pytest.mark.parametrize("form", ["mermaid", "dot", "text"])
@pytest.mark.usefixtures("sample")
def test_the_graph_says_what_needs_what(form: str, shell: Shell, snapshot: SnapshotAssertion) -> None:
    ended = shell.ok("graph", "--format", form)
    assert ended.out == snapshot
    assert ended.err == ""
    assert shell.ok("graph", "--format", form).out == ended.out


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("words", ["graph", "diff", "diff HEAD"])
def test_neither_live_nor_the_record_is_loaded(words: str) -> None:
    assert not loaded("-C", str(ROOT / "desired_state"), *words.split()) & HEAVY
