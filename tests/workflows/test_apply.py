"""From a merge to the live service: what is sent is what reviewers have seen."""

from __future__ import annotations

from tests.forge.sites import Site
from tests.workflows.team import Team

NZ_EXPORT = "00db4df7-ed00-4e0b-9447-42889ebd5e47"
OFTEN = ("check_on: 8 hours", "check_on: 1 hour")


def checked(team: Team, number: int, name: str, old: str, new: str) -> str:
    """A pull request whose check has planned it; gives its commit."""
    head = team.branch(name, old, new)
    ended = team.check("plan", team.pull_request(number, head))
    assert ended
    assert not ended.failed, ended.log
    team.forge.merged(number, head=head, merge="", artifacts=ended.artifacts)
    return head


def test_what_a_check_planned_is_applied_after_the_merge_and_nobody_is_asked(
    applied: Team, github: Site
) -> None:
    head = checked(applied, 7, "often", *OFTEN)
    merge = applied.merge("often")
    applied.forge.is_merge_of(7, merge)
    ended = applied.apply(merge)
    assert not ended.failed, ended.log
    assert applied.live(NZ_EXPORT)["check_on"] == "1 hour"
    assert ended.step("Apply").outputs["pull-request"] == "7"
    assert {"plan.json", "plan.html", "outcome.json"} == {
        p.name for p in ended.artifacts["apply-demo"].iterdir()
    }
    assert ["run", "list"] in [words[:2] for words in applied.forge.asked]
    assert head in str(applied.forge.asked)
    assert "check_on" in ended.summary
    assert "**Applied:** 1 done." in ended.summary
    (note,) = github.double.notes
    assert "1 hour" in note["body"]
    assert "1 done" in note["body"]


def test_what_nobody_planned_is_refused_until_somebody_names_its_plan(applied: Team) -> None:
    """A push without a pull request, or one from a fork, whose check has no credentials to plan with."""
    applied.branch("unseen", *OFTEN)
    merge = applied.merge("unseen")
    ended = applied.apply(merge)
    assert ended.step("Apply").code == 4
    assert "run this workflow by hand with `sha256:" in ended.summary
    assert applied.live(NZ_EXPORT)["check_on"] == "8 hours"
    ended = applied.apply(merge, reviewed=ended.step("Apply").outputs["plan-id"])
    assert not ended.failed, ended.log
    assert applied.live(NZ_EXPORT)["check_on"] == "1 hour"


def test_a_plan_of_a_pull_request_that_was_closed_without_a_merge_counts_for_nothing(applied: Team) -> None:
    head = checked(applied, 7, "often", *OFTEN)
    applied.forge.is_closed(7)
    applied.git("switch", "-q", "main")
    applied.edit(*OFTEN)
    applied.git("commit", "-qam", "The same, past every review")
    assert head
    assert applied.apply(applied.git("rev-parse", "HEAD")).step("Apply").code == 4
    assert applied.live(NZ_EXPORT)["check_on"] == "8 hours"


def test_a_run_does_the_work_of_those_that_github_dropped_while_they_waited(
    applied: Team, github: Site
) -> None:
    """Two merges, one run: the second is planned without the first, and both are applied."""
    checked(applied, 7, "often", *OFTEN)
    checked(applied, 8, "tag", "object_name: supplier", "object_name: customer")
    applied.forge.is_merge_of(7, applied.merge("often"))
    merge = applied.merge("tag")
    applied.forge.is_merge_of(8, merge)
    ended = applied.apply(merge)
    assert not ended.failed, ended.log
    assert applied.live(NZ_EXPORT)["check_on"] == "1 hour"
    assert ended.step("Apply").log.count("  done  ") == 0  # told as JSON
    assert "2 done" in github.double.notes[-1]["body"]


def test_a_dispatch_from_a_branch_applies_nothing(applied: Team) -> None:
    github = {"ref": "refs/heads/often", "ref_name": "often", "event_name": "workflow_dispatch"}
    assert applied.runner.job("apply.yml", "apply", github=github, matrix={"environment": "demo"}) is None


def test_a_guard_is_lifted_by_name_for_one_run(applied: Team) -> None:
    applied.edit(
        "    export_invoices: true", "    export_invoices: true\n  policy: {max_changes: 0}",
        "desired_state/environments/demo.yaml",
    )  # fmt: skip
    applied.edit(*OFTEN)
    applied.git("commit", "-qam", "A guard, and what it forbids")
    head = applied.git("rev-parse", "HEAD")
    refused = applied.apply(head)
    plan = refused.step("Apply").outputs["plan-id"]
    assert applied.apply(head, reviewed=plan).step("Apply").code == 4
    assert not applied.apply(head, reviewed=plan, allow="max_changes").failed
    assert applied.live(NZ_EXPORT)["check_on"] == "1 hour"


def test_where_main_asks_for_nothing_a_run_is_green_without_any_review(applied: Team) -> None:
    ended = applied.apply(applied.git("rev-parse", "HEAD"))
    assert not ended.failed, ended.log
    assert "Nothing had to be done." in ended.summary


def test_an_invalid_main_is_told_and_sends_nothing(applied: Team) -> None:
    applied.edit("check_on:", "chekc_on:")
    applied.git("commit", "-qam", "Past every check")
    ended = applied.apply(applied.git("rev-parse", "HEAD"))
    assert ended.step("Apply").code == 5
    assert ended.step("Apply").outputs["exit-code"] == "5"
    assert "did you mean check_on" in ended.log
