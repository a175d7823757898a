"""What a survey found, told where people look: in the environment's issue, and by webhooks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.cli.forging import project_of, run_link
from reconciler.cli.notifying import notify
from reconciler.cli.session import Session
from reconciler.errors import ReconcilerError, Undecidable
from reconciler.forge.marker import Marker
from reconciler.forge.protocol import Forge
from reconciler.forge.tracking import Items, Sight, Step, Tracked, Words, track
from reconciler.render import safe
from reconciler.render.issue import Report, drifted, gone_markdown, issue_markdown, news_markdown
from reconciler.render.limits import units
from reconciler.render.notice import Event
from reconciler.render.words import verdict
from reconciler.survey import Survey
from reconciler.values import Json


@dataclass(frozen=True, slots=True)
class Reported:
    """What became of the issue. `failed`: it could not be written, or the drift does not fit into it."""

    tracked: Tracked | None
    failed: bool = False


def report_issue(session: Session, forge: Forge, found: Survey) -> Reported:
    """Bring the environment's issue in line with what was found. What goes wrong is told, not raised."""
    output = session.output
    draft = Draft(session, forge, found)
    try:
        tracked = track(forge, draft.marker, draft.sight, draft.words)
    except ReconcilerError as error:
        output.error(f"the drift was not reported: {safe(error.message)}", error.hint)
        return Reported(None, failed=True)
    for author in tracked.others:
        output.note(
            f"Warning: an issue by {safe(author) or 'somebody'} carries our hidden line. It is not ours, and was left as it is."
        )
    where = f" {safe(tracked.url)}" if tracked.url else ""
    if tracked.step is Step.LEFT:
        output.note(f"The issue{where} stays closed: a person closed it, and nothing else has drifted since.")
    elif tracked.step is not Step.NOTHING:
        output.note(f"The issue{where} is {'as it was' if tracked.step is Step.UNCHANGED else tracked.step}.")
    if draft.missing:
        output.error(draft.missing, "the issue says so; reconciler drift shows all of it")
    return Reported(tracked, failed=bool(draft.missing))


class Draft:
    """The issue to be, made from what the present one remembers."""

    def __init__(self, session: Session, forge: Forge, found: Survey) -> None:
        environment = session.project.environment.name
        broken = {name: reason(error) for name, error in found.broken.items()}
        self.marker = Marker("drift", project_of(session.project.root), environment)
        self.sight = Sight(drifted(found.plan), frozenset(broken))
        self.missing = ""
        self._report = Report(found.plan, broken, run_link(os.environ))
        self._limit = forge.limit
        self.words = Words(
            f"Drift in {safe(environment)} of {safe(session.project.name)}",
            self.body,
            lambda items: news_markdown(found.plan, items),
            gone_markdown(self._report),
        )

    def body(self, memory: Mapping[str, Json], known: Items) -> str:
        """When it was seen is a part of it: of the same drift, it is told as it was."""
        items: dict[str, Json] = {name: sorted(words) for name, words in sorted(known.items())}
        broken = sorted(self.sight.broken)
        report = self._report
        same = (memory.get("items"), memory.get("broken")) == (items, broken)
        seen, link = (memory.get("seen"), memory.get("link")) if same else (None, None)
        if not isinstance(seen, str) or not isinstance(link, str):
            seen, link = report.plan.created_at, report.link
        head = self.marker.head({"items": items, "broken": broken, "seen": seen, "link": link})
        unread = [name for name in broken if name in known]
        text = issue_markdown(
            Report(report.plan, report.broken, link, seen), unread, limit=self._limit - units(head)
        )
        self.missing = text.missing
        return head + text.text


def reason(error: ReconcilerError) -> str:
    return "; ".join(map(str, error.problems)) if isinstance(error, Undecidable) else error.message


def tell_everybody(session: Session, found: Survey, reported: Reported | None) -> None:
    """By webhook: with an issue what is new in it, else whatever drift there is."""
    tracked = reported.tracked if reported else None
    link = tracked.url if tracked and tracked.url else run_link(os.environ)
    if found.plan.pending and (tracked is None or tracked.news):
        notify(session, Event("drift", verdict(found.plan), found.plan, link))
    if tracked is not None and tracked.step is Step.CLOSED:
        notify(session, Event("resolved", "The drift is gone: live is as last applied again.", None, link))
    if found.broken:
        names = ", ".join(sorted(found.broken))
        notify(
            session,
            Event("failed", f"Drift could not be looked for on {names}.", None, link),
        )
