"""A team before its first apply, and after it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.forge.sites import Site
from tests.workflows.team import Team, founded


@pytest.fixture(scope="session")
def after(tmp_path_factory: pytest.TempPathFactory, reconciler_program: Path) -> Path:
    """A folder to copy for each test: its first plan was refused, named, and approved by hand."""
    if not shutil.which("jq"):
        pytest.skip("there is no jq, which GitHub's runners have")
    folder = tmp_path_factory.mktemp("team")
    team = founded(folder, reconciler_program)
    head = team.git("rev-parse", "HEAD")
    refused = team.apply(head)
    assert refused.step("Apply").code == 4, refused.log
    ended = team.apply(head, reviewed=refused.step("Apply").outputs["plan-id"])
    assert not ended.failed, ended.log
    return folder


@pytest.fixture
def team(tmp_path: Path, reconciler_program: Path) -> Team:
    return founded(tmp_path, reconciler_program)


@pytest.fixture
def applied(after: Path, tmp_path: Path, github: Site) -> Team:
    """The same, with its forge at hand."""
    shutil.copytree(after, tmp_path, dirs_exist_ok=True)
    return Team.at(tmp_path, GITHUB_API_URL=github.api)
