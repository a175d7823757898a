"""`comment`: a saved plan on its pull request. Neither the project nor live nor the record is opened for it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import cmarkgfm
import pytest

from reconciler import planfile
from reconciler.changes import Cause, Delete, Evidence, FieldChange, Update
from reconciler.plan import Plan
from reconciler.resources import Address
from tests.cli.builder import Books, Ended, Shell
from tests.forge.sites import ROBOT, TOKEN, Site

COMMIT = "3f" * 20


def saved(file: str = "plan.json", **more: Any) -> Plan:  # noqa: ANN401 - a plan's own
    """A plan of one change, on disk."""
    change = Update(
        Address("xero-au", "Automation", "supplier-export"),
        "3f14acfb",
        fields=(FieldChange("check_on", Cause.CHANGE, Evidence.OBSERVED, "8 hours", "4 hours", "8 hours"),),
    )
    usual: dict[str, Any] = {
        "created_at": "2026-01-01T00:00:00Z",
        "project_commit": COMMIT,
        "changes": (change,),
    }
    plan = Plan("production", "https://api.test", "plan", "l", 1, **{**usual, **more})
    Path(file).write_bytes(planfile.dump(plan))
    return plan


@pytest.fixture
def job(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A CI job of pull request 7."""
    return in_job(site, monkeypatch)


