"""The formats by the names that `--format` takes, each from one function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias, get_args

from reconciler.errors import Problem
from reconciler.plan import Plan
from reconciler.planfile import dump
from reconciler.render.html import plan_html
from reconciler.render.junit import problems_junit
from reconciler.render.markdown import plan_markdown
from reconciler.render.problems import problems_github, problems_json, problems_sarif, problems_text
from reconciler.render.reports import plan_github, plan_gitlab, plan_sarif
from reconciler.render.text import plan_text

PlanFormat: TypeAlias = Literal["text", "json", "markdown", "html", "github", "sarif", "gitlab"]
ProblemFormat: TypeAlias = Literal["text", "json", "github", "sarif", "junit"]
PLAN_FORMATS: Final[tuple[PlanFormat, ...]] = get_args(PlanFormat)
PROBLEM_FORMATS: Final[tuple[ProblemFormat, ...]] = get_args(ProblemFormat)


def render_plan(
    plan: Plan,
    form: PlanFormat,
    *,
    width: int = 80,
    colour: bool = False,
    requests: bool = False,
    prefix: str = "",
    limit: int | None = None,
) -> str:
    """`width`, `colour` and `requests` are for text; `limit`, in UTF-16 units, for markdown; `prefix`, for
    github and sarif, is the project's folder as seen from the repository's root. Ends with a newline.

    Raise TooLong where what deletes or conflicts does not fit, in markdown and sarif.
    """
    match form:
        case "text":
            return plan_text(plan, width=width, colour=colour, requests=requests)
        case "json":
            return dump(plan).decode()
        case "markdown":
            return plan_markdown(plan, limit=limit)
        case "html":
            return plan_html(plan)
        case "github":
            return plan_github(plan, prefix=prefix)
        case "sarif":
            return plan_sarif(plan, prefix=prefix)
        case "gitlab":
            return plan_gitlab(plan)


def render_problems(
    problems: Sequence[Problem],
    form: ProblemFormat,
    *,
    width: int = 80,
    colour: bool = False,
    prefix: str = "",
) -> str:
    """`width` and `colour` are for text; `prefix`, for github, sarif and junit, is the project's folder
    as seen from the repository's root. Ends with a newline; no problems are no annotations.
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
        case "junit":
            return problems_junit(problems, prefix=prefix)
