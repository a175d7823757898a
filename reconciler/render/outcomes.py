"""The end of an apply, on a terminal and in a job summary: how each change and each of its fields ended. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from reconciler.outcomes import FieldOutcome, Outcome, Result, Status, field_summary, summary, untouched
from reconciler.render.layout import EMPTY, Line, Span, hanging, measure, to_text
from reconciler.render.limits import units
from reconciler.render.markup import code, prose, table
from reconciler.render.safe import safe
from reconciler.render.shown import number
from reconciler.render.words import SYMBOL

_STYLE: Final = {
    Status.DONE: "green", Status.ALREADY: "green", Status.FAILED: "bold red", Status.STALE: "yellow",
    Status.BLOCKED: "yellow", Status.NOT_TRIED: "dim", Status.UNKNOWN: "bold red",
}  # fmt: skip
_MEANING: Final = {
    Status.ALREADY: "live had it already, nothing was sent",
    Status.STALE: "live moved since the plan, nothing was sent: plan again",
    Status.BLOCKED: "what it depends on did not succeed",
    Status.NOT_TRIED: "never sent",
    Status.UNKNOWN: "sent, and no answer came: the next plan looks what became of it",
}
_RESULT: Final = {
    Result.VERIFIED: "verified",
    Result.ACCEPTED: "accepted (cannot be read back)",
    Result.NORMALISED: "normalised by the server",
    Result.DROPPED: "dropped by the server",
}
_WELL: Final = frozenset({Status.DONE, Status.ALREADY})
_MARK: Final = {Status.DONE: "✅", Status.ALREADY: "✅", Status.FAILED: "❌", Status.UNKNOWN: "❓"}
_FIELD: Final = " " * 13


def outcomes_text(outcomes: Sequence[Outcome], *, width: int = 80, colour: bool = False) -> str:
    """A line for each change, with its fields that were not simply verified, and the sum. Ends with a newline."""
    return to_text(_lines(outcomes, max(width, 40)), colour=colour)


def outcomes_markdown(outcomes: Sequence[Outcome], *, limit: int | None = None) -> str:
    """What did not succeed, then what did. `limit` is in UTF-16 units: beyond it, successes are only counted.

    What did not succeed is never cut. Ends with a newline.
    """
    failed = [o for o in outcomes if o.status not in _WELL]
    well = [o for o in outcomes if o.status in _WELL]
    page = _page(outcomes, [*failed, *well])
    return page if limit is None or units(page) <= limit else _page(outcomes, failed)


def _page(outcomes: Sequence[Outcome], shown: Sequence[Outcome]) -> str:
    head, _, rest = _verdict(outcomes).partition(" ")
    lines = [f"## {head} {rest}"]
    if fields := _fields(outcomes):
        lines += ["", f"Fields: {fields}."]
    if shown:
        lines += ["", *table([("", "ended", "change", "why"), *map(_row, shown)])]
    if left := len(outcomes) - len(shown):
        lines += ["", f"{number(left, 'change')} that succeeded not listed."]
    return "\n".join(lines) + "\n"


def _row(outcome: Outcome) -> tuple[str, ...]:
    message = safe(outcome.message) or _MEANING.get(outcome.status, "")
    told = [prose(message)] if message else []
    told += [
        f"{field.result}: {code(safe(field.path))}"
        + (f" {prose(safe(field.detail))}" if field.detail else "")
        for field in outcome.fields
        if field.result is not Result.VERIFIED
    ]
    mark = _MARK.get(outcome.status, "⚠️")
    what = f"{prose(safe(outcome.action))} {code(safe(str(outcome.address)))}"
    return mark, outcome.status.value, what, "<br>".join(told)


def _lines(outcomes: Sequence[Outcome], width: int) -> Iterator[Line]:
    for outcome in outcomes:
        yield from _outcome(outcome, width)
    if outcomes:
        yield EMPTY
    head, _, rest = _verdict(outcomes).partition(" ")
    yield from hanging(head + " ", rest, width, "bold")
    if fields := _fields(outcomes):
        yield from hanging("Fields: ", fields + ".", width)


def _outcome(outcome: Outcome, width: int) -> Iterator[Line]:
    style = _STYLE[outcome.status]
    what = f"{SYMBOL.get(outcome.action, '?')} {safe(str(outcome.address))}"
    head = f"  {outcome.status:<9}  "
    if measure(head + what) <= width:
        yield (Span(head, style), Span(what))
    else:
        yield from hanging(head, what, width)
    message = safe(outcome.message) or _MEANING.get(outcome.status, "")
    if message:
        yield from hanging(_FIELD + "  ", message, width, style)
    for field in outcome.fields:
        if field.result is not Result.VERIFIED:
            yield from _field(field, width)


def _field(field: FieldOutcome, width: int) -> Iterator[Line]:
    style = "bold red" if field.result is Result.DROPPED else "dim"
    tail = f": {safe(field.detail)}" if field.detail else ""
    yield from hanging(f"{_FIELD}  {field.result} ", safe(field.path) + tail, width, style)


def _fields(outcomes: Sequence[Outcome]) -> str:
    return ", ".join(f"{count} {_RESULT[Result(r)]}" for r, count in field_summary(outcomes).items() if count)


def _verdict(outcomes: Sequence[Outcome]) -> str:
    if not outcomes:
        return "Nothing to apply."
    told = [f"{count} {status}" for status, count in summary(outcomes).items() if count]
    if not untouched(outcomes):
        return f"Applied: {', '.join(told)}."
    return f"Nothing was sent: {', '.join(told)}."
