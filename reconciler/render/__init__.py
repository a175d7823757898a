"""What people see of a plan, of an apply and of a project's problems: one view, many formats.

Nothing here reads, writes or prints. rich, jinja2 and deepdiff are imported when they are needed.
"""

from reconciler.render.formats import (
    PLAN_FORMATS,
    PROBLEM_FORMATS,
    PlanFormat,
    ProblemFormat,
    render_plan,
    render_problems,
)
from reconciler.render.kinds import kinds_markdown
from reconciler.render.outcomes import outcomes_text
from reconciler.render.safe import quoted, safe, without_commands

__all__ = [
    "PLAN_FORMATS",
    "PROBLEM_FORMATS",
    "PlanFormat",
    "ProblemFormat",
    "kinds_markdown",
    "outcomes_text",
    "quoted",
    "render_plan",
    "render_problems",
    "safe",
    "without_commands",
]
