"""What an edit changes in a file, as a unified diff that is harmless to look at. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff
from typing import Final

from reconciler.render.layout import Line, Span, to_text
from reconciler.render.safe import safe

_STYLE: Final = {"+": "green", "-": "red", "@": "cyan"}


def render_patch(file: str, old: str, new: str, *, colour: bool = False) -> str:
    """Ends with a newline; empty where nothing changes."""
    return to_text(_lines(file, old, new), colour=colour)


def _lines(file: str, old: str, new: str) -> Iterator[Line]:
    name = safe(file.lstrip("/"))
    before, after = (text.replace("\r\n", "\n").split("\n") for text in (old, new))
    told = unified_diff([*_ended(before)], [*_ended(after)], f"a/{name}", f"b/{name}", lineterm="")
    for number, line in enumerate(told):
        style = "bold" if number < 2 else _STYLE.get(line[:1], "")  # noqa: PLR2004 - the names of both sides
        text, end, rest = line.partition("\n")
        yield (Span(safe(text), style),)
        if end:
            yield (Span(rest, "dim"),)


def _ended(lines: list[str]) -> Iterator[str]:
    """The lines; a last one without a newline says so behind one."""
    yield from lines[:-1]
    if lines[-1]:
        yield f"{lines[-1]}\n\\ No newline at end of file"