def in_job(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    variables = {
        "github": {
            "GITHUB_REPOSITORY": "o/r", "GITHUB_REF": "refs/pull/7/merge", "GITHUB_API_URL": site.api,
            "GITHUB_TOKEN": TOKEN, "GITHUB_SERVER_URL": "https://github.test", "GITHUB_RUN_ID": "99",
        },
        "gitlab": {
            "CI_PROJECT_ID": "12", "CI_MERGE_REQUEST_IID": "7", "CI_API_V4_URL": site.api, "GITLAB_TOKEN": TOKEN,
            "CI_JOB_URL": "https://gitlab.test/job/99",
        },
    }[site.name]  # fmt: skip
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return site


def only(site: Site) -> str:
    """The only comment there is."""
    (note,) = site.double.notes
    return str(note["body"])


def refused(ended: Ended, code: int, *words: str) -> None:
    assert (ended.code, ended.out) == (code, ""), ended.shown
    assert all(word in ended.err for word in words), ended.err


def test_in_a_job_the_plan_is_all_that_has_to_be_named(job: Site, shell: Shell) -> None:
    saved()
    assert shell.ok("comment", "plan.json").out.startswith("The comment on 7")
    body = only(job)
    assert body.startswith("<!-- reconciler:plan project=desired_state environment=production -->\n")
    assert "supplier-export" in body
    assert "4 hours" in body
    assert f"commit `{COMMIT[:12]}`" in body
    assert "[run](https://git" in body


def test_only_the_plan_is_opened(job: Site, shell: Shell) -> None:
    saved()
    assert not Path("desired_state").exists()
    shell.ok("comment", "plan.json")
    assert [
        s.path.endswith("7/comments") or "/7/notes" in s.path or "user" in s.path or "graphql" in s.path
        for s in job.double.seen
    ]
    assert sorted(p.name for p in Path.cwd().iterdir()) == ["plan.json"]


def test_everything_can_be_said_by_options(site: Site, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    saved()
    monkeypatch.setenv("ELSEWHERE", TOKEN)
    words = ["--forge", site.name, "--repository", "o/r", "--number", "7", "--api-url", site.api]
    shell.ok("comment", "plan.json", *words, "--token-env", "ELSEWHERE")
    Path("token").write_text(TOKEN + "\n")
    shell.ok("comment", "plan.json", *words, "--token-file", "token", "--author", ROBOT[site.name])
    assert len(site.double.notes) == 1


def test_the_same_plan_is_not_written_twice(job: Site, shell: Shell) -> None:
    saved()
    shell.ok("comment", "plan.json")
    saved(created_at="2026-01-02T00:00:00Z")
    before = len(job.double.sent)
    assert "as it was" in shell.ok("comment", "plan.json").out
    assert len(job.double.sent) == before


def test_somebody_who_rewrote_our_comment_is_written_over(job: Site, shell: Shell) -> None:
    saved()
    shell.ok("comment", "plan.json")
    true = only(job)
    job.double.notes[0]["body"] = true.replace("4 hours", "8 hours")
    shell.ok("comment", "plan.json")
    assert only(job) == true


def test_superseded_plans_are_folded_the_newest_first_and_only_a_few(job: Site, shell: Shell) -> None:
    for number in range(1, 9):
        saved(created_at=f"2026-01-0{number}T00:00:00Z", project_commit=f"{number}" * 40)
        shell.ok("comment", "plan.json")
    body = only(job)
    shown, _, folded = body.partition("<details><summary>Superseded plans (5)</summary>")
    assert "8" * 12 in shown
    assert [folded.index(str(n) * 12) for n in (7, 6, 5, 4, 3)] == sorted(
        folded.index(str(n) * 12) for n in (7, 6, 5, 4, 3)
    )
    assert "2" * 12 not in folded


def test_a_slow_run_does_not_hide_a_later_plan(job: Site, shell: Shell) -> None:
    saved(created_at="2026-01-02T00:00:00Z", project_commit="b" * 40)
    shell.ok("comment", "plan.json")
    saved(created_at="2026-01-01T00:00:00Z", project_commit="a" * 40)
    ended = shell("comment", "plan.json")
    assert (ended.code, ended.out) == (0, "")
    assert "says more than this plan" in ended.err
    assert "a" * 12 not in only(job)


def test_a_plan_that_claims_to_be_of_the_future_holds_nobody_up(job: Site, shell: Shell) -> None:
    saved(created_at="2999-01-01T00:00:00Z", project_commit="b" * 40)
    shell.ok("comment", "plan.json")
    saved(project_commit="a" * 40)
    shell.ok("comment", "plan.json")
    assert "a" * 12 in only(job)


def test_two_environments_and_two_projects_have_a_comment_each(job: Site, shell: Shell) -> None:
    saved()
    saved("other.json")
    shell.ok("comment", "plan.json")
    shell.ok("-C", "billing", "comment", "plan.json")
    Path("billing").mkdir()
    shell.ok("-C", "./billing/", "comment", "plan.json")
    assert len(job.double.notes) == 2


def test_how_the_apply_ended_is_told_in_the_same_comment(
    site: Site, books: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell("plan", "--out", "plan.json")
    in_job(site, monkeypatch)
    shell.ok("comment", "plan.json")
    Path("done.json").write_text(shell.ok("apply", "plan.json", "--format", "json").out)
    shell.ok("comment", "plan.json", "--outcome", "done.json")
    body = only(site)
    assert "## Applied: " in body
    assert "Superseded" not in body
    assert books.sent
    left = shell("comment", "plan.json")
    assert "was left as it is" in left.err
    assert only(site) == body


def test_the_outcome_of_another_plan_is_refused(job: Site, shell: Shell) -> None:
    saved()
    Path("done.json").write_text(json.dumps({"plan": "sha256:other", "outcomes": []}))
    refused(shell("comment", "plan.json", "--outcome", "done.json"), 64, "another plan")
    assert job.double.seen == []


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"outcomes": 1}', '{"plan": 1, "outcomes": []}'])
def test_an_outcome_that_is_none_is_wrong_usage(job: Site, shell: Shell, text: str) -> None:
    saved()
    Path("done.json").write_text(text)
    refused(shell("comment", "plan.json", "--outcome", "done.json"), 64)
    assert job.double.seen == []


def test_after_the_merge_the_commit_leads_to_the_pull_request(
    github: Site, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_job(github, monkeypatch)
    monkeypatch.setenv("GITHUB_REF", "refs/heads/main")
    monkeypatch.setenv("GITHUB_SHA", COMMIT)
    github.double.pulls[COMMIT] = [7]
    saved()
    assert "The comment on 7" in shell.ok("comment", "plan.json").out


@pytest.mark.parametrize(
    "event", [{"pull_request": {"number": 7}}, {"issue": {"number": 7, "pull_request": {}}}]
)
def test_the_event_leads_to_the_pull_request(
    github: Site, shell: Shell, monkeypatch: pytest.MonkeyPatch, event: object
) -> None:
    in_job(github, monkeypatch)
    monkeypatch.setenv("GITHUB_REF", "refs/heads/topic")
    Path("event.json").write_text(json.dumps(event))
    monkeypatch.setenv("GITHUB_EVENT_PATH", "event.json")
    saved()
    assert "The comment on 7" in shell.ok("comment", "plan.json").out


@pytest.mark.parametrize(
    "event", ["", "[", '{"issue": {"number": 7}}', '{"pull_request": {"number": "x"}}', "[7]"]
)
def test_a_job_of_no_pull_request_has_to_be_told_which(
    github: Site, shell: Shell, monkeypatch: pytest.MonkeyPatch, event: str
) -> None:
    in_job(github, monkeypatch)
    monkeypatch.setenv("GITHUB_REF", "refs/heads/main")
    Path("event.json").write_text(event)
    monkeypatch.setenv("GITHUB_EVENT_PATH", "event.json")
    saved()
    refused(shell("comment", "plan.json"), 64, "--number 12")


def test_outside_of_a_job_the_forge_has_to_be_named(shell: Shell) -> None:
    saved()
    refused(shell("comment", "plan.json"), 64, "--forge github --repository owner/name")


def test_without_a_token_nothing_is_sent(job: Site, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    saved()
    monkeypatch.delenv("GITHUB_TOKEN" if job.name == "github" else "GITLAB_TOKEN")
    refused(shell("comment", "plan.json"), 64, "is not set", "--token-env")
    refused(shell("comment", "plan.json", "--token-file", "none"), 64, "none cannot be read")
    refused(shell("comment", "plan.json", "--token-file", "a", "--token-env", "B"), 64, "two tokens")
    assert job.double.seen == []


def test_a_token_never_goes_to_plain_http(job: Site, shell: Shell) -> None:
    saved()
    refused(shell("comment", "plan.json", "--api-url", "http://api.test"), 64, "--api-url is plain http")
    assert job.double.seen == []


def test_a_project_folder_that_wants_the_token_elsewhere_is_not_even_read(job: Site, shell: Shell) -> None:
    saved()
    Path("desired_state").mkdir()
    Path("desired_state/reconciler.yaml").write_text("spec: {api_url: https://evil.test}\n")
    shutil.copytree("desired_state", "desired_state/environments")
    shell.ok("comment", "plan.json")
    assert {s.headers["host"] for s in job.double.seen} == {job.double.base_url.removeprefix("http://")}


def test_a_comment_of_somebody_else_with_our_line_is_told_and_left(job: Site, shell: Shell) -> None:
    saved()
    shell.ok("comment", "plan.json")
    forged = job.note("mallory\x1b[31m", only(job))
    job.double.notes.remove(job.double.notes[0])
    ended = shell("comment", "plan.json")
    assert (ended.code, len(job.double.notes)) == (0, 2)
    assert "mallory\\x1b[31m" in ended.err
    assert job.double.notes[0] == forged


def test_a_plan_too_long_for_its_dangers_fails_and_says_so_in_the_comment(
    github: Site, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_job(github, monkeypatch)
    saved(
        changes=tuple(
            Delete(Address("xero-au", "Automation", f"a{n:05}"), "u" * 36, name="x" * 60) for n in range(900)
        )
    )
    ended = shell("comment", "plan.json")
    assert (ended.code, ended.err.count("too long")) == (1, 1)
    assert "a00001" not in only(github)
    assert "too long" in only(github)


def test_a_long_plan_is_cut_where_it_is_harmless(
    github: Site, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_job(github, monkeypatch)
    fields = (FieldChange("name", Cause.CHANGE, Evidence.OBSERVED, "old " * 20, "new " * 20),)
    many = [Update(Address("xero-au", "Automation", f"a{n:05}"), "u", fields=fields) for n in range(900)]
    saved(changes=(Delete(Address("xero-au", "Automation", "gone"), "u"), *many))
    for number in range(7):
        saved(
            changes=(Delete(Address("xero-au", "Automation", "gone"), "u"), *many),
            project_commit=f"{number}" * 40, created_at=f"2026-01-0{number + 1}T00:00:00Z",
        )  # fmt: skip
        shell.ok("comment", "plan.json")
    assert "Automation/gone" in only(github)
    assert len(only(github).encode("utf-16-le")) // 2 <= 65536


@pytest.mark.parametrize(
    "hostile", ["--> <script>alert(1)</script>", "</details>\n# x", "@octocat `", "x\n<!-- reconciler:plan"]
)
def test_nothing_of_a_plan_can_end_the_hidden_lines_or_the_fold(
    job: Site, shell: Shell, hostile: str
) -> None:
    for day in ("01", "02"):
        saved(project_commit=hostile + day, created_at=f"2026-01-{day}T00:00:00Z")
        shell.ok("comment", "plan.json")
    page = cmarkgfm.github_flavored_markdown_to_html(only(job), cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE)
    assert "<script" not in page
    assert page.count("<details>") == page.count("</details>")
    assert "<h1>" not in page


def test_the_token_is_printed_nowhere(job: Site, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    saved()
    monkeypatch.setenv("WRONG", "wrong-canary-77")
    told = [
        shell("-v", "comment", "plan.json"),
        shell("-v", "comment", "plan.json", "--token-env", "WRONG"),
        shell("-v", "comment", "plan.json", "--number", "404"),
    ]
    shown = "".join(ended.shown for ended in told) + "".join(str(n) for n in job.double.notes)
    assert TOKEN not in shown
    assert "wrong-canary" not in shown
