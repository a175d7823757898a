"""The plan as a terminal shows it, at any width, with or without colour. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final

from reconciler.changes import Cause
from reconciler.plan import Plan
from reconciler.render.layout import EMPTY, Line, Span, hanging, measure, to_text
from reconciler.render.seen import ChangeView, FieldView, Group, ObjectionView, PlanView
from reconciler.render.view import view
from reconciler.render.words import NOT_OURS, PENDING_BEFORE

_ACTION_STYLE: Final = {
    "create": "green", "update": "yellow", "adopt": "cyan", "delete": "bold red", "forget": "dim",
}  # fmt: skip
_CAUSE_STYLE: Final = {
    Cause.CONFLICT: "bold red", Cause.DRIFT: "magenta", Cause.SUSPECT: "magenta", Cause.RELEASE: "dim",
}  # fmt: skip
_SIGN_STYLE: Final = {"+": "green", "-": "red", "~": "yellow"}
_CHANGE, _FIELD, _DETAIL = "  ", "      ", "        "
_GAP: Final = "  "


def plan_text(plan: Plan, *, width: int = 80, colour: bool = False, requests: bool = False) -> str:
    """The plan in lines of at most `width` columns, one alone where there is nothing to do.

    `requests` adds every request as it will be sent. Ends with a newline.
    """
    seen = view(plan)
    return to_text(_lines(seen, max(width, 40), requests), colour=colour)


def _lines(seen: PlanView, width: int, requests: bool) -> Iterator[Line]:
    if not seen.empty:
        yield from hanging("", f"{seen.title} {seen.environment} ({seen.origin})", width, "bold")
        yield EMPTY
    for group in seen.groups:
        yield from _group(group, width, requests)
    if seen.inherited:
        yield from hanging("", f"{NOT_OURS.capitalize()} (merge base {seen.base})", width, "bold")
        yield from hanging("", PENDING_BEFORE, width, "dim")
        yield EMPTY
    for group in seen.inherited:
        yield from _group(group, width, requests)
    if seen.objections:
        yield from hanging("", "Refused: nothing of this may be applied as it is.", width, "bold red")
        for objection in seen.objections:
            yield from _objection(objection, width)
        yield EMPTY
    if seen.empty:
        yield (Span(seen.conclusion, "bold"),)
        return
    for word, meaning in seen.legend:
        yield from hanging(f"{_CHANGE}{word}: ", meaning, width, "dim")
    if seen.legend:
        yield EMPTY
    head, _, rest = f"{seen.verdict} {seen.catching_up}".partition(" ")
    yield from hanging(head + " ", rest, width, "bold")
    yield from hanging("", seen.whence, width, "bold") if seen.whence else ()
    yield from hanging("", f"{seen.sending} {seen.sends or 'nothing'}.", width)


def _group(group: Group, width: int, requests: bool) -> Iterator[Line]:
    yield from hanging("", group.title, width, "bold underline" + " red" * group.dangerous)
    yield EMPTY
    for change, following in zip_longest(group.changes, group.changes[1:]):
        yield from _change(change, width)
        if requests:
            yield from _requests(change, width)
        if following is None or _has_fields(change) or _has_fields(following):
            yield EMPTY


def _has_fields(change: ChangeView) -> bool:
    return bool(change.fields or change.refused_by)


def _change(change: ChangeView, width: int) -> Iterator[Line]:
    style = _ACTION_STYLE[change.action]
    head = f"{_CHANGE}{change.symbol} {change.address}"
    facts = [f for f in (change.what, change.requests_in_words, change.source) if f]
    if measure(head) <= width:
        yield from _titled(head, facts, style, width)
    else:
        yield from hanging(f"{_CHANGE}{change.symbol} ", change.address, width, style)
        yield from hanging(_FIELD, ", ".join(facts), width)
    for note in change.notes:
        yield from hanging(_FIELD, note, width, "dim")
    for guard in change.refused_by:
        yield from hanging(_FIELD, f"refused by {guard}", width, "bold red")
    yield from field_lines(change.fields, width)


def _titled(head: str, facts: Sequence[str], style: str, width: int) -> Iterator[Line]:
    """As many facts beside the address as there is room for, the others below it."""
    beside = list(facts)
    while beside and measure(head) + len(_GAP) + measure(", ".join(beside)) > width:
        beside.pop()
    below = facts[len(beside) :]
    yield (Span(head, style), Span(_GAP if beside else ""), Span(", ".join(beside), "dim"))
    if below:
        yield from hanging(_FIELD, ", ".join(below), width, "dim")


def field_lines(fields: Sequence[FieldView], width: int) -> Iterator[Line]:
    """Three columns, path, values and whose change it is, for the fields that fit into them."""
    fitting = [f for f in fields if _length(f) <= width]
    paths = max((measure(f.path) for f in fitting), default=0)
    values = max((measure(f.values) for f in fitting), default=0)
    for field in fields:
        if field in fitting:
            yield _row(field, paths, values, width)
        else:
            yield from _stacked(field, width)
        if field.recorded:
            text = f"last applied {field.recorded}" + (f", now {field.source}" if field.source else "")
            yield from hanging(_DETAIL, text, width, "dim")
        if field.sign:
            yield from hanging(_DETAIL, field.sign, width, "magenta")
        for detail in field.details:
            yield from hanging(f"{_DETAIL}{detail.sign} ", detail.text, width, _SIGN_STYLE[detail.sign])


def _length(field: FieldView) -> int:
    parts = [field.path, field.values, *([field.told] if field.told else [])]
    return len(_FIELD) + sum(map(measure, parts)) + len(_GAP) * (len(parts) - 1)


def _row(field: FieldView, paths: int, values: int, width: int) -> Line:
    """Aligned as far as the line has room: columns give way before anything is cut."""
    spare = width - _length(field)
    pad_path = min(paths - measure(field.path), spare)
    pad_values = min(values - measure(field.values), spare - pad_path) if field.told else 0
    return (
        Span(_FIELD + field.path + " " * pad_path + _GAP),
        *_values(field),
        Span(" " * pad_values + (_GAP if field.told else "")),
        Span(field.told, _CAUSE_STYLE.get(field.cause, "dim")),
    )


def _values(field: FieldView) -> tuple[Span, ...]:
    if field.before and field.after:
        return (Span(field.before, "red"), Span(" → ", "dim"), Span(field.after, "green"))
    return (Span(field.values, "green" if field.after else ""),)


def _stacked(field: FieldView, width: int) -> Iterator[Line]:
    """The path, then the old value above the new one, wrapped."""
    whose = _GAP + field.told if field.told else ""
    if len(_FIELD) + measure(field.path + whose) <= width:
        yield (Span(_FIELD + field.path), Span(whose, _CAUSE_STYLE.get(field.cause, "dim")))
    else:
        yield from hanging(_FIELD, field.path, width)
        yield from hanging(_DETAIL, field.told, width, _CAUSE_STYLE.get(field.cause, "dim"))
    if len(_DETAIL) + measure(field.values) <= width:
        yield (Span(_DETAIL), *_values(field))
        return
    if field.before:
        yield from hanging(_DETAIL + "  " * bool(field.after), field.before, width, "red")
    if field.after:
        yield from hanging(_DETAIL + "→ " * bool(field.before), field.after, width, "green")


def _requests(change: ChangeView, width: int) -> Iterator[Line]:
    for request in change.requests:
        yield from hanging(f"{_FIELD}{request.method} ", request.path, width, "dim")
        if request.body:
            yield from hanging(_DETAIL, request.body, width, "dim")


def _objection(objection: ObjectionView, width: int) -> Iterator[Line]:
    yield from hanging(f"{_CHANGE}! {objection.guard}: ", objection.message, width, "red")
    for address in objection.addresses:
        yield from hanging(_FIELD, address, width)
    yield from hanging(_FIELD, f"if you mean it: {objection.lift}", width)
