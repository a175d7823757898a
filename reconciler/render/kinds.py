"""The kinds as a page of Markdown: what each field is, in the words of the kinds themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.kinds import DOCUMENTS, explained
from reconciler.render.markup import code


def kinds_markdown() -> str:
    """A heading and a table for every kind. Ends with a newline."""
    return "\n".join(line for kind in DOCUMENTS for line in _kind(kind, explained(kind)))


def _kind(kind: str, fields: Mapping[str, str]) -> Iterator[str]:
    yield f"## {kind}"
    yield ""
    yield _prose(DOCUMENTS[kind])
    yield ""
    yield "| field | |"
    yield "|---|---|"
    for name, sentence in fields.items():
        yield f"| {code(name)} | {_prose(sentence)} |"
    yield ""


def _prose(sentence: str) -> str:
    """A sentence with code spans in it, whose signs mean nothing to Markdown outside of them."""
    parts = sentence.replace("|", "\\|").split("`")
    return "`".join(part if place % 2 else part.replace("<", "\\<") for place, part in enumerate(parts))
