"""The text of a YAML file laid out anew from its tokens: indentation, gaps, quotes, blank lines. Pure.

What a user wrote is moved, never written again: the text of each token and comment is the file's own. Only
a quoted scalar on one line may get other quotes, or none where every reader agrees without.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined] # exported, but unknown to the stubs

from reconciler.manifests.writing import NEEDS_SINGLE, plain_spelling

STEP = 2
_UNSEEN = (
    yaml.StreamStartToken, yaml.StreamEndToken,
    yaml.BlockMappingStartToken, yaml.BlockSequenceStartToken, yaml.BlockEndToken,
)  # fmt: skip
_OPENING = (yaml.FlowMappingStartToken, yaml.FlowSequenceStartToken)
_CLOSING = (yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)
_OF_DOCUMENT = (yaml.DocumentStartToken, yaml.DocumentEndToken, yaml.DirectiveToken)
_ONE_SPACE_AFTER = (
    yaml.ValueToken, yaml.BlockEntryToken, yaml.FlowEntryToken, yaml.AnchorToken, yaml.TagToken, yaml.DocumentStartToken,
)  # fmt: skip
_FLOW_INDICATORS = re.compile(r"[,\[\]{}:?]")


def tokens(text: str) -> Iterator[Any]:
    """The tokens of libyaml, to the end of the text. Raise YAMLError where it is no YAML."""
    parser = CParser(text)
    while (token := parser.get_token()) is not None:
        yield token
        if isinstance(token, yaml.StreamEndToken):
            return


@dataclass(frozen=True, slots=True)
class _Level:
    """An open block collection: the column it had, and the one it gets. An `indentless` list has no end of its own."""

    old: int
    new: int
    sequence: bool = False
    indentless: bool = False


_ROOT = _Level(0, -STEP)


def relaid(text: str) -> str:
    """The same documents and comments in the canonical layout. Lines of `text` end as in Unix."""
    return _Layout(text).text()


class _Layout:
    def __init__(self, text: str) -> None:
        self._text = text
        self._levels: list[_Level] = []
        self._levels_before: list[_Level] = []
        self._flow = 0
        self._out: list[str] = []

    def text(self) -> str:
        before, at, is_key = None, 0, False
        for token in tokens(self._text):
            self._enter(token)
            start, end = token.start_mark, token.end_mark
            if isinstance(token, yaml.KeyToken) and start.index == end.index:
                is_key = True
            if isinstance(token, _UNSEEN) or start.index == end.index:
                continue
            gap = self._text[at : start.index]
            if "\n" in gap or before is None:
                self._between_lines(before, gap, start.column, self._column(token, is_key=is_key))
            else:
                self._out.append(_gap(before, token, gap))
            at = self._emit(token)
            self._flow += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
            before, is_key = token, False
            self._levels_before = [*self._levels]
        if before is None:
            return self._text
        said = len(self._out)
        self._between_lines(before, self._text[at:] + "\n", 0, 0)
        return "".join(self._out[:said]) + "".join(self._out[said:]).rstrip() + "\n"

    @property
    def _top(self) -> _Level:
        return self._levels[-1] if self._levels else _ROOT

    @property
    def _delta(self) -> int:
        """How far the lines move that belong to what is open."""
        return self._top.new - self._top.old if self._levels else 0

    def _enter(self, token: Any) -> None:  # noqa: ANN401 - the library's tokens have no common type
        """Open and close the block collections that begin or end before this token."""
        column = token.start_mark.column
        match token:
            case yaml.BlockMappingStartToken() | yaml.BlockSequenceStartToken():
                is_list = isinstance(token, yaml.BlockSequenceStartToken)
                self._levels.append(_Level(column, self._top.new + STEP, sequence=is_list))
            case yaml.BlockEntryToken() if not self._flow and not self._top.sequence:
                self._levels.append(_Level(column, self._top.new + STEP, sequence=True, indentless=True))
            case yaml.BlockEndToken() | yaml.KeyToken() if not self._flow:
                if self._top.indentless:
                    self._levels.pop()
                if isinstance(token, yaml.BlockEndToken):
                    self._levels.pop()
            case _:
                pass

    def _column(self, token: Any, *, is_key: bool) -> int:  # noqa: ANN401
        """Where the first token of a line begins."""
        top, old = self._top, int(token.start_mark.column)
        if isinstance(token, _OF_DOCUMENT):
            return 0
        if self._flow:
            least = max(top.new, 0) + (0 if isinstance(token, _CLOSING) else STEP)
            return max(old + self._delta, least)
        if is_key or isinstance(token, yaml.BlockEntryToken | yaml.KeyToken | yaml.ValueToken):
            return top.new
        return top.new + STEP

    def _between_lines(self, before: Any, gap: str, old: int, new: int) -> None:  # noqa: ANN401
        """The end of one line, and the blank lines and comments before the next, which begins at `new`."""
        rest, *lines = gap.split("\n")
        if before is None:
            lines.insert(0, rest)
        else:
            self._out.append(_comment_after(rest) + "\n")
        blank = before is None or isinstance(before, yaml.DocumentStartToken)
        for line in lines[:-1]:
            comment = line.strip()
            if comment:
                column = self._comment_column(len(line) - len(line.lstrip()), old, new)
                self._out.append(" " * column + comment)
            if comment or not blank:
                self._out.append("\n")
            blank = not comment
        self._out.append(" " * new)

    def _comment_column(self, column: int, old: int, new: int) -> int:
        """A comment stands with what it stood with: the next line, or a block that is open above it."""
        if column == old:
            return new
        levels = self._levels_before
        if exact := next((level for level in reversed(levels) if level.old == column), None):
            return exact.new
        around = next((level for level in reversed(levels) if level.old <= column), None)
        return around.new if around and around.old > old else new

    def _emit(self, token: Any) -> int:  # noqa: ANN401
        """Write the token; where its text ends, its last line break left out."""
        start, end = int(token.start_mark.index), int(token.end_mark.index)
        written = self._text[start:end]
        if not isinstance(token, yaml.ScalarToken):
            self._out.append(written)
        elif token.style in ("|", ">"):
            old, new = self._bases(written)
            written = _without_end(written, old)
            self._out.append(_moved_block(written, old, new))
            return start + len(written)
        elif "\n" in written:
            self._out.append(self._shifted(written, keep_ends=bool(token.style)))
        else:
            self._out.append(requoted(written, token, flow=bool(self._flow)))
        return end

    def _shifted(self, written: str, *, keep_ends: bool) -> str:
        """A scalar over several lines, moved as far as what it stands in."""
        first, *others = written.split("\n")
        delta, least = self._delta, self._top.new + STEP
        lines = [first if keep_ends else first.rstrip()]
        for line in others:
            inner = line.lstrip(" ")
            column = max(len(line) - len(inner) + delta, least)
            lines.append(" " * column + (inner if keep_ends else inner.rstrip()) if inner.strip() else "")
        return "\n".join(lines)

    def _bases(self, written: str) -> tuple[int, int]:
        """The column of a block scalar's lines, and the one they get; it may be said in its header."""
        header, *lines = written.split("\n")
        if said := re.match(r"[|>][-+]?([1-9])", header):
            own = int(said[1])
            return (self._top.old if self._levels else 0) + own, max(self._top.new, 0) + own
        filled = next((line for line in lines if line.strip(" ")), "")
        return len(filled) - len(filled.lstrip(" ")), self._top.new + STEP


