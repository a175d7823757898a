"""What holds for every workflow, whatever it does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.workflows.expressions import interpolated
from tests.workflows.runner import ROOT, WORKFLOWS, read

FILES = sorted(WORKFLOWS.glob("*.yml"))
ACTION = ROOT / ".github/actions/reconciler/action.yml"
JOBS = [(file.name, name, job) for file in FILES for name, job in read(file)["jobs"].items()]
STEPS = [(f"{file}: {step['name']}", step) for file, _, job in JOBS for step in job["steps"]] + [
    (f"action: {step['name']}", step) for step in read(ACTION)["runs"]["steps"]
]
every_job = pytest.mark.parametrize("job", [job for *_, job in JOBS], ids=[f"{f}-{n}" for f, n, _ in JOBS])
every_step = pytest.mark.parametrize("step", [step for _, step in STEPS], ids=[name for name, _ in STEPS])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_nothing_is_permitted_but_what_a_job_asks_for(file: Path) -> None:
    assert read(file)["permissions"] == {}


@every_job
def test_a_job_ends_by_itself_and_says_what_it_may_do(job: dict[str, Any]) -> None:
    assert job["timeout-minutes"] <= 60
    assert "permissions" in job
    assert job["runs-on"] == "ubuntu-24.04"


@pytest.mark.parametrize("file", [*FILES, ACTION], ids=lambda file: file.name)
def test_an_action_of_others_is_pinned_by_its_whole_commit_beside_the_version(file: Path) -> None:
    used = re.findall(r"uses: (\S+)(.*)", file.read_text(encoding="utf-8"))
    for name, rest in used:
        assert name.startswith("$/") or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name)
        assert name.startswith("$/") or re.fullmatch(r" # v\d+\.\d+\.\d+", rest)


def test_one_action_has_one_commit_everywhere() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in [*FILES, ACTION])
    pins = {*re.findall(r"uses: ([^$\s@]+@\S+ # \S+)", text)}
    assert len({pin.partition("@")[0] for pin in pins}) == len(pins)


@every_step
def test_a_step_puts_no_strangers_words_into_a_script_and_leaves_no_token_behind(
    step: dict[str, Any],
) -> None:
    assert "${{" not in step.get("run", "")
    if step.get("uses", "").startswith("actions/checkout"):
        assert step["with"]["persist-credentials"] is False


def test_only_the_jobs_that_are_named_here_may_write_anything() -> None:
    allowed = {
        (file, name): {scope for scope, right in job["permissions"].items() if right == "write"}
        for file, name, job in JOBS
    }
    assert {key: scopes for key, scopes in allowed.items() if scopes} == {
        ("apply.yml", "apply"): {"pull-requests"},
        ("drift.yml", "drift"): {"issues"},
        ("plan.yml", "plan"): {"pull-requests"},
        ("release.yml", "publish"): {"id-token", "attestations", "contents"},
    }


def test_a_secret_is_met_only_in_an_environment_of_its_own() -> None:
    for file, _, job in JOBS:
        if "secrets." in str(job):
            assert job["environment"], file
    environments = {job["environment"] for *_, job in JOBS if "secrets." in str(job)}
    assert len(environments) == 3


def test_no_check_of_a_pull_request_can_push_out_an_apply_and_no_apply_is_cut_short() -> None:
    groups = {file: job["concurrency"] for file, _, job in JOBS if "concurrency" in job}
    assert groups["apply.yml"]["group"] != groups["drift.yml"]["group"]
    assert not any(group["cancel-in-progress"] for group in groups.values())


def test_a_pull_request_runs_where_it_has_no_more_than_its_author() -> None:
    triggers = {trigger for file in FILES for trigger in read(file)["on"]}
    assert not triggers & {"pull_request_target", "workflow_run", "issue_comment"}


@pytest.mark.parametrize(
    ("given", "said", "environments"),
    [
        ("", "", ["demo"]),
        ("", '["staging", "production"]', ["staging", "production"]),
        ("staging", "[]", ["staging"]),
    ],
)
def test_an_apply_by_hand_is_for_the_one_environment_whose_plan_was_reviewed(
    given: str, said: str, environments: list[str]
) -> None:
    matrix = read(WORKFLOWS / "apply.yml")["jobs"]["apply"]["strategy"]["matrix"]["environment"]
    context = {"inputs": {"environment": given}, "vars": {"RECONCILER_ENVIRONMENTS": said}}
    assert interpolated(matrix, context) == environments
