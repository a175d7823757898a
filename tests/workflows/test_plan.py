"""A pull request is planned before it is merged, and a stranger's without a credential."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.forge.sites import TOKEN, Site
from tests.workflows.runner import Ended
from tests.workflows.team import Team

OFTEN = ("check_on: 8 hours", "check_on: 1 hour")


def comments(github: Site) -> list[str]:
    return [str(note["body"]) for note in github.double.notes]


def offline(team: Team, github: dict[str, object]) -> Ended:
    """The job that everybody gets. Neither secrets nor variables reach it from a fork."""
    ended = team.runner.job("plan.yml", "offline", github=github)
    assert ended
    return ended


def test_the_plan_is_told_in_every_place_where_somebody_looks(applied: Team, github: Site) -> None:
    ended = applied.check("plan", applied.pull_request(7, applied.branch("often", *OFTEN)))
    assert ended
    assert not ended.failed, ended.log
    plan = json.loads((ended.artifacts["plan-demo"] / "plan.json").read_bytes())
    assert ended.step("Plan").outputs["plan-id"] == plan["id"]
    assert (ended.step("Plan").outputs["changes"], ended.step("Plan").outputs["exit-code"]) == ("1", "2")
    assert "::notice file=desired_state/xero-nz/automations.yaml,line=15,col=13," in ended.log
    assert "xero-nz/Automation/supplier-export" in ended.summary
    assert "<!doctype html>" in (ended.artifacts["plan-demo"] / "plan.html").read_text().lower()
    (comment,) = comments(github)
    assert "xero-nz/Automation/supplier-export" in comment


def test_a_second_push_changes_the_same_comment(applied: Team, github: Site) -> None:
    head = applied.branch("often", *OFTEN)
    applied.check("plan", applied.pull_request(7, head))
    applied.edit("check_on: 1 hour", "check_on: 2 hours")
    applied.git("commit", "-qam", "Less often")
    applied.check("plan", applied.pull_request(7, applied.git("rev-parse", "HEAD")))
    (comment,) = comments(github)
    assert "2 hours" in comment


@pytest.mark.parametrize(("fork", "author"), [(True, "stranger"), (False, "dependabot[bot]")])
def test_a_strangers_branch_is_never_planned_against_live(applied: Team, fork: bool, author: str) -> None:
    head = applied.branch("often", *OFTEN)
    assert applied.check("plan", applied.pull_request(7, head, fork=fork, author=author)) is None


def test_a_stranger_is_told_what_the_manifests_change_without_any_secret(applied: Team) -> None:
    head = applied.branch("often", *OFTEN)
    ended = offline(applied, applied.pull_request(7, head, fork=True))
    assert not ended.failed, ended.log
    assert "1 hour" in ended.summary
    for environment in ("demo", "production", "staging"):
        assert environment in ended.summary


def test_a_wrong_manifest_is_shown_at_its_line_and_stops_the_check(applied: Team) -> None:
    head = applied.branch("wrong", "check_on:", "chekc_on:")
    ended = offline(applied, applied.pull_request(7, head))
    validate = ended.step("Validate every environment")
    assert validate.code == 5
    assert "::error file=desired_state/xero-nz/automations.yaml,line=15" in validate.log
    assert validate.log.count("::error") >= 3  # once for each environment
    assert ended.step("Say what the manifests change").code is None


def test_a_service_that_cannot_be_reached_fails_the_check_and_keeps_no_plan(applied: Team) -> None:
    head = applied.branch(
        "moved", "emulator://sample", "http://127.0.0.1:9\n    credentials:\n      client_id: {env: ID}\n"
        "      client_secret: {env: ID}\n      redirect_uri: {env: ID}\n    timeout_seconds: 1",
        "desired_state/environments/demo.yaml",
    )  # fmt: skip
    ended = applied.check("plan", applied.pull_request(7, head))
    assert ended
    assert ended.step("Plan").code not in (0, None)
    assert ended.artifacts == {}


def test_the_token_of_the_job_stands_in_no_file_and_no_log(applied: Team, tmp_path: Path) -> None:
    ended = applied.check("plan", applied.pull_request(7, applied.branch("often", *OFTEN)))
    assert ended
    assert TOKEN not in ended.log + ended.summary
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.parent.name != ".git":
            assert TOKEN.encode() not in path.read_bytes(), path
