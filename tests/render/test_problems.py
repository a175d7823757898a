"""What `validate` found, in each of its formats."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given
from syrupy.assertion import SnapshotAssertion

from reconciler.errors import Problem, Severity, Source
from reconciler.render import PROBLEM_FORMATS, render_problems
from reconciler.render.safe import safe
from tests.render.plans import problems

FOUND = (
    Problem(
        Severity.ERROR, "unknown-field", "unknown field `chek_on`", Source("automations.yaml", 12, 3),
        "did you mean `check_on`?", "xero-au/Automation/supplier-export",
    ),
    Problem(
        Severity.ERROR, "owned-twice", "account.export.enabled is set here and in accounts.yaml:5, and one remote field "
        "has one owner", Source("more/accounts, 100%: old.yaml", 7, 3), "remove one of them",
    ),
    Problem(Severity.WARNING, "unknown-value", '"2 hours" is not in the documents', Source("automations.yaml", 13, 13)),
)  # fmt: skip


def test_as_text(snapshot: SnapshotAssertion) -> None:
    assert render_problems(FOUND, "text") == snapshot


def test_no_problem_is_one_line() -> None:
    assert render_problems((), "text") == "Valid, no problems.\n"
    assert render_problems(FOUND[2:], "text").endswith("\nValid: 1 warning.\n")
    assert render_problems((), "github") == ""


def test_as_json() -> None:
    document = json.loads(render_problems(FOUND, "json"))
    assert document["valid"] is False
    assert document["summary"] == {"errors": 2, "warnings": 1}
    assert document["problems"][0] == {
        "severity": "error", "rule": "unknown-field", "message": "unknown field `chek_on`", "file": "automations.yaml",
        "line": 12, "column": 3, "hint": "did you mean `check_on`?", "address": "xero-au/Automation/supplier-export",
    }  # fmt: skip
    assert json.loads(render_problems(FOUND[2:], "json"))["valid"] is True


def test_as_annotations() -> None:
    assert render_problems(FOUND, "github", prefix="desired_state").splitlines() == [
        (
            "::error file=desired_state/automations.yaml,line=12,col=3,title=unknown-field::"
            "unknown field `chek_on`%0Ahint: did you mean `check_on`?"
        ),
        (
            "::error file=desired_state/more/accounts%2C 100%25%3A old.yaml,line=7,col=3,title=owned-twice::"
            "account.export.enabled is set here and in accounts.yaml:5, and one remote field has one owner"
            "%0Ahint: remove one of them"
        ),
        (
            "::warning file=desired_state/automations.yaml,line=13,col=13,title=unknown-value::"
            '"2 hours" is not in the documents'
        ),
    ]


@given(problems)
def test_a_problem_is_one_annotation_whatever_it_says(found: list[Problem]) -> None:
    lines = render_problems(found, "github").splitlines()
    assert len(lines) == len(found)
    form = re.compile(r"::(error|warning) file=([^,:]*),line=\d+,col=\d+,title=([^,:]*)::(.*)")
    assert all(form.fullmatch(line) and "##[" not in line for line in lines)


def test_as_sarif() -> None:
    log: Any = json.loads(render_problems(FOUND, "sarif", prefix="desired_state"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] == "reconciler"
    assert [r["id"] for r in rules] == ["owned-twice", "unknown-field", "unknown-value"]
    for result, problem in zip(run["results"], FOUND, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == problem.rule
        assert result["level"] in {"none", "note", "warning", "error"}
        assert problem.message in result["message"]["text"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["region"] == {"startLine": problem.source.line, "startColumn": problem.source.column}
        assert place["artifactLocation"]["uri"].startswith("desired_state/")
    assert run["results"][1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == (
        "desired_state/more/accounts%2C%20100%25%3A%20old.yaml"
    )


@given(problems)
def test_nothing_hostile_gets_out_of_any_format(found: list[Problem]) -> None:
    for form in PROBLEM_FORMATS:
        shown = render_problems(found, form)
        assert all(line == safe(line) for line in shown.split("\n"))
        shown.encode()
