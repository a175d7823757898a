"""The plan as GitHub-flavoured Markdown, for comments and job summaries, as short as the place wants it. Pure.

What comes from manifests or live stands in code (`markup`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Final

from reconciler.plan import Plan
from reconciler.render.limits import TooLong, shortened, units
from reconciler.render.markdown_change import Detail, change_lines, listed
from reconciler.render.markup import code, folded, prose
from reconciler.render.seen import ChangeView, Group, ObjectionView, PlanView
from reconciler.render.shown import number
from reconciler.render.view import view
from reconciler.render.words import NOT_OURS, PENDING_BEFORE

_OPEN: Final = 10
"""So many ordinary changes of a connection are shown open; where there are more, each is folded."""
_NAMED: Final = 10
"""So many addresses of an objection are named where room is short."""

_DetailOf = Callable[[ChangeView], Detail]


def plan_markdown(plan: Plan, *, limit: int | None = None) -> str:
    """Headline, objections, what deletes or conflicts, the branch's changes, inherited ones, legend.

    `limit` is in UTF-16 units, and at least 1,000: the constants of `render.limits` name those of the usual
    places. What does not fit loses detail in stages: the requests, then long values and notes, then ordinary
    changes are listed by address, then counted. The inherited ones go first, and the text says what is
    missing. What deletes or conflicts is never cut: where it does not fit, raise TooLong. Ends with a newline.
    """
    seen = view(plan)
    if limit is None:
        return _page(seen, lambda _: Detail.WHOLE)
    for stage in Detail:
        page = _page(seen, lambda _, stage=stage: stage)  # type: ignore[misc]
        if units(page) <= limit:
            return page if stage is Detail.WHOLE else _filled_up(seen, stage, limit)
    dangerous = sum(c.dangerous for c in seen.changes)
    raise TooLong(
        f"the plan is too long for {limit} characters, and what deletes or conflicts in it is never cut",
        instead=_instead(seen, dangerous),
        hint="publish the HTML page, or plan fewer objects at a time with --target",
    )


def _filled_up(seen: PlanView, stage: Detail, limit: int) -> str:
    """At this stage, but with as many changes as there is room for told as at the stage before, in order."""
    ordinary = [c for c in seen.changes if not c.dangerous]

    def page(better: int) -> str:
        favoured = {c.address for c in ordinary[:better]}
        return _page(seen, lambda c: Detail(stage - 1) if c.address in favoured else stage)

    fitting = bisect_left(range(1, len(ordinary) + 1), True, key=lambda n: units(page(n)) > limit)
    return page(fitting)


def _at_most(change: ChangeView, detail: Detail) -> Detail:
    return min(detail, Detail.FIELDS) if change.dangerous else detail


def _page(seen: PlanView, detail: _DetailOf) -> str:
    return "\n".join(_lines(seen, detail)) + "\n"


def _lines(seen: PlanView, detail: _DetailOf) -> Iterator[str]:
    yield f"## {seen.title} {code(seen.environment)}"
    yield ""
    yield _headline(seen)
    if seen.advice:
        yield ""
        yield prose(seen.advice)
    details = Counter(_at_most(c, detail(c)) for c in seen.changes)
    yield from _shortened_to_fit(seen, details)
    if seen.objections:
        yield from _objections(seen, brief=max(details, default=Detail.WHOLE) > Detail.FIELDS)
    for group in seen.groups:
        yield from _group(group, detail, "###")
    if seen.inherited:
        yield ""
        yield f"### {NOT_OURS.capitalize()} (merge base {code(seen.base)})"
        yield ""
        yield PENDING_BEFORE
    for group in seen.inherited:
        yield from _group(group, detail, "####")
    if seen.legend:
        yield from folded("What the words mean", [f"- {word}: {meaning}" for word, meaning in seen.legend])


def _headline(seen: PlanView) -> str:
    parts = (
        f"**{seen.verdict}**",
        seen.whence,
        f"{seen.sending} {prose(seen.sends)}." if seen.sends else "",
        prose(seen.catching_up) if seen.catching_up else "",
    )
    return " ".join(filter(None, parts))


def _shortened_to_fit(seen: PlanView, told: Counter[Detail]) -> Iterator[str]:
    """That something is missing, and what."""
    missing = {
        Detail.FIELDS: "without their requests",
        Detail.BRIEF: "without requests, long values and notes",
        Detail.LISTED: "by address only",
        Detail.COUNTED: "only counted",
    }
    parts = [f"{number(told[stage], 'change')} {words}" for stage, words in missing.items() if told[stage]]
    if parts:
        yield ""
        yield "> [!NOTE]"
        yield f"> Shortened to fit: {', '.join(parts)}."
        if any(c.dangerous for c in seen.changes):
            yield "> What deletes or conflicts is all here."


def _objections(seen: PlanView, *, brief: bool) -> Iterator[str]:
    yield ""
    yield "> [!CAUTION]"
    yield "> **Refused: nothing of this may be applied as it is.**"
    for objection in seen.objections:
        yield from _objection(objection, _NAMED if brief else len(objection.addresses))


def _objection(objection: ObjectionView, named: int) -> Iterator[str]:
    yield f"> - {code(objection.guard)}: {prose(objection.message)}. If you mean it: {code(objection.lift)}"
    for address in objection.addresses[:named]:
        yield f">   - {code(address)}"
    if more := len(objection.addresses[named:]):
        yield f">   - and {more} more"


def _group(group: Group, detail: _DetailOf, heading: str) -> Iterator[str]:
    yield ""
    yield f"{heading} ⚠️ {group.title}" if group.dangerous else f"{heading} {code(group.title)}"
    if group.dangerous:
        for change in group.changes:
            yield from change_lines(change, _at_most(change, detail(change)), fold=False)
        return
    fold = len(group.changes) > _OPEN or group.changes[0].inherited
    for stage, found in groupby(group.changes, detail):
        yield from _at_stage(tuple(found), stage, fold=fold)


def _at_stage(changes: Sequence[ChangeView], stage: Detail, *, fold: bool) -> Iterator[str]:
    if stage is Detail.COUNTED:
        counted = Counter(c.what for c in changes)
        yield ""
        yield f"Not shown here: {', '.join(f'{n} {what}' for what, n in counted.items())}."
    elif stage is Detail.LISTED:
        yield ""
        yield from map(listed, changes)
    else:
        for change in changes:
            yield from change_lines(change, stage, fold=fold)


def _instead(seen: PlanView, dangerous: int) -> str:
    lines = (
        f"## {seen.title} {code(shortened(seen.environment, 100))}",
        "",
        f"**{seen.verdict}** {seen.whence}".rstrip(),
        "",
        "> [!CAUTION]",
        f"> **This plan is too long for this place: none of it is shown.** {number(dangerous, 'change')} in it",
        "> would delete or conflict, and those are never cut out of the middle. Read the whole plan before",
        "> anything is applied.",
    )
    return "\n".join(lines) + "\n"
