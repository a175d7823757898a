"""GitHub's annotations: workflow commands that put a message beside a line of a file. Pure.

They must reach the log as they are: not through `safe.without_commands`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, Literal, TypeAlias, get_args

from reconciler.render.limits import ANNOTATION, ANNOTATIONS, shortened
from reconciler.render.safe import safe

Level: TypeAlias = Literal["error", "warning", "notice"]
_LEVELS: Final[tuple[Level, ...]] = get_args(Level)


@dataclass(frozen=True, slots=True)
class Annotation:
    """`file` is seen from the repository's root; empty where no file is concerned. `message` may have lines."""

    level: Level
    title: str
    message: str
    file: str = ""
    line: int = 1
    column: int = 1


def commands(annotations: Sequence[Annotation]) -> str:
    """One a line, errors first. GitHub shows ten of a level from one step: the tenth then says how many more there are,
    and those stand below, as plain lines of the log.
    """
    lines: list[str] = []
    left: list[str] = []
    for level in _LEVELS:
        found = [a for a in annotations if a.level == level]
        rest = found[ANNOTATIONS:]
        lines += map(_command, found[: ANNOTATIONS - 1] if rest else found)
        if rest:
            lines.append(_command(found[ANNOTATIONS - 1], _more(rest)))
        left += map(_plain, rest)
    return "".join(line + "\n" for line in lines + left)


def located(file: str, prefix: str) -> str:
    """A path from the repository's root, with forward slashes. `prefix` is the project's folder there."""
    return str(PurePosixPath(prefix.replace("\\", "/")) / file.replace("\\", "/").lstrip("/"))


def _more(rest: Sequence[Annotation]) -> str:
    named = ", ".join(dict.fromkeys(safe(a.title) for a in rest))
    return f"and {len(rest)} more {rest[0].level}s, in the log of this step: {named}"


def _command(annotation: Annotation, more: str = "") -> str:
    place = {"title": safe(annotation.title)}
    if annotation.file:
        where = {"line": str(max(annotation.line, 1)), "col": str(max(annotation.column, 1))}
        place = {"file": safe(annotation.file), **where, **place}
    properties = ",".join(f"{key}={_property(value)}" for key, value in place.items())
    message = shortened(_lines(annotation.message), ANNOTATION // 2 if more else ANNOTATION)
    if more:
        message += "\n" + shortened(more, ANNOTATION // 2 - 1)
    return f"::{annotation.level} {properties}::{_data(message)}"


def _plain(annotation: Annotation) -> str:
    place = f"{safe(annotation.file)}:{annotation.line}: " if annotation.file else ""
    said = "; ".join(filter(None, map(safe, annotation.message.split("\n"))))
    return f"{annotation.level}: {place}{safe(annotation.title)}: {said}".replace("##[", "## [")


def _lines(message: str) -> str:
    return "\n".join(map(safe, message.split("\n")))


def _data(text: str) -> str:
    """[actions/toolkit command.ts]; `##[` would start an older sort of command."""
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return escaped.replace("##[", "## [")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def each_line(parts: Iterator[str] | Sequence[str]) -> str:
    """A message of these lines, without the empty ones."""
    return "\n".join(filter(None, parts))
