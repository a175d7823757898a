"""The hidden lines at the top of what we write: whose it is, and what the next run has to know. Pure.

Anybody can write such a line. So a text is ours by it **and** by its author, and what it remembers is
read as a stranger's word: of the right shape, or not at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar
from urllib.parse import quote

from reconciler.forge.protocol import Issue, Note, is_by
from reconciler.values import Json

_MEMORY = re.compile(r"\n<!-- reconciler:memory (\{.*\}) -->(?:\r?\n|$)")


@dataclass(frozen=True, slots=True)
class Marker:
    """One for each project and environment, of plans and of drift."""

    about: Literal["plan", "drift"]
    project: str
    environment: str

    def __str__(self) -> str:
        # quoted, so that no name can end the comment
        names = (quote(name, safe="/._") for name in (self.project, self.environment))
        project, environment = (name.replace("-", "%2D") for name in names)
        return f"<!-- reconciler:{self.about} project={project} environment={environment} -->"

    def head(self, memory: Mapping[str, Json]) -> str:
        """The lines before the text that people see."""
        told = json.dumps(memory, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        # what could end the comment, or begin another, stands only inside of JSON's text, and is spelled otherwise
        for mark, instead in (("--", "-\\u002d"), ("<", "\\u003c"), (">", "\\u003e")):
            told = told.replace(mark, instead)
        return f"{self}\n<!-- reconciler:memory {told} -->\n\n"

    def remembered(self, body: str) -> Mapping[str, Json]:
        """What `head` was given; empty where the lines are not as we write them."""
        found = _MEMORY.match(body.lstrip().replace("\r\n", "\n")[len(str(self)) :])
        try:
            memory = json.loads(found[1]) if found else {}
        except (ValueError, RecursionError):
            return {}
        return memory if isinstance(memory, dict) else {}

    def marks(self, body: str) -> bool:
        """Whether it is the first line: one quoted further below marks nothing."""
        return body.lstrip().partition("\n")[0].rstrip() == str(self)


Text = TypeVar("Text", Note, Issue)


def divided(texts: Iterable[Text], marker: Marker, me: str) -> tuple[list[Text], list[Text]]:
    """Those with the marker: ours, in the order given, and those of other authors, which are left alone."""
    marked = [text for text in texts if marker.marks(text.body)]
    ours = [text for text in marked if is_by(text.author, me)]
    return ours, [text for text in marked if text not in ours]
