"""The plan as GitHub-flavoured Markdown, for comments and job summaries. Pure.

Whatever comes from manifests or live stands in code, in spans and fences longer than any run of
backticks in it: there is no link, mention, reference, HTML or heading in code.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import Final

from reconciler.plan import Plan
from reconciler.render.limits import TooLong, units
from reconciler.render.shown import number
from reconciler.render.view import ChangeView, FieldView, Group, ObjectionView, PlanView, view

_OPEN: Final = 10
"""So many ordinary changes of a connection are shown open; more are folded."""
_HEAD: Final = ("field", "live", "after", "whose change", "manifest")
_CELL: Final = 80
"""A longer value stands in a block under the table."""


def plan_markdown(plan: Plan, *, limit: int | None = None) -> str:
    """Counts and objections first, then what deletes or conflicts, then the rest. Ends with a newline."""
    text = "\n".join(_lines(view(plan))) + "\n"
    if limit is not None and units(text) > limit:
        raise TooLong(f"the plan is too long for {limit} characters", instead="This plan is too long.\n")
    return text


def _lines(seen: PlanView) -> Iterator[str]:
    yield f"## {seen.title} {code(seen.environment)}"
    yield ""
    yield f"**{seen.verdict}**" + (f" {seen.sending} {prose(seen.sends)}." if seen.sends else "")
    if seen.objections:
        yield ""
        yield "> [!CAUTION]"
        yield "> **Refused: nothing of this may be applied as it is.**"
        for objection in seen.objections:
            yield from _objection(objection)
    for group in seen.groups:
        yield ""
        yield f"### {code(group.connection)}"
        yield from _group(group)
    if seen.legend:
        yield ""
    yield from (f"- {word}: {meaning}" for word, meaning in seen.legend)


def _objection(objection: ObjectionView) -> Iterator[str]:
    yield f"> - {code(objection.guard)}: {prose(objection.message)}. If you mean it: {code(objection.lift)}"
    for address in objection.addresses:
        yield f">   - {code(address)}"


def _group(group: Group) -> Iterator[str]:
    ordinary = [c for c in group.changes if not c.dangerous]
    for change in (c for c in group.changes if c.dangerous):
        yield from _change(change)
    if len(ordinary) <= _OPEN:
        for change in ordinary:
            yield from _change(change)
        return
    yield ""
    yield f"<details><summary>{number(len(ordinary), 'more change')}</summary>"
    for change in ordinary:
        yield from _change(change)
    yield ""
    yield "</details>"


def _change(change: ChangeView) -> Iterator[str]:
    warning = "⚠️ " if change.dangerous else ""
    facts = [change.requests_in_words and prose(change.requests_in_words)]
    facts += [code(change.source)] if change.source else []
    yield ""
    yield f"{warning}**{change.what}** {code(change.address)} {', '.join(filter(None, facts))}".rstrip()
    notes = [prose(n) for n in change.notes] + [f"refused by {code(g)}" for g in change.refused_by]
    if notes:
        yield ""
        yield from (f"- {note}" for note in notes)
    if change.fields:
        yield ""
        yield from _table(change.fields)
        for field in change.fields:
            yield from block(field)


def _table(fields: Sequence[FieldView]) -> Iterator[str]:
    """Without the columns that would stay empty, as the old values of a creation."""
    rows = [_HEAD, *(_cells(f) for f in fields)]
    filled = [i for i in range(len(_HEAD)) if any(row[i] for row in rows[1:])]
    for index, row in enumerate(rows):
        yield "| " + " | ".join(row[i].replace("|", "\\|") for i in filled) + " |"
        if index == 0:
            yield "|" + "---|" * len(filled)


def _cells(field: FieldView) -> tuple[str, ...]:
    return (
        code(field.path),
        cell(field, field.before),
        cell(field, field.after),
        "; ".join(
            part
            for part in (
                field.whose,
                field.recorded and f"last applied {code(field.recorded)}",
                field.sign and code(field.sign),
            )
            if part
        ),
        code(field.source) if field.source else "",
    )


def cell(field: FieldView, shown: str) -> str:
    return "below" if _is_long(field) and shown else code(shown) if shown else ""


def _is_long(field: FieldView) -> bool:
    return bool(field.details) or len(field.before) > _CELL or len(field.after) > _CELL


def block(field: FieldView) -> Iterator[str]:
    if not _is_long(field):
        return
    if field.details:
        lines = [f"{d.sign if d.sign != '~' else '!'} {d.text}" for d in field.details]
        title = number(len(lines), "difference")
    else:
        lines = [f"{sign} {text}" for sign, text in (("-", field.before), ("+", field.after)) if text]
        title = "old and new"
    summary = f" ({field.values})" if field.details else ""
    yield ""
    yield f"<details><summary>{title} in <code>{html.escape(field.path)}</code>{summary}</summary>"
    yield ""
    yield from fenced(lines, "diff")
    yield ""
    yield "</details>"


def code(text: str) -> str:
    """A code span around neutral text that nothing in it can end. `text` is one line."""
    fence = "`" * (_longest_run(text) + 1)
    pad = " " if not text.strip(" ") or text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text or '(empty)'}{pad}{fence}"


def fenced(lines: Sequence[str], language: str) -> list[str]:
    """A fenced block that none of its lines can end. Each of `lines` is one line."""
    fence = "`" * max(3, max(map(_longest_run, lines), default=0) + 1)
    return [fence + language, *lines, fence]


def prose(text: str) -> str:
    """As a sentence where no word of it means anything to Markdown or GitHub, else as code."""
    return text if _HARMLESS.fullmatch(text) and not _REFERENCE.search(text) else code(text)


_HARMLESS: Final = re.compile(r"[A-Za-z0-9](?!\d*[.)])[A-Za-z0-9 ,;.()%'/_-]*")
_REFERENCE: Final = re.compile(
    r"\b(?:[0-9a-f]{7,}|GH-\d+)\b|www\.|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", re.IGNORECASE
)


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
