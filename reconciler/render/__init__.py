"""What people see of a plan, of an apply and of a project's problems: one view, many formats.

Nothing here reads, writes or prints. rich, jinja2 and deepdiff are imported when they are needed.
"""

from reconciler.render.desired_diff import DIFF_FORMATS, DiffFormat, Sides, render_diff
from reconciler.render.formats import (
    PLAN_FORMATS,
    PROBLEM_FORMATS,
    PlanFormat,
    ProblemFormat,
    render_plan,
    render_problems,
)
from reconciler.render.graph import GRAPH_FORMATS, GraphFormat, render_graph
from reconciler.render.limits import (
    AZURE_COMMENT,
    BITBUCKET_COMMENT,
    GITHUB_COMMENT,
    GITLAB_NOTE,
    JOB_SUMMARY,
    TooLong,
)
from reconciler.render.markdown import plan_markdown
from reconciler.render.outcomes import outcomes_markdown, outcomes_text
from reconciler.render.patch import render_patch
from reconciler.render.safe import quoted, safe, without_commands

__all__ = [
    "AZURE_COMMENT",
    "BITBUCKET_COMMENT",
    "DIFF_FORMATS",
    "GITHUB_COMMENT",
    "GITLAB_NOTE",
    "GRAPH_FORMATS",
    "JOB_SUMMARY",
    "PLAN_FORMATS",
    "PROBLEM_FORMATS",
    "DiffFormat",
    "GraphFormat",
    "PlanFormat",
    "ProblemFormat",
    "Sides",
    "TooLong",
    "outcomes_markdown",
    "outcomes_text",
    "plan_markdown",
    "quoted",
    "render_diff",
    "render_graph",
    "render_patch",
    "render_plan",
    "render_problems",
    "safe",
    "without_commands",
]
