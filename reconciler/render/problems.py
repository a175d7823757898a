"""What `validate` found, for people, programs, pull requests and code scanners. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote

from reconciler import __version__
from reconciler.errors import Problem, Severity
from reconciler.planfile import encode
from reconciler.render.layout import EMPTY, Line, Span, hanging, measure, to_text
from reconciler.render.safe import safe
from reconciler.render.shown import number
from reconciler.values import Json

_STYLE: Final = {Severity.ERROR: "bold red", Severity.WARNING: "yellow"}
_SARIF: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def problems_text(problems: Sequence[Problem], *, width: int = 80, colour: bool = False) -> str:
    """Place, message, rule and hint of each, and the sum; one line where there is none."""
    return to_text(_lines(problems, max(width, 40)), colour=colour)


def problems_json(problems: Sequence[Problem]) -> str:
    """`{"valid", "problems": [...], "summary": {"errors", "warnings"}}`. Warnings alone are valid."""
    return encode(
        {
            "valid": not _errors(problems),
            "problems": [
                {
                    "severity": p.severity.value,
                    "rule": p.rule,
                    "message": p.message,
                    "file": p.source.file,
                    "line": p.source.line,
                    "column": p.source.column,
                    "hint": p.hint,
                    "address": p.address,
                }
                for p in problems
            ],
            "summary": {"errors": _errors(problems), "warnings": len(problems) - _errors(problems)},
        }
    ).decode()


def problems_github(problems: Sequence[Problem], *, prefix: str = "") -> str:
    """Workflow commands, one a line. `prefix` is the project's folder seen from the repository's root.

    They must reach the log as they are: not through `safe.without_commands`.
    """
    return "".join(_annotation(p, prefix) + "\n" for p in problems)


def problems_sarif(problems: Sequence[Problem], *, prefix: str = "") -> str:
    """A SARIF 2.1.0 log of one run. Columns count code points, as YAML's do."""
    rules = sorted({p.rule for p in problems})
    driver: Json = {
        "name": "reconciler",
        "version": __version__,
        "rules": [{"id": rule, "shortDescription": {"text": rule.replace("-", " ")}} for rule in rules],
    }
    run: Json = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(p, prefix, rules.index(p.rule)) for p in problems],
    }
    return encode({"$schema": _SARIF, "version": "2.1.0", "runs": [run]}).decode()


def _lines(problems: Sequence[Problem], width: int) -> Iterator[Line]:
    for problem in problems:
        yield from _problem(problem, width)
    errors = _errors(problems)
    warnings = len(problems) - errors
    told = [number(n, noun) for n, noun in ((errors, "error"), (warnings, "warning")) if n]
    if problems:
        yield EMPTY
    if errors:
        yield (Span(f"Invalid: {', '.join(told)}.", "bold red"),)
    else:
        yield (Span(f"Valid{': ' + told[0] if told else ', no problems'}.", "bold"),)


def _problem(problem: Problem, width: int) -> Iterator[Line]:
    place, style = safe(str(problem.source)), _STYLE[problem.severity]
    head = f"{place}: {problem.severity}: "
    message = f"{safe(problem.message)} [{safe(problem.rule)}]"
    if measure(head + message) <= width:
        yield (Span(f"{place}: "), Span(f"{problem.severity}: ", style), Span(message))
    else:
        yield from hanging("", f"{place}: {problem.severity}:", width, style)
        yield from hanging("    ", message, width)
    if problem.hint:
        yield from hanging("    hint: ", safe(problem.hint), width, "dim")


def _annotation(problem: Problem, prefix: str) -> str:
    place = {
        "file": safe(_located(problem, prefix)),
        "line": str(max(problem.source.line, 1)),
        "col": str(max(problem.source.column, 1)),
        "title": safe(problem.rule),
    }
    properties = ",".join(f"{key}={_property(value)}" for key, value in place.items())
    message = safe(problem.message) + (f"\nhint: {safe(problem.hint)}" if problem.hint else "")
    return f"::{problem.severity} {properties}::{_data(message)}"


def _data(text: str) -> str:
    """[actions/toolkit command.ts]; `##[` would start an older sort of command."""
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return escaped.replace("##[", "## [")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _result(problem: Problem, prefix: str, rule: int) -> Json:
    message = problem.message + (f" ({problem.hint})" if problem.hint else "")
    region: Json = {"startLine": max(problem.source.line, 1), "startColumn": max(problem.source.column, 1)}
    uri = quote(_located(problem, prefix), errors="surrogatepass")
    return {
        "ruleId": problem.rule,
        "ruleIndex": rule,
        "level": problem.severity.value,
        "message": {"text": safe(message)},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}],
    }


def _located(problem: Problem, prefix: str) -> str:
    """A path from the repository's root, with forward slashes."""
    return str(PurePosixPath(prefix.replace("\\", "/")) / problem.source.file.replace("\\", "/"))


def _errors(problems: Sequence[Problem]) -> int:
    return sum(p.severity is Severity.ERROR for p in problems)
