"""Which files a project has, and their text: on disk, or in a commit without any checkout.

Only regular files under its folder; a missing one is never skipped.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from reconciler import git
from reconciler.errors import Source
from reconciler.manifests.report import Report

LARGEST_BYTES = 8 * 1024 * 1024
SUFFIXES = (".yaml", ".yml")
_MOST_COMMITTED_BYTES = 256 * 1024 * 1024
_REGULAR = frozenset({"100644", "100755"})

Texts: TypeAlias = Callable[[Report], Iterator[tuple[str, str]]]
"""Gives (path from the project's folder, text) of each YAML file, in order; what is wrong goes to the report.

Names that begin with `_` or `.` are skipped.
"""


def in_folder(root: Path) -> Texts:
    """The files as they are on disk."""

    def texts(report: Report) -> Iterator[tuple[str, str]]:
        real = root.resolve()
        for path in _files(root, root, report):
            name = path.relative_to(root).as_posix()
            text = _text(path, real, Source(name, 1, 1), report)
            if text is not None:
                yield name, text

    return texts


def in_commit(root: Path, commit: str) -> Texts:
    """The files as a commit has them, from git's objects. Raise GitError where those cannot be read.

    A link is not followed: where it leads could only be told on disk.
    """

    def texts(report: Report) -> Iterator[tuple[str, str]]:
        wanted: list[git.Entry] = []
        for entry in sorted(git.entries(root, commit), key=lambda e: e.path.split("/")):
            if any(step.startswith(("_", ".")) for step in entry.path.split("/")):
                continue
            if entry.mode not in _REGULAR:
                report.error(
                    "not-a-file", "a link or a submodule, which is not read from a commit", Source(entry.path, 1, 1),
                    "put the file itself here, or begin its name with _",
                )  # fmt: skip
            elif entry.path.endswith(SUFFIXES) and _fits(entry.size, Source(entry.path, 1, 1), report):
                wanted.append(entry)
        if sum(entry.size for entry in wanted) > _MOST_COMMITTED_BYTES:
            size = f"{_MOST_COMMITTED_BYTES // 1024 // 1024} MiB"
            report.error(
                "file-too-large", f"together larger than {size}", Source(".", 1, 1), "split the project"
            )
            return
        found = git.contents(root, [entry.object for entry in wanted])
        for entry in wanted:
            text = decoded(found[entry.object], Source(entry.path, 1, 1), report)
            if text is not None:
                yield entry.path, text.removeprefix("\ufeff")

    return texts


def edited(texts: Texts, instead: Mapping[str, str]) -> Texts:
    """The same files, some with another text."""
    return lambda report: ((name, instead.get(name, text)) for name, text in texts(report))


def _files(folder: Path, root: Path, report: Report) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        place = Source(folder.relative_to(root).as_posix(), 1, 1)
        report.error(
            "unreadable", f"the folder cannot be read: {error.strerror}", place, "check its rights and owner"
        )
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith(("_", ".")):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(path, root, report)
        elif entry.is_symlink() and os.path.isdir(path):  # noqa: PTH112 - this one never raises
            report.error(
                "not-a-file", "a link to a folder is not followed", Source(path.relative_to(root).as_posix(), 1, 1),
                "put the folder itself here, or begin its name with _",
            )  # fmt: skip
        elif entry.name.endswith(SUFFIXES):
            yield path


def _text(path: Path, root: Path, place: Source, report: Report) -> str | None:
    content = content_of(path, root, place, report)
    return None if content is None else content.removeprefix("\ufeff")


def content_of(path: Path, root: Path, place: Source, report: Report) -> str | None:
    """The whole text of a regular file below `root`, a byte order mark included; None after a report."""
    if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root):
        report.error(
            "outside-project", "a link that leads out of the project", place, "put the file itself here"
        )
        return None
    try:
        content = _content(path, place, report)
    except OSError as error:
        report.error(
            "unreadable", f"the file cannot be read: {error.strerror}", place, "check its rights and owner"
        )
        return None
    return None if content is None else decoded(content, place, report)


def decoded(content: bytes, place: Source, report: Report) -> str | None:
    """As UTF-8, or None after a report."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        column = len(before) - (before.rfind("\n") + 1) + 1
        place = Source(place.file, before.count("\n") + 1, column)
        report.error("not-utf-8", "bytes that are not UTF-8", place, "save the file in UTF-8")
        return None


def _content(path: Path, place: Source, report: Report) -> bytes | None:
    """The bytes. Opened without waiting: a pipe would keep us for ever."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            report.error("not-a-file", "neither a file nor a folder, but something else", place, "remove it")
            return None
        content = file.read(LARGEST_BYTES + 1)
    return content if _fits(len(content), place, report) else None


def _fits(size: int, place: Source, report: Report) -> bool:
    if size > LARGEST_BYTES:
        report.error(
            "file-too-large",
            f"larger than {LARGEST_BYTES // 1024 // 1024} MiB",
            place,
            "split it into several files",
        )
    return size <= LARGEST_BYTES
