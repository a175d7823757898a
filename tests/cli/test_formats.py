"""`--format` for forges: what lands on stdout, where it points to, and how it fails when it does not fit."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET  # our own documents
from pathlib import Path

import pytest

from reconciler.render import TooLong
from tests.cli.builder import Books, Shell

AT = "desired_state/customer-sync.yaml"


@pytest.fixture
def pending(applied: Books, home: Path) -> Books:
    """A project inside of a repository, with one change."""
    (home / ".git").mkdir()
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    return applied


@pytest.mark.usefixtures("pending")
def test_annotations_name_the_file_as_the_repository_knows_it(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    shell.ok("plan", "--out", "saved")
    for words in (["plan"], ["show", "saved"]):
        ended = shell.ok(*words, "--format", "github")
        assert ended.out.startswith(f"::notice file={AT},line=")
        assert ended.out.rstrip().endswith('update: check_on: "4 hours" → "1 hour" (manifest)')


@pytest.mark.usefixtures("pending")
def test_a_scanner_and_a_widget_get_one_document(shell: Shell) -> None:
    (result,) = json.loads(shell.ok("plan", "--format", "sarif").out)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == AT
    assert json.loads(shell.ok("plan", "--format", "gitlab").out) == {"create": 0, "update": 1, "delete": 0}


@pytest.mark.usefixtures("applied")
def test_without_drift_a_forge_hears_nothing(shell: Shell) -> None:
    assert shell.ok("drift", "--format", "github").out.strip() == ""
    assert json.loads(shell.ok("drift", "--format", "gitlab").out) == {"create": 0, "update": 0, "delete": 0}


@pytest.mark.usefixtures("pending")
def test_a_job_summary_tells_how_an_apply_ended(shell: Shell) -> None:
    ended = shell.ok("apply", "--auto-approve", "--format", "markdown")
    assert ended.out.startswith("## Applied: 1 done.\n")
    assert "| ✅ | done | update `xero-au/Automation/customer-sync` |" in ended.out
    assert shell.ok("apply", "--auto-approve", "--format", "markdown").out == "## Nothing to apply.\n"


def test_validate_reports_to_every_ci(books: Books, shell: Shell) -> None:
    assert ET.fromstring(shell.ok("validate", "--format", "junit").out).get("failures") == "0"  # noqa: S314
    books.edit("customer-sync.yaml", "check_on", "chek_on")
    ended = shell("validate", "--format", "junit")
    assert ended.code == 5
    case = ET.fromstring(ended.out).find(".//testcase[failure]")  # noqa: S314
    assert case is not None
    assert (case.get("classname"), case.get("name")) == (AT, "unknown-field")


@pytest.mark.usefixtures("pending")
def test_a_plan_that_cannot_be_told_whole_fails_and_says_so_in_its_place(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise TooLong(
            "the plan is too long", instead="## This plan is too long\n", hint="publish the HTML page"
        )

    monkeypatch.setattr("reconciler.cli.plan.render_plan", refuse)
    ended = shell("plan", "--format", "markdown")
    assert (ended.code, ended.out) == (1, "## This plan is too long\n")
    assert ended.err == "Error: the plan is too long\n  publish the HTML page\n"
