"""Pull request, comment, merge, apply, drift, issue, accept: over git, the emulator and a forge, one after another."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from reconciler.git import git
from tests.cli.builder import CUSTOMER_SYNC, Books, Shell
from tests.forge.sites import TOKEN, Site

_WHO = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "a@b.test",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "a@b.test",
}


def commit(folder: Path, message: str) -> str:
    git(folder, "add", "-A", ".")
    git(folder, "commit", "-q", "-m", message, environ=_WHO)
    return git(folder, "rev-parse", "HEAD").decode().strip()


@pytest.fixture
def job(github: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    for name, value in {"REPOSITORY": "o/r", "API_URL": github.api, "TOKEN": TOKEN}.items():
        monkeypatch.setenv(f"GITHUB_{name}", value)
    return github


def test_from_a_pull_request_to_a_drift_that_is_accepted(
    applied: Books, job: Site, shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = applied.folder
    (home / ".gitignore").write_text(".state/\n*.json\n")
    git(home, "init", "-q", "-b", "main")
    commit(home, "As it is")

    # a pull request: its plan stands in one comment
    git(home, "switch", "-q", "-c", "topic")
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    reviewed = commit(home, "Sync every hour")
    monkeypatch.setenv("GITHUB_REF", "refs/pull/7/merge")
    shell.ok("plan", "--base", "main", "--out", "plan.json", "--format", "json")
    shell.ok("comment", "plan.json")
    (note,) = job.double.notes
    assert '"1 hour"' in note["body"]
    assert reviewed[:12] in note["body"]
    assert not applied.sent

    # merged: exactly that is applied, and told in the same place
    git(home, "switch", "-q", "main")
    git(home, "merge", "-q", "--ff-only", "topic")
    monkeypatch.setenv("GITHUB_REF", "refs/heads/main")
    monkeypatch.setenv("GITHUB_SHA", reviewed)
    job.double.pulls[reviewed] = [7]
    Path("done.json").write_text(shell.ok("apply", "plan.json", "--format", "json").out)
    assert applied.details(CUSTOMER_SYNC)["check_on"] == "1 hour"
    shell.ok("comment", "plan.json", "--outcome", "done.json")
    assert "Applied: 1 done" in note["body"]
    assert len(job.double.notes) == 1

    # somebody uses the console: the schedule opens an issue
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    scheduled = ["drift", "--report", "github-issue", "--detailed-exitcode"]
    assert shell(*scheduled).code == 3
    (issue,) = job.double.issues
    assert (issue["state"], "30 minutes" in issue["body"]) == ("open", True)

    # and that is right: it is accepted into the manifest, reviewed as any change, and sends nothing
    shell.ok("accept", "xero-au/Automation/customer-sync")
    assert "30 minutes" in (folder / "customer-sync.yaml").read_text()
    commit(home, "Every 30 minutes is right")
    assert applied.sent
    shell.apply()
    assert not applied.sent
    assert shell(*scheduled).code == 0
    assert issue["state"] == "closed"
    assert json.loads(shell.ok("plan", "--format", "json").out)["changes"] == []
    assert os.environ["GITHUB_TOKEN"] not in json.dumps(job.double.notes + job.double.issues)
