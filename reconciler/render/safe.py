"""Neutral text: whatever stands in a manifest or in live, on screen it is only ever text. Pure.

Every renderer passes everything that it did not write itself through `safe` or `quoted`.
"""

from __future__ import annotations

import re
from typing import Final

_UNSEEN: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
"""Printable by name, and nothing to see: fillers and variation selectors, which can carry hidden text."""

_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def safe(text: str) -> str:
    r"""One line without control, bidi, zero-width or odd space characters: they are shown, as `\\x1b`."""
    if text.isprintable() and _UNSEEN.isdisjoint(text):
        return text
    return "".join(c if c.isprintable() and c not in _UNSEEN else _escaped(c) for c in text)


def quoted(text: str) -> str:
    """In double quotes, so that nobody takes a part of the value for ours, or the other way round."""
    return '"' + safe(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def _escaped(char: str) -> str:
    code = ord(char)
    if char in _SHORT:
        return _SHORT[char]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004


_NOTHING: Final = (
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""Characters that a comparison by the rules of a language, as the runner's, passes over."""
_LINE_COMMAND: Final = re.compile(
    rf"(\A|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])((?:[^\S\n]|{_NOTHING})*):{_NOTHING}*:"
)
_OLD_COMMAND: Final = re.compile(rf"#{_NOTHING}*#{_NOTHING}*\[")


def without_commands(text: str) -> str:
    """What a GitHub runner would not take for its own: it obeys `::` at the start of a line, whatever
    space stands before, and `##[` anywhere, with or without invisible characters in between.
    [actions/runner ActionCommand]

    For the one output sink, where GITHUB_ACTIONS is set. Annotations and JSON are not to go through it:
    the former are commands, the latter has none (`planfile.encode`).
    """
    return _OLD_COMMAND.sub("## [", _LINE_COMMAND.sub(r"\1\2: :", text))
