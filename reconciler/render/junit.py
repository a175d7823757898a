"""What `validate` found as a JUnit report, which every CI can show. Pure.

The shape is what the schemas of Ant and Jenkins have in common: one failure a test case at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from reconciler.errors import Problem, Severity
from reconciler.render.annotations import located
from reconciler.render.safe import safe

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def problems_junit(problems: Sequence[Problem], *, prefix: str = "") -> str:
    """A test case for each rule that a file breaks; one that passes where none does. Warnings pass, and
    stand in the output of their case.
    """
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - only this format wants it

    cases: list[ET.Element] = []
    by_case = sorted(problems, key=_case)
    for (file, rule), found in groupby(by_case, key=_case):
        place = safe(located(file, prefix))
        case = ET.Element("testcase", classname=place, name=safe(rule), time="0")
        cases.append(case)
        told = list(found)
        errors = [p for p in told if p.severity is Severity.ERROR]
        warnings = [p for p in told if p.severity is not Severity.ERROR]
        if errors:
            more = f" (and {len(errors) - 1} more)" if errors[1:] else ""
            failure = ET.SubElement(case, "failure", message=safe(errors[0].message) + more, type=safe(rule))
            failure.text = _lines(errors, place)
        if warnings:
            ET.SubElement(case, "system-out").text = _lines(warnings, place)
    if not cases:
        cases.append(ET.Element("testcase", classname="reconciler", name="every manifest", time="0"))
    counts = {
        "name": "reconciler validate",
        "tests": str(len(cases)),
        "failures": str(sum(c.find("failure") is not None for c in cases)),
        "errors": "0",
    }
    root = ET.Element("testsuites", counts)
    suite = ET.SubElement(root, "testsuite", {**counts, "skipped": "0", "time": "0"})
    suite.extend(cases)
    ET.indent(root)
    return _HEAD + ET.tostring(root, encoding="unicode").replace("##[", "##&#91;") + "\n"


def _case(problem: Problem) -> tuple[str, str]:
    return problem.source.file, problem.rule


def _lines(problems: Sequence[Problem], place: str) -> str:
    return "\n".join(
        f"{place}:{p.source.line}:{p.source.column}: {safe(p.message)}"
        + (f" ({safe(p.hint)})" if p.hint else "")
        for p in problems
    )
