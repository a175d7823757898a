"""One change in Markdown, with as much detail as there is room for. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Final

from reconciler.render.limits import shortened
from reconciler.render.markup import code, fenced, folded, html_code, prose, table
from reconciler.render.seen import ChangeView, FieldView
from reconciler.render.shown import number

_HEAD: Final = ("field", "live", "after", "whose change", "manifest")
_CELL: Final = 80
"""A longer value stands in a block under the table."""


class Detail(IntEnum):
    """How much of a change is told, from everything to its being counted."""

    WHOLE = 0
    FIELDS = 1
    BRIEF = 2
    LISTED = 3
    COUNTED = 4


def change_lines(change: ChangeView, detail: Detail, *, fold: bool) -> Iterator[str]:
    """At `BRIEF` or better. Folded, its first line is what is seen of it."""
    if fold:
        facts = f"{change.what} {html_code(change.address)}"
        yield from folded(facts, _body(change, detail, titled=True))
        return
    warning = "⚠️ " if change.dangerous else ""
    yield ""
    yield f"{warning}**{change.what}** {code(change.address)} {_facts(change)}".rstrip()
    yield from _body(change, detail, titled=False)


def listed(change: ChangeView) -> str:
    """An item of a list."""
    fields = f", {number(len(change.fields), 'field')}" if change.fields else ""
    return f"- {change.what} {code(change.address)}{fields}"


def _facts(change: ChangeView) -> str:
    facts = [change.requests_in_words and prose(change.requests_in_words)]
    facts += [code(change.source)] if change.source else []
    return ", ".join(filter(None, facts))


def _body(change: ChangeView, detail: Detail, *, titled: bool) -> Iterator[str]:
    if titled:
        yield _facts(change)
    notes = [prose(n) for n in change.notes] if detail < Detail.BRIEF else []
    notes += [f"refused by {code(g)}" for g in change.refused_by]
    if notes:
        yield ""
        yield from (f"- {note}" for note in notes)
    if change.fields:
        yield ""
        brief = detail >= Detail.BRIEF
        yield from table([_HEAD, *(_cells(f, brief=brief) for f in change.fields)])
        for field in () if brief else change.fields:
            yield from block(field)
    if change.requests and detail is Detail.WHOLE:
        lines = [line for r in change.requests for line in (f"{r.method} {r.path}", r.body) if line]
        yield from folded(number(len(change.requests), "request"), fenced(lines, ""))


def _cells(field: FieldView, *, brief: bool) -> tuple[str, ...]:
    told = (
        field.told,
        field.recorded and f"last applied {code(field.recorded)}",
        field.sign and code(field.sign),
    )
    return (
        code(field.path),
        cell(field, field.before, brief=brief),
        cell(field, field.after, brief=brief),
        "; ".join(filter(None, told)),
        code(field.source) if field.source else "",
    )


def cell(field: FieldView, shown: str, *, brief: bool = False) -> str:
    if not shown:
        return ""
    if brief:
        return code(shortened(shown, _CELL))
    return "below" if _is_long(field) else code(shown)


def _is_long(field: FieldView) -> bool:
    return bool(field.details) or len(field.before) > _CELL or len(field.after) > _CELL


def block(field: FieldView) -> Iterator[str]:
    if not _is_long(field):
        return
    if field.details:
        lines = [f"{d.sign if d.sign != '~' else '!'} {d.text}" for d in field.details]
        title = f"{number(len(lines), 'difference')} in {html_code(field.path)}: {html_code(field.values)}"
    else:
        lines = [f"{sign} {text}" for sign, text in (("-", field.before), ("+", field.after)) if text]
        title = f"old and new in {html_code(field.path)}"
    yield from folded(title, fenced(lines, "diff"))
