from __future__ import annotations

from pathlib import Path

import pytest

from tests.workflows.team import Team, founded


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return founded(tmp_path)


@pytest.fixture
def applied(team: Team) -> Team:
    """After the first apply, which somebody approved by the id that the first run named."""
    ended = team.apply(team.git("rev-parse", "HEAD"))
    assert ended.failed
    ended = team.apply(team.git("rev-parse", "HEAD"), reviewed=ended.step("Apply").outputs["plan-id"])
    assert not ended.failed, ended.log
    return team
