"""Lines of styled text, wrapped without losing a character; rich colours them where colour is wanted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias


class Span(NamedTuple):
    text: str
    style: str = ""


Line: TypeAlias = "tuple[Span, ...]"
EMPTY: Line = ()


def plain(line: Line) -> str:
    return "".join(span.text for span in line).rstrip()


def measure(text: str) -> int:
    """How many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415 - rich is for output only

    return cell_len(text)


def wrap(text: str, width: int) -> list[str]:
    """Pieces of at most `width` columns, broken after spaces where there are any. Joined they are `text`.

    Never empty. A single character wider than `width` stands alone.
    """
    pieces, room = [""], width
    for word in re.findall(r" +|[^ ]+ ?", text):
        for part in [word] if measure(word.rstrip()) <= width else word:
            taken = measure(part)
            if measure(part.rstrip()) > room and pieces[-1]:
                pieces.append("")
                room = width
            pieces[-1] += part
            room -= taken
    return pieces


def hanging(first: str, text: str, width: int, style: str = "") -> Iterator[Line]:
    """`text` behind `first`, with every further line below its own beginning.

    A `first` that leaves `text` no room is taken for a part of it.
    """
    if measure(first) > width // 2:
        text = first.lstrip() + text
        first = " " * (len(first) - len(first.lstrip()))
    indent = measure(first)
    for index, piece in enumerate(wrap(text, width - indent)):
        yield (Span(first if index == 0 else " " * indent, style), Span(piece, style))


def to_text(lines: Iterable[Line], *, colour: bool) -> str:
    """The lines with a newline after each. Without colour there is no escape in it at all."""
    if not colour:
        return "".join(plain(line) + "\n" for line in lines)
    import io  # noqa: PLC0415

    from rich.console import Console  # noqa: PLC0415 - slow to import, and only for colour
    from rich.text import Text  # noqa: PLC0415

    out = io.StringIO()
    console = Console(
        file=out, force_terminal=True, color_system="standard", no_color=False, legacy_windows=False,
        highlight=False, markup=False, emoji=False,
    )  # fmt: skip
    for line in lines:
        console.print(Text.assemble(*line), soft_wrap=True)
    return out.getvalue()
