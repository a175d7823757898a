"""One issue that is there while there is drift: opened, updated, closed and opened again by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from reconciler.errors import LiveError
from reconciler.forge.marker import Marker, divided
from reconciler.forge.protocol import Forge, Issue, is_by
from reconciler.values import Json

LABEL = "drift"

Items = Mapping[str, frozenset[str]]
"""What drifted: by connection, a word for each field and the value that was found there."""


class Step(StrEnum):
    """`nothing`: there is none, and none is needed. `left`: a person closed it over this very drift."""

    NOTHING = "nothing"
    OPENED = "opened"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REOPENED = "reopened"
    CLOSED = "closed"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of an environment. `broken` are the connections that could not be read."""

    items: Items
    broken: frozenset[str] = frozenset()

    def with_unread(self, earlier: Items) -> Items:
        """What is known to have drifted: of a connection that cannot be read, what was known before."""
        return {
            **{name: words for name, words in earlier.items() if name in self.broken},
            **{name: words for name, words in self.items.items() if words},
        }


def fresh(known: Items, earlier: Items) -> Items:
    """What is known now, and was not before."""
    new = {name: words - earlier.get(name, frozenset()) for name, words in known.items()}
    return {name: words for name, words in new.items() if words}


def judge(is_open: bool | None, known: Items, earlier: Items, broken: frozenset[str]) -> Step:
    """What to do with the issue, which is open, closed, or not there (None). Pure.

    Nothing is closed while something could not be read. We empty what an issue remembers when we close it,
    so a closed one that remembers drift was closed by a person, whose word counts until more has drifted.
    """
    if not known:
        if is_open:
            return Step.UPDATED if broken else Step.CLOSED
        return Step.NOTHING
    if is_open is None:
        return Step.OPENED
    if is_open:
        return Step.UPDATED
    return Step.REOPENED if fresh(known, earlier) else Step.LEFT


@dataclass(frozen=True, slots=True)
class Words:
    """What the issue says, made by whoever knows how: the title, its body from what is remembered and what is
    known now, a comment on new drift, and one at its end.
    """

    title: str
    body: Callable[[Mapping[str, Json], Items], str]
    news: Callable[[Items], str]
    gone: str


@dataclass(frozen=True, slots=True)
class Tracked:
    """`others` are the authors of issues that carry our marker and are not ours."""

    step: Step
    url: str = ""
    news: bool = False
    others: tuple[str, ...] = ()


def track(forge: Forge, marker: Marker, sight: Sight, words: Words) -> Tracked:
    """Bring the environment's issue in line with what was seen. Raise LiveError."""
    ours, others = divided(forge.issues(LABEL), marker, forge.me())
    strangers = tuple(sorted({issue.author for issue in others}))
    # the open one, should a person have opened another; else the newest
    issue = next((i for i in ours if i.open), ours[-1] if ours else None)
    memory = marker.remembered(issue.body) if issue else {}
    earlier = items_in(memory)
    known = sight.with_unread(earlier)
    step = judge(issue.open if issue else None, known, earlier, sight.broken)
    if step in (Step.NOTHING, Step.LEFT) or (issue is None and step is not Step.OPENED):
        return Tracked(step, issue.url if issue else "", others=strangers)
    body = words.body(memory, known)
    if issue is None:
        made = _opened(forge, marker, words.title, body, forge.me())
        return Tracked(step, made.url, news=True, others=strangers)
    news = fresh(known, earlier)
    step = _carried_out(forge, issue, step, body)
    if step is Step.CLOSED:
        forge.comment(issue, words.gone)
    elif news:
        forge.comment(issue, words.news(news))
    return Tracked(step, issue.url, bool(news), strangers)


def _carried_out(forge: Forge, issue: Issue, step: Step, body: str) -> Step:
    if step is Step.UPDATED and issue.body.replace("\r\n", "\n").strip() == body.strip():
        return Step.UNCHANGED
    forge.edit_issue(issue, body=body, open={Step.REOPENED: True, Step.CLOSED: False}.get(step))
    return step


def _opened(forge: Forge, marker: Marker, title: str, body: str, me: str) -> Issue:
    """A new issue. Of two runs that open one each, the later closes its own."""
    made = forge.open_issue(title, body, LABEL)
    if LABEL not in made.labels:
        forge.edit_issue(made, open=False)
        raise LiveError(
            f"the issue did not get the label {LABEL!r}, by which the next run finds it, and was closed again",
            hint=f"create the label {LABEL!r} in the repository, or give the token the right to set labels",
        )
    ours, _ = divided(forge.issues(LABEL), marker, made.author)
    first = next((issue for issue in ours if issue.open), made)
    if first.number != made.number:
        forge.comment(made, f"Duplicate of #{first.number}, which another run opened at the same time.")
        forge.edit_issue(made, body="Duplicate.", open=False)
        if not is_by(made.author, me):
            raise LiveError(
                f"the token writes as {made.author}, not as {me}", hint=f"say so: --author '{made.author}'"
            )
    return first


def items_in(memory: Mapping[str, Json]) -> dict[str, frozenset[str]]:
    """What the issue remembers, as far as it makes sense."""
    found = memory.get("items")
    if not isinstance(found, Mapping):
        return {}
    return {
        name: frozenset(word for word in words if isinstance(word, str))
        for name, words in found.items()
        if isinstance(words, list) and words
    }
