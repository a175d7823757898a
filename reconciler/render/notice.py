"""What happened, told to a chat room or to a program: Slack's format, and a document of our own. Pure."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.changes import Change
from reconciler.kinds.project import Happening
from reconciler.plan import Plan
from reconciler.planfile import to_document
from reconciler.render.safe import safe
from reconciler.values import Json

_MOST_LINES: Final = 20
# Slack refuses a block of more than 3,000 characters, and a message with it
_LONGEST_LINE: Final = 120
_LONGEST_TEXT: Final = 2900
_SYMBOL: Final = {
    "drift": ":warning:",
    "resolved": ":white_check_mark:",
    "corrected": ":wrench:",
    "failed": ":x:",
    "applied": ":rocket:",
}


@dataclass(frozen=True, slots=True)
class Event:
    """`headline` is a sentence. `plan` has the changes that it is about; `link` leads to the run or the issue."""

    happening: Happening
    headline: str
    plan: Plan | None = None
    link: str = ""

    @property
    def changes(self) -> Sequence[Change]:
        return self.plan.pending if self.plan else ()


def notice_json(event: Event, *, project: str, environment: str, at: str) -> dict[str, Json]:
    """The generic document. Changes are as in a plan, without their requests."""
    pending = {str(c.address) for c in event.changes}
    document = to_document(event.plan) if event.plan else {}
    changes = document.get("changes", ())
    assert isinstance(changes, Sequence)  # noqa: S101 - planfile makes it so
    keep = ("address", "action", "cause", "uuid", "name", "fields")
    return {
        "format_version": "1.0",
        "event": event.happening,
        "at": at,
        "project": project,
        "environment": environment,
        "headline": event.headline,
        "link": event.link or None,
        "summary": document.get("summary", {}),
        "changes": [
            {key: c[key] for key in keep} for c in changes if isinstance(c, dict) and c["address"] in pending
        ],
    }


def notice_slack(event: Event, *, project: str, environment: str) -> dict[str, Json]:
    """`text` for notifications, `blocks` for the message. Values stay in the plan: a room may be large."""
    title = (
        f"{_SYMBOL[event.happening]} *{_plain(project)} / {_plain(environment)}*: {_plain(event.headline)}"
    )
    lines = [_line(c) for c in event.changes[:_MOST_LINES]]
    if len(event.changes) > _MOST_LINES:
        lines.append(f"… and {len(event.changes) - _MOST_LINES} more")
    blocks = [_section(title[:_LONGEST_TEXT])]
    blocks += [_section(part) for part in _filled(lines)]
    if event.link:
        blocks.append(_section(f"<{_link(event.link)}|Look at it>"))
    return {"text": title[:_LONGEST_TEXT], "blocks": blocks}


def _filled(lines: Sequence[str]) -> list[str]:
    """The lines in as few texts as the limit allows."""
    parts: list[str] = []
    for line in lines:
        if parts and len(parts[-1]) + len(line) + 1 <= _LONGEST_TEXT:
            parts[-1] += "\n" + line
        else:
            parts.append(line)
    return parts


def _section(text: str) -> dict[str, Json]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _line(change: Change) -> str:
    paths = ", ".join(f.path for f in change.fields)
    return f"• {_plain(str(change.address))}: {change.action}" + (f" ({_plain(paths)})" if paths else "")


def _plain(text: str) -> str:
    """Text that Slack takes for nothing else: no mention, link, style or emoji. Cut before it is escaped."""
    text = safe(text)
    text = text if len(text) <= _LONGEST_LINE else text[: _LONGEST_LINE - 1] + "…"
    # a zero-width space ends what would begin a style
    return "".join(c + "\u200b" if c in "*_~`:" else c for c in html.escape(text, quote=False))


def _link(url: str) -> str:
    return html.escape(url, quote=False).replace("|", "%7C")
