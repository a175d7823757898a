"""The plan as forges take it: annotations, SARIF and GitLab's widget, within their limits."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from syrupy.assertion import SnapshotAssertion

from reconciler.changes import Cause, Delete, Evidence, FieldChange, Objection, Request, Update
from reconciler.plan import Plan
from reconciler.render import PlanFormat, TooLong, render_plan
from reconciler.render.annotations import Annotation, commands
from reconciler.render.limits import ANNOTATION, shortened, units
from reconciler.render.safe import safe
from reconciler.render.sarif import Result, sarif
from reconciler.resources import Address
from tests.render.plans import plans, texts
from tests.render.samples import DELETED, EVERYTHING, NOTHING, REVIEWED, SUPPLIER_EXPORT, at, plan

SCHEMA = json.loads(Path(__file__).with_name("sarif_schema.json").read_text())
COMMAND = re.compile(r"::(error|warning|notice) (?:file=[^,:]+,line=\d+,col=\d+,)?title=([^,:]*)::(.*)")
relaxed = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=40)


def moved(count: int, cause: Cause = Cause.CHANGE) -> list[Update]:
    return [
        Update(
            Address("x", "Automation", f"n{i:05}"),
            fields=(FieldChange("tag", cause, Evidence.OBSERVED, "a", "b", source=at("a.yaml", i + 1)),),
            requests=(Request("PATCH", "/"),),
        )
        for i in range(count)
    ]


def unescaped(text: str) -> str:
    return text.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")


def sarif_of(made: Plan, prefix: str = "") -> dict[str, Any]:
    log = json.loads(render_plan(made, "sarif", prefix=prefix))
    jsonschema.validate(log, SCHEMA)
    run: dict[str, Any] = log["runs"][0]
    return run


@pytest.mark.parametrize("form", ["github", "sarif", "gitlab"])
@pytest.mark.parametrize("name", ["everything", "reviewed", "nothing"])
def test_the_sample_plans(name: str, form: PlanFormat, snapshot: SnapshotAssertion) -> None:
    made = {"everything": EVERYTHING, "reviewed": REVIEWED, "nothing": NOTHING}[name]
    assert render_plan(made, form, prefix="desired_state/") == snapshot


@pytest.mark.parametrize(
    ("cause", "level"),
    [
        (Cause.CONFLICT, "error"), (Cause.DRIFT, "warning"), (Cause.SUSPECT, "warning"), (Cause.ADOPT, "warning"),
        (Cause.CHANGE, "notice"), (Cause.UNVERIFIED, "notice"), (Cause.RELEASE, "notice"),
    ],
)  # fmt: skip
def test_how_loud_a_finding_is_says_its_cause(cause: Cause, level: str) -> None:
    made = plan(*moved(1, cause))
    assert render_plan(made, "github").startswith(
        f"::{level} file=a.yaml,line=1,col=5,title=x/Automation/n00000::"
    )
    (result,) = sarif_of(made)["results"]
    assert result["level"] == {"notice": "note"}.get(level, level)


def test_a_refusal_and_a_deletion_are_errors_first_of_all() -> None:
    lines = render_plan(EVERYTHING, "github").splitlines()
    levels = [line.partition(" ")[0] for line in lines if line.startswith("::")]
    assert levels == sorted(levels, key=["::error", "::warning", "::notice"].index)
    assert lines[0].startswith("::error title=refused%3A conflict::")
    assert lines[2].startswith("::error title=xero-nz/PartnerFunction/legacy-sync::delete")


def test_of_more_than_ten_the_tenth_says_how_many_and_the_log_has_them() -> None:
    deletes = [Delete(Address("y", "Automation", f"d{i:02}")) for i in range(14)]
    lines = render_plan(plan(*moved(25), *deletes), "github").splitlines()
    shown = Counter(m.group(1) for m in map(COMMAND.fullmatch, lines) if m)
    assert shown == {"error": 10, "notice": 10}
    tenth = unescaped(lines[9])
    assert "and 4 more errors, in the log of this step: y/Automation/d10" in tenth
    assert all(f"y/Automation/d{i}" in tenth for i in range(10, 14))
    plain = [line for line in lines if not line.startswith("::")]
    assert len(plain) == 4 + 15
    assert plain[4] == 'notice: a.yaml:11: x/Automation/n00010: update: tag: "a" → "b" (manifest)'


@given(plans)
@relaxed
def test_whatever_a_plan_holds_an_annotation_is_one_command_within_its_limit(made: Plan) -> None:
    lines = render_plan(made, "github", prefix="sub folder/").splitlines()
    found = [m for m in map(COMMAND.fullmatch, lines) if m]
    assert len(found) + sum(not line.lstrip().startswith("::") for line in lines) == len(lines)
    assert all(count <= 10 for count in Counter(m.group(1) for m in found).values())
    assert all(units(unescaped(m.group(3))) <= ANNOTATION for m in found)
    assert all(line == safe(line) and "##[" not in line for line in lines)


@given(texts, st.integers(40, 100))
def test_what_is_cut_off_is_said(text: str, limit: int) -> None:
    shown = shortened(safe(text) * 3, limit)
    assert units(shown) <= limit
    assert shown == safe(text) * 3 or "characters more" in shown


def test_a_message_may_be_as_long_as_github_allows() -> None:
    (line,) = commands([Annotation("error", "t", "😀" * 5000)]).splitlines()
    message = line.partition("::error title=t::")[2]
    assert ANNOTATION - 4 <= units(message) <= ANNOTATION


@given(plans)
@relaxed
def test_every_plan_is_valid_sarif_with_a_result_a_field(made: Plan) -> None:
    run = sarif_of(made, "sub folder/")
    fields = sum(len(c.fields) if c.fields and not isinstance(c, Delete) else 1 for c in made.changes)
    assert len(run["results"]) == fields
    rules = [r["id"] for r in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"].startswith("sub%20folder")


def test_a_finding_keeps_its_fingerprint_while_its_line_and_its_value_move() -> None:
    def prints(*changes: Update, environment: str = "production") -> list[str]:
        made = replace(plan(*changes), environment=environment)
        return [r["partialFingerprints"]["reconciler/v1"] for r in sarif_of(made)["results"]]

    first, second = moved(2)
    later = replace(first, fields=(replace(first.fields[0], after="c", source=at("b.yaml", 99)),))
    assert prints(first) == prints(later)
    assert prints(first) != prints(second)
    assert prints(first) != prints(first, environment="staging")
    assert len(set(prints(SUPPLIER_EXPORT))) == len(SUPPLIER_EXPORT.fields)


def result(message: str, *, vital: bool) -> Result:
    return Result("r", "error", message, "a.yaml", 1, 1, vital=vital)


def test_of_more_results_than_an_upload_takes_the_last_are_left_out_and_that_is_said() -> None:
    log = json.loads(sarif([result(str(i), vital=i == 0) for i in range(90)], {"r": "a rule"}, most=50))
    jsonschema.validate(log, SCHEMA)
    (run,) = log["runs"]
    assert [r["message"]["text"] for r in run["results"]] == [str(i) for i in range(50)]
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["message"]["text"].startswith("40 of 90 results were left out")


def test_what_deletes_or_conflicts_comes_first_so_that_it_is_not_what_is_left_out() -> None:
    made = replace(plan(*moved(3), replace(DELETED, inherited=True)), base="4f2c9aa")
    assert [r["ruleId"] for r in sarif_of(made)["results"]] == ["delete", "change", "change", "change"]


def test_no_log_is_larger_than_an_upload_under_gzip() -> None:
    found = [result(hashlib.sha256(bytes([i])).hexdigest(), vital=i < 3) for i in range(200)]
    text = sarif(found, {"r": "a rule"}, size=4_000)
    packer = zlib.compressobj(wbits=31)
    assert len(packer.compress(text.encode()) + packer.flush()) <= 4_000
    assert 3 < len(json.loads(text)["runs"][0]["results"]) < 200
    jsonschema.validate(json.loads(text), SCHEMA)


def test_what_deletes_or_conflicts_is_never_left_out() -> None:
    with pytest.raises(TooLong, match="6 results that delete or conflict"):
        sarif([result("m", vital=True)] * 6, {"r": "a rule"}, most=5)
    assert (
        len(json.loads(sarif([result("m", vital=True)] * 5, {"r": "a rule"}, most=5))["runs"][0]["results"])
        == 5
    )


def test_gitlab_counts_what_would_be_written() -> None:
    assert json.loads(render_plan(EVERYTHING, "gitlab")) == {"create": 1, "update": 3, "delete": 1}
    assert json.loads(render_plan(NOTHING, "gitlab")) == {"create": 0, "update": 0, "delete": 0}


def test_a_refused_plan_says_so_beside_its_changes() -> None:
    made = plan(
        *moved(1), objections=(Objection("max_changes", "too many", (Address("x", "Automation", "a"),)),)
    )
    first = unescaped(render_plan(made, "github").splitlines()[0])
    assert (
        first
        == "::error title=refused%3A max_changes::too many\nx/Automation/a\nif you mean it: --allow max_changes"
    )
