"""The comment on a pull request: the newest plan, how its apply ended, and the plans before it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Final

from reconciler.outcomes import Outcome
from reconciler.plan import Plan
from reconciler.planfile import plan_id
from reconciler.render.limits import TooLong, units
from reconciler.render.markdown import plan_markdown
from reconciler.render.markup import code, folded, prose
from reconciler.render.outcomes import outcomes_markdown
from reconciler.render.safe import safe
from reconciler.render.words import verdict
from reconciler.values import Json

EARLIER: Final = 5
"""So many superseded plans are remembered."""
_LONGEST: Final = 300
_SHORT_ID: Final = 19  # sha256: and twelve digits
_SHORT_COMMIT: Final = 12
_LINK: Final = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'*+,;=%-]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One plan, as it is remembered once another has superseded it. `applied` is empty until it was."""

    id: str
    commit: str
    created_at: str
    headline: str
    link: str = ""
    applied: str = ""

    @classmethod
    def of(cls, plan: Plan, link: str, outcomes: Sequence[Outcome]) -> Entry:
        headline = safe(verdict(plan))[:_LONGEST]
        return cls(plan_id(plan), plan.project_commit, plan.created_at, headline, link, _ended(outcomes))

    def supersedes(self, other: Entry) -> bool:
        return (self.id, self.commit) != (other.id, other.commit)

    def says_the_same_as(self, other: Entry) -> bool:
        return not self.supersedes(other) and self.applied in ("", other.applied)


def _ended(outcomes: Sequence[Outcome]) -> str:
    if not outcomes:
        return ""
    head, *_ = outcomes_markdown(outcomes, limit=0).splitlines()
    return head.lstrip("# ")[:_LONGEST]


def to_memory(newest: Entry, earlier: Sequence[Entry]) -> dict[str, Json]:
    return {"plans": [asdict(entry) for entry in (newest, *earlier)]}


def from_memory(memory: Mapping[str, Json]) -> tuple[Entry, ...]:
    """The newest first. What makes no sense is left out: anybody with rights may have edited it."""
    found = memory.get("plans")
    entries = map(_entry, found if isinstance(found, list) else ())
    return tuple(entry for entry in entries if entry is not None)[: EARLIER + 1]


def _entry(value: Json) -> Entry | None:
    names = {field.name for field in fields(Entry)}
    if not isinstance(value, Mapping) or value.keys() != names:
        return None
    texts = {name: text for name, text in value.items() if isinstance(text, str) and len(text) <= _LONGEST}
    return Entry(**texts) if texts.keys() == names else None


@dataclass(frozen=True, slots=True)
class Comment:
    """`missing` says why the plan is not in it; empty where it is."""

    text: str
    missing: str = ""


def comment_markdown(
    plan: Plan, newest: Entry, earlier: Sequence[Entry], outcomes: Sequence[Outcome], *, limit: int
) -> Comment:
    """At most `limit` UTF-16 units. What deletes or conflicts is never cut: where it does not fit, nothing
    of the plan is shown, loudly.
    """
    head = outcomes_markdown(outcomes, limit=limit // 4) + "\n" if outcomes else ""
    foot = "\n".join(_foot(newest, earlier)) + "\n"
    room = limit - units(head) - units(foot)
    try:
        return Comment(head + plan_markdown(plan, limit=room) + foot)
    except TooLong as error:
        return Comment(head + error.instead + foot, error.message)


def _foot(newest: Entry, earlier: Sequence[Entry]) -> Iterator[str]:
    yield ""
    yield _where(newest)
    if earlier:
        lines = (f"- {prose(safe(e.applied or e.headline))} {_where(e)}" for e in earlier)
        yield from folded(f"Superseded plans ({len(earlier)})", lines)


def _where(entry: Entry) -> str:
    parts = [f"plan {code(safe(entry.id[:_SHORT_ID]))}"]
    if entry.commit:
        # a dirty work tree is said, whatever is cut
        dirty = "-dirty" if entry.commit.endswith("-dirty") else ""
        parts.append(f"commit {code(safe(entry.commit[:_SHORT_COMMIT]) + dirty)}")
    parts.append(code(safe(entry.created_at)))
    parts += [f"[run]({entry.link})"] if is_link(entry.link) else []
    return " · ".join(parts)


def is_link(text: str) -> bool:
    """Whether it can stand in a Markdown link and nothing else comes of it."""
    return bool(_LINK.fullmatch(text))
