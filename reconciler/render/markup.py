"""Text as Markdown takes it for text and nothing else. Pure.

Whatever comes from manifests or live stands in code, in spans and fences longer than any run of backticks
in it: there is no link, mention, reference, HTML or heading in code.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final


def code(text: str) -> str:
    """A code span around neutral text that nothing in it can end. `text` is one line."""
    fence = "`" * (_longest_run(text) + 1)
    pad = " " if not text.strip(" ") or text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text or '(empty)'}{pad}{fence}"


def fenced(lines: Sequence[str], language: str) -> list[str]:
    """A fenced block that none of its lines can end. Each of `lines` is one line."""
    fence = "`" * max(3, max(map(_longest_run, lines), default=0) + 1)
    return [fence + language, *lines, fence]


def folded(summary: str, lines: Iterable[str]) -> Iterator[str]:
    """A block that opens on a click. `summary` is HTML; what it quotes goes through `html_code`."""
    yield ""
    yield f"<details><summary>{summary}</summary>"
    yield ""
    yield from lines
    yield ""
    yield "</details>"


def html_code(text: str) -> str:
    """The same as `code`, inside of HTML."""
    return f"<code>{html.escape(text) or '(empty)'}</code>"


def prose(text: str) -> str:
    """As a sentence where no word of it means anything to Markdown or GitHub, else as code."""
    return text if _HARMLESS.fullmatch(text) and not _REFERENCE.search(text) else code(text)


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The first row is the head. Without the columns that would stay empty."""
    filled = [i for i in range(len(rows[0])) if any(row[i] for row in rows[1:])]
    for index, row in enumerate(rows):
        yield "| " + " | ".join(row[i].replace("|", "\\|") for i in filled) + " |"
        if index == 0:
            yield "|" + "---|" * len(filled)


_HARMLESS: Final = re.compile(r"[A-Za-z0-9](?!\d*[.)])[A-Za-z0-9 ,;.()%'/_-]*")
_REFERENCE: Final = re.compile(
    r"\b(?:[0-9a-f]{7,}|GH-\d+)\b|www\.|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", re.IGNORECASE
)


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
