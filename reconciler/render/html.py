"""The plan as one self-contained page: no network, light and dark, narrow and wide, whole without its script.
Pure but for reading its own parts, which belong to the package.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, TypeAlias

from reconciler.changes import SEVERITY
from reconciler.plan import Plan
from reconciler.render.seen import ChangeView, FieldView, PlanView
from reconciler.render.shown import number
from reconciler.render.view import view
from reconciler.render.words import COUNTED, PENDING_BEFORE

if TYPE_CHECKING:
    from jinja2 import Template

_TONE: Final = {"delete": "bad", "conflict": "bad", "drift": "moved", "create": "good"}
_FEW: Final = 12
"""So many changes are shown open; of more, only those that delete or conflict."""
_LINE: Final = 60
_LONG, _ALIKE = 24, 0.5
"""Where two values are longer, and so alike, the words that differ are marked in them."""

Pieces: TypeAlias = "list[tuple[str, bool]]"
"""A value in pieces, and of each whether the other value has none such."""


def plan_html(plan: Plan) -> str:
    """An HTML document. Jinja2 escapes every value; the policy in its head lets nothing but its own style
    and script in.
    """
    seen = view(plan)
    style, script = _part("plan.css"), _part("plan.js")
    page = _template().render(
        plan=seen,
        counts=[
            (seen.summary[key], words, _TONE.get(key, ""))
            for key, words in COUNTED.items()
            if seen.summary[key] or key == "unchanged"
        ],
        filters=_filters(seen),
        few=len(plan.changes) <= _FEW,
        causes=_causes,
        glance=_glance,
        pieces=_pieces,
        pending_before=PENDING_BEFORE,
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
    )
    return page.lstrip("\n").replace("##[", "##&#91;")  # a CI log would take it for a command


def _filters(seen: PlanView) -> dict[str, list[tuple[str, str, int]]]:
    """The choices of each filter: value, label, how many changes have it."""
    changes = list(seen.changes)
    before = sum(c.inherited for c in changes)
    whence = [("branch", "this branch", len(changes) - before), ("before", "before it", before)]
    return {
        "action": _choices(lambda c: [c.action], changes, list(COUNTED)),
        "cause": _choices(_causes, changes, [c.value for c in SEVERITY]),
        "connection": _choices(lambda c: [c.connection], changes, sorted({c.connection for c in changes})),
        "whence": whence if before and before < len(changes) else [],
    }


def _choices(
    values: Callable[[ChangeView], Iterable[str]], changes: Sequence[ChangeView], order: Sequence[str]
) -> list[tuple[str, str, int]]:
    found = Counter(value for change in changes for value in values(change))
    return [(value, value, found[value]) for value in order if found[value]]


def _causes(change: ChangeView) -> list[str]:
    """Most serious first. A deletion and a forgotten record have none to tell."""
    if change.fields:
        return [c.value for c in SEVERITY if any(f.cause is c for f in change.fields)]
    return [change.cause.value] if change.action == "create" else []


def _glance(change: ChangeView) -> str:
    """What a closed change says of its fields: the one that differs, where a line has room for it."""
    first = f"{change.fields[0].path}: {change.fields[0].values}"
    told = len(change.fields) == 1 and len(first) <= _LINE
    return first if told else number(len(change.fields), "field")


def _pieces(field: FieldView) -> tuple[Pieces, Pieces]:
    before, after = field.before, field.after
    if min(len(before), len(after)) <= _LONG or field.details:
        return [(before, False)], [(after, False)]
    old, new = (re.findall(r"\w+|\W", text) for text in (before, after))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE or matcher.ratio() < _ALIKE:
        return [(before, False)], [(after, False)]
    codes = matcher.get_opcodes()
    return (
        [("".join(old[a:b]), tag != "equal") for tag, a, b, _, _ in codes if a < b],
        [("".join(new[a:b]), tag != "equal") for tag, _, _, a, b in codes if a < b],
    )


def _hash(part: str) -> str:
    """As a content security policy names an inline part."""
    return base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()


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
