"""What `validate` found, for people, programs, pull requests and code scanners. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

from reconciler.errors import Problem, Severity
from reconciler.planfile import encode
from reconciler.render.annotations import Annotation, commands, each_line, located
from reconciler.render.layout import EMPTY, Line, Span, hanging, measure, to_text
from reconciler.render.safe import safe
from reconciler.render.sarif import Result, sarif
from reconciler.render.shown import number

_STYLE: Final = {Severity.ERROR: "bold red", Severity.WARNING: "yellow"}
_LEVEL: Final[Mapping[Severity, Literal["error", "warning"]]] = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
}


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
    """An annotation each. `prefix` is the project's folder seen from the repository's root."""
    return commands(
        [
            Annotation(
                _LEVEL[p.severity],
                p.rule,
                each_line((safe(p.message), f"hint: {safe(p.hint)}" if p.hint else "")),
                located(p.source.file, prefix),
                p.source.line,
                p.source.column,
            )
            for p in problems
        ]
    )


def problems_sarif(problems: Sequence[Problem], *, prefix: str = "") -> str:
    """A result each."""
    results = [
        Result(
            p.rule,
            _LEVEL[p.severity],
            p.message + (f" ({p.hint})" if p.hint else ""),
            located(p.source.file, prefix),
            p.source.line,
            p.source.column,
            p.address,
        )
        for p in problems
    ]
    return sarif(results, {p.rule: p.rule.replace("-", " ") for p in problems})


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


def _errors(problems: Sequence[Problem]) -> int:
    return sum(p.severity is Severity.ERROR for p in problems)
