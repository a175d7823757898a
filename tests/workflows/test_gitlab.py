"""The template for GitLab: each job's own lines, in the order in which a merge request meets them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

from tests.cli.builder import SUPPLIER_EXPORT, behind_gits_back
from tests.forge.sites import TOKEN, Site
from tests.workflows.pipeline import TEMPLATE, Ended, job, run
from tests.workflows.team import Team
from tests.workflows.test_apply import NZ_EXPORT

OFTEN = ("check_on: 8 hours", "check_on: 1 hour")
WORLD = "desired_state/.state/demo.world.json"


def pipeline(name: str, team: Team, gitlab: Site, **given: str) -> Ended:
    return run(
        name, team.repository, team.forge.folder,
        {
            "CI_PROJECT_ID": "o/r", "CI_API_V4_URL": gitlab.api, "CI_SERVER_URL": gitlab.double.base_url,
            "CI_COMMIT_SHA": team.git("rev-parse", "HEAD"), "GITLAB_TOKEN": TOKEN, "GITLAB_USER_LOGIN": "grace",
            **team.variables, **given,
        },
    )  # fmt: skip


def test_a_merge_request_is_planned_told_and_applied_once_somebody_starts_it(
    applied: Team, gitlab: Site
) -> None:
    applied.branch("often", *OFTEN)
    request = {
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": applied.git("rev-parse", "main"),
    }
    planned = pipeline("plan", applied, gitlab, **request)
    assert planned.code == 0, planned.log
    (note,) = gitlab.double.notes
    assert "1 hour" in note["body"]
    widget = json.loads((applied.repository / "widget.json").read_text())
    assert widget == {"create": 0, "update": 1, "delete": 0}
    assert (applied.repository / "plan-demo.html").exists()

    applied.merge("often")
    assert pipeline("plan", applied, gitlab).code == 0
    assert len(gitlab.double.notes) == 1
    done = pipeline("apply", applied, gitlab)
    assert done.code == 0, done.log
    assert applied.live(NZ_EXPORT)["check_on"] == "1 hour"
    again = pipeline("apply", applied, gitlab)
    assert again.code == 4
    assert "applied already" in again.log


def test_a_wrong_manifest_fails_its_job_and_stands_in_the_report(applied: Team, gitlab: Site) -> None:
    applied.edit("check_on:", "chekc_on:")
    ended = pipeline("validate", applied, gitlab)
    assert ended.code == 5
    report = ET.parse(applied.repository / "validate.xml")  # noqa: S314 - our own
    assert "check_on" in ET.tostring(report.getroot(), encoding="unicode")


def test_drift_is_put_back_on_schedule(applied: Team, gitlab: Site) -> None:
    behind_gits_back(applied.repository / WORLD, SUPPLIER_EXPORT, check_on="30 minutes")
    ended = pipeline("drift", applied, gitlab)
    assert ended.code == 0, ended.log
    assert applied.live(SUPPLIER_EXPORT, "xero-au")["check_on"] == "4 hours"


def test_what_is_to_be_installed_has_to_be_said_by_whoever_includes_it() -> None:
    document = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
    assert "RECONCILER_PACKAGE" not in document[".reconciler"]["variables"]
    assert "RECONCILER_PACKAGE" in TEMPLATE.read_text(encoding="utf-8").partition("stages:")[0]


@pytest.mark.parametrize("name", ["plan", "apply", "drift"])
def test_a_job_that_meets_credentials_has_an_environment_of_its_own(name: str) -> None:
    assert job(name)["environment"]["name"].startswith("$RECONCILER_ENVIRONMENT")


def test_no_two_applies_run_at_once_and_none_is_cut_short() -> None:
    assert job("apply")["resource_group"] == "$RECONCILER_ENVIRONMENT"
    assert job("apply")["interruptible"] is False
    assert all(rule["when"] == "manual" for rule in job("apply")["rules"])


def test_a_strangers_merge_request_meets_no_credential() -> None:
    (first, *_) = job("plan")["rules"]
    assert "CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID" in first["if"]
    assert "environment" not in job("validate")


def test_it_names_no_file_that_another_of_its_jobs_would_overwrite() -> None:
    for path in job("plan")["artifacts"]["paths"]:
        assert Path(path).match("plan-*")
