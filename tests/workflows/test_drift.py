"""The schedule: what was moved outside git is found, put back, and told in one issue."""

from __future__ import annotations

from tests.cli.builder import SUPPLIER_EXPORT, behind_gits_back
from tests.forge.sites import Site
from tests.workflows.runner import Ended
from tests.workflows.team import Team

WORLD = "desired_state/.state/demo.world.json"


def scheduled(team: Team) -> Ended:
    github = {
        "ref": "refs/heads/main",
        "ref_name": "main",
        "event_name": "schedule",
        "sha": team.git("rev-parse", "HEAD"),
    }
    ended = team.runner.job(
        "drift.yml", "drift", github=github, variables=team.variables, matrix={"environment": "demo"}
    )
    assert ended
    return ended


def test_where_nothing_moved_nothing_is_said(applied: Team, github: Site) -> None:
    ended = scheduled(applied)
    assert not ended.failed, ended.log
    assert ended.step("Look, heal and report").outputs["exit-code"] == "0"
    assert github.double.issues == []


def test_what_moved_is_put_back_and_told(applied: Team) -> None:
    behind_gits_back(applied.repository / WORLD, SUPPLIER_EXPORT, check_on="30 minutes")
    ended = scheduled(applied)
    assert not ended.failed, ended.log
    assert applied.live(SUPPLIER_EXPORT, "xero-au")["check_on"] == "4 hours"
    assert "xero-au/Automation/supplier-export" in ended.summary


def test_what_may_not_be_put_back_opens_one_issue_that_closes_itself(applied: Team, github: Site) -> None:
    applied.edit(
        "    export_invoices: true", "    export_invoices: true\n  drift: {mode: warn}",
        "desired_state/environments/demo.yaml",
    )  # fmt: skip
    behind_gits_back(applied.repository / WORLD, SUPPLIER_EXPORT, check_on="30 minutes")
    for _ in range(2):
        ended = scheduled(applied)
        assert not ended.failed, ended.log
        assert ended.step("Look, heal and report").outputs["exit-code"] == "3"
    (issue,) = github.double.issues
    assert issue["state"] == "open"
    assert applied.live(SUPPLIER_EXPORT, "xero-au")["check_on"] == "30 minutes"
    behind_gits_back(applied.repository / WORLD, SUPPLIER_EXPORT, check_on="4 hours")
    scheduled(applied)
    (issue,) = github.double.issues
    assert issue["state"] == "closed"


def test_a_broken_record_fails_the_run(applied: Team) -> None:
    applied.variables = {"RECONCILER_STATE": "nosuch://record"}
    ended = scheduled(applied)
    assert ended.failed
    assert ended.step("Look, heal and report").outputs["exit-code"] == "64"


def test_a_schedule_of_another_branch_does_nothing(applied: Team) -> None:
    github = {"ref": "refs/heads/often", "event_name": "workflow_dispatch"}
    assert applied.runner.job("drift.yml", "drift", github=github, matrix={"environment": "demo"}) is None
