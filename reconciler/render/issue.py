"""The issue that tells of an environment's drift, while there is some. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.changes import Change
from reconciler.plan import Plan
from reconciler.render.comment import is_link
from reconciler.render.limits import TooLong, units
from reconciler.render.markdown import plan_markdown
from reconciler.render.markup import code, prose
from reconciler.render.safe import safe
from reconciler.render.shown import number
from reconciler.values import Json, Missing, digest

_WORD: Final = 12
_MOST_WORDS: Final = 200
"""Of a connection with more drift than this, only that it changed is remembered, not what."""
_MOST_NAMED: Final = 50


@dataclass(frozen=True, slots=True)
class Report:
    """What was seen: the plan of drift, and why each broken connection could not be read; when, and in which run."""

    plan: Plan
    broken: Mapping[str, str]
    link: str = ""
    seen: str = ""


def drifted(plan: Plan) -> dict[str, frozenset[str]]:
    """By connection, a word for each field that drifted, and the value that was found."""
    found: dict[str, set[str]] = {}
    for change in plan.pending:
        found.setdefault(change.address.connection, set()).update(_words(change))
    return {
        name: frozenset(words if len(words) <= _MOST_WORDS else {_word(sorted(words))})
        for name, words in found.items()
    }


def _words(change: Change) -> Iterator[str]:
    address = str(change.address)
    if not change.fields:
        yield _word([address, change.action])
    for field in change.fields:
        value = {} if isinstance(field.before, Missing) else {"is": field.before}
        yield _word([address, change.action, field.path, value])


def _word(value: Json) -> str:
    return digest(value).removeprefix("sha256:")[:_WORD]


@dataclass(frozen=True, slots=True)
class IssueText:
    """`missing` says why the drift is not in it; empty where it is."""

    text: str
    missing: str = ""


def issue_markdown(report: Report, unread: Sequence[str], *, limit: int) -> IssueText:
    """The connections that could not be read, the drift, and where it was seen. `unread` had drift before."""
    head = "".join(line + "\n" for line in _broken(report, unread))
    foot = "".join(line + "\n" for line in _foot(report))
    try:
        return IssueText(head + plan_markdown(report.plan, limit=limit - units(head + foot)) + foot)
    except TooLong as error:
        return IssueText(head + error.instead + foot, error.message)


def _broken(report: Report, unread: Sequence[str]) -> Iterator[str]:
    if not report.broken:
        return
    yield "> [!WARNING]"
    yield f"> **{number(len(report.broken), 'connection')} could not be looked at, so this is not all:**"
    for name, why in sorted(report.broken.items()):
        earlier = " It had drifted when it was last looked at." if name in unread else ""
        yield f"> - {code(safe(name))}: {prose(safe(why)[:500])}.{earlier}"
    yield ""


def _foot(report: Report) -> Iterator[str]:
    seen = f"Seen at {code(safe(report.seen or report.plan.created_at))}"
    yield ""
    yield seen + (f" · [run]({report.link})" if is_link(report.link) else "")
    yield ""
    yield (
        "This issue is kept by `reconciler drift`: edited when the drift changes, closed when it is gone. "
        "To heal it: `reconciler drift --correct`. To keep what live has: `reconciler accept ADDRESS`. "
        "Closed by hand, it stays closed until something else drifts."
    )


def news_markdown(plan: Plan, words: Mapping[str, frozenset[str]]) -> str:
    """A comment on what drifted since the last look."""
    new = [
        (change, [f.path for f in change.fields])
        for change in plan.pending
        if words.get(change.address.connection, frozenset()) & {*_words(change)}
    ]
    lines = [
        f"- {code(safe(str(change.address)))}"
        + (f": {', '.join(code(safe(p)) for p in paths[:20])}" if paths else "")
        for change, paths in new[:_MOST_NAMED]
    ]
    if len(new) > _MOST_NAMED:
        lines.append(f"- and {len(new) - _MOST_NAMED} more")
    return "\n".join(["**More has drifted:**" if lines else "**The drift has changed.**", "", *lines]) + "\n"


def gone_markdown(report: Report) -> str:
    seen = f"[the run]({report.link})" if is_link(report.link) else code(safe(report.plan.created_at))
    return f"The drift is gone: live is as last applied again, as {seen} found.\n"
