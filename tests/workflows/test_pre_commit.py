"""The hooks for pre-commit: each is a command of ours that a commit can be held against."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
import yaml

from tests.workflows.runner import ROOT
from tests.workflows.team import MANIFEST, Team

HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}


def hook(name: str, team: Team) -> subprocess.CompletedProcess[str]:
    """As pre-commit does: the entry, split as by a shell, in the repository's root, without file names."""
    assert HOOKS[name]["pass_filenames"] is False
    program, *words = HOOKS[name]["entry"].split()
    assert program == "reconciler"
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "reconciler", *words], cwd=team.repository, capture_output=True, text=True,
        check=False, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_lets_a_good_project_through(name: str, team: Team) -> None:
    done = hook(name, team)
    assert done.returncode == 0, done.stderr
    assert team.git("status", "--porcelain") == ""


def test_a_wrong_manifest_stops_the_commit(team: Team) -> None:
    team.edit("check_on:", "chekc_on:")
    done = hook("reconciler-validate", team)
    assert done.returncode == 5
    assert "check_on" in done.stdout


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_runs_where_a_manifest_is_in_the_commit(name: str) -> None:
    assert re.search(HOOKS[name]["files"], MANIFEST)
    assert not re.search(HOOKS[name]["files"], "README.md")
