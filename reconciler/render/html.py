"""The plan as one self-contained page: no script, no network, light and dark, narrow and wide. Pure but
for reading its own template, which is part of the package.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from reconciler.plan import Plan
from reconciler.render.view import view
from reconciler.render.words import COUNTED

if TYPE_CHECKING:
    from jinja2 import Template

_TONE: Final = {"delete": "bad", "conflict": "bad", "drift": "moved", "create": "good"}


def plan_html(plan: Plan) -> str:
    """An HTML document. Jinja2 escapes every value; the policy in its head lets nothing but its own style in."""
    seen = view(plan)
    style = _part("plan.css")
    return _template().render(
        plan=seen,
        counts=[
            (seen.summary[key], words, _TONE.get(key, ""))
            for key, words in COUNTED.items()
            if seen.summary[key] or key == "unchanged"
        ],
        style=style,
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )


@cache
def _part(name: str) -> str:
    return files("reconciler.render").joinpath(name).read_text("utf-8")


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 - slow to import

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.from_string(_part("plan.html.j2"))
