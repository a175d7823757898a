"""What `validate` found, in each of its formats."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET  # our own document
from pathlib import Path
from typing import Any, Final

import jsonschema
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


def test_as_sarif_it_is_valid() -> None:
    schema = json.loads(Path(__file__).with_name("sarif_schema.json").read_text())
    for found in (FOUND, ()):
        jsonschema.validate(json.loads(render_problems(found, "sarif")), schema)


def test_more_annotations_than_github_shows_are_told_in_the_last_of_them() -> None:
    many = [
        Problem(Severity.WARNING, "unknown-value", f"v{i}", Source("a.yaml", i + 1, 1)) for i in range(15)
    ]
    lines = render_problems(many, "github").splitlines()
    assert [line.startswith("::warning") for line in lines] == [True] * 10 + [False] * 5
    assert lines[9].endswith("%0Aand 5 more warnings, in the log of this step: unknown-value")
    assert lines[-1] == "warning: a.yaml:15: unknown-value: v14"


def test_as_junit(snapshot: SnapshotAssertion) -> None:
    assert render_problems(FOUND, "junit", prefix="desired_state") == snapshot
    assert render_problems((), "junit") == snapshot


SHAPE: Final[dict[str, tuple[set[str], set[str], set[str]]]] = {
    "testsuites": ({"name", "tests", "failures", "errors"}, {"time", "disabled"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors"}, {"time", "skipped", "package", "id"}, {"testcase"}),
    "testcase": ({"name", "classname", "time"}, set(), {"failure", "system-out"}),
    "failure": ({"type", "message"}, set(), set()),
    "system-out": (set(), set(), set()),
}  # fmt: skip
"""What the XML schemas of Ant and of Jenkins both allow: an element's attributes, needed and further, and its children."""


@given(problems)
def test_every_report_has_the_shape_that_the_junit_schemas_share(found: list[Problem]) -> None:
    root = ET.fromstring(render_problems(found, "junit", prefix="sub"))  # noqa: S314 - our own
    assert root.tag == "testsuites"
    for element in root.iter():
        needed, further, children = SHAPE[element.tag]
        assert needed <= element.attrib.keys() <= needed | further
        assert [c.tag for c in element] == sorted(c.tag for c in element)  # the failure before the output
        assert {c.tag for c in element} <= children
        assert sum(c.tag == "failure" for c in element) <= 1
    cases = list(root.iter("testcase"))
    assert root.get("tests") == str(len(cases)) == root[0].get("tests")
    assert root.get("failures") == str(sum(c.find("failure") is not None for c in cases))
    assert len(cases) == max(len({(p.source.file, p.rule) for p in found}), 1)
    told = "".join(root.itertext())
    assert all(safe(p.message) in told for p in found)
