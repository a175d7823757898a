"""A team before its first apply, and after it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workflows.team import Team, founded


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """Two folders that are copied for each test: a team that has begun, and one after its first apply."""
    begun, done = tmp_path_factory.mktemp("begun"), tmp_path_factory.mktemp("done")
    founded(begun)
    team = founded(done)
    head = team.git("rev-parse", "HEAD")
    refused = team.apply(head)
    assert refused.step("Apply").code == 4, refused.log
    ended = team.apply(head, reviewed=refused.step("Apply").outputs["plan-id"])
    assert not ended.failed, ended.log
    yield begun, done


@pytest.fixture
def team(first: tuple[Path, Path], tmp_path: Path) -> Team:
    return _copied(first[0], tmp_path)


@pytest.fixture
def applied(first: tuple[Path, Path], tmp_path: Path) -> Team:
    """Its first plan was refused, named, and approved by hand."""
    return _copied(first[1], tmp_path)


def _copied(folder: Path, to: Path) -> Team:
    shutil.copytree(folder, to, dirs_exist_ok=True)
    return Team.at(to)
