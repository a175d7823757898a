"""The formats by the names that `--format` takes, each from one function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

from reconciler.errors import Problem
from reconciler.plan import Plan
from reconciler.planfile import dump
from reconciler.render.html import plan_html
from reconciler.render.markdown import plan_markdown
from reconciler.render.problems import problems_github, problems_json, problems_sarif, problems_text
from reconciler.render.text import plan_text

PlanFormat: TypeAlias = Literal["text", "json", "markdown", "html"]
ProblemFormat: TypeAlias = Literal["text", "json", "github", "sarif"]
PLAN_FORMATS: Final[tuple[PlanFormat, ...]] = ("text", "json", "markdown", "html")
PROBLEM_FORMATS: Final[tuple[ProblemFormat, ...]] = ("text", "json", "github", "sarif")


def render_plan(
    plan: Plan, form: PlanFormat, *, width: int = 80, colour: bool = False, requests: bool = False
) -> str:
    """`width`, `colour` and `requests` are for text. Ends with a newline."""
    match form:
        case "text":
            return plan_text(plan, width=width, colour=colour, requests=requests)
        case "json":
            return dump(plan).decode()
        case "markdown":
            return plan_markdown(plan)
        case "html":
            return plan_html(plan)


def render_problems(
    problems: Sequence[Problem],
    form: ProblemFormat,
    *,
    width: int = 80,
    colour: bool = False,
    prefix: str = "",
) -> str:
    """`width` and `colour` are for text; `prefix`, for github and sarif, is the project's folder as seen
    from the repository's root. Ends with a newline; no problems are no annotations.
    """
    match form:
        case "text":
            return problems_text(problems, width=width, colour=colour)
        case "json":
            return problems_json(problems)
        case "github":
            return problems_github(problems, prefix=prefix)
        case "sarif":
            return problems_sarif(problems, prefix=prefix)