def _without_end(written: str, base: int) -> str:
    """A block scalar without what is no part of it: its last line break, and blank lines that are not kept."""
    header, *lines = written.split("\n")
    if "+" in header.partition("#")[0]:
        return written.rstrip(" ").removesuffix("\n")
    while lines and not lines[-1].strip(" ") and len(lines[-1]) <= base:
        lines.pop()
    return "\n".join([header, *lines])


def _moved_block(written: str, old: int, new: int) -> str:
    """Its lines moved from one column to another; what stands beyond the column is text, blanks included."""
    header, *lines = written.split("\n")
    moved = [" " * new + line[old:] if line[old:] else "" for line in lines]
    head, hash_, comment = header.partition("#")
    gap = head[len(head.rstrip()) :]
    return "\n".join([head.rstrip() + _comment_after(gap + hash_ + comment), *moved])


def _comment_after(rest: str) -> str:
    """What follows on a line after its last token: nothing, or a comment at the distance that it had."""
    comment = rest.strip()
    return (rest[: len(rest) - len(rest.lstrip())] or " ") + comment if comment else ""


def _gap(before: Any, token: Any, gap: str) -> str:  # noqa: ANN401
    """What stands between two tokens of one line."""
    if isinstance(before, yaml.ValueToken) and isinstance(token, (*_CLOSING, yaml.FlowEntryToken)):
        return gap
    if isinstance(token, (*_CLOSING, yaml.FlowEntryToken)) or isinstance(before, _OPENING):
        return ""
    if isinstance(token, yaml.ValueToken):
        return gap if isinstance(before, yaml.AliasToken | yaml.KeyToken | yaml.FlowEntryToken) else ""
    return " " if isinstance(before, _ONE_SPACE_AFTER) else gap


def requoted(written: str, token: Any, *, flow: bool) -> str:  # noqa: ANN401
    """Without quotes where none are needed, else in double ones where that needs no escape."""
    value = token.value
    if token.style not in ("'", '"'):
        return written
    if plain_spelling(value) and not (flow and _FLOW_INDICATORS.search(value)):
        return str(value)
    if token.style == "'" and value.isprintable() and not NEEDS_SINGLE.search(value):
        return f'"{value}"'
    return written
