"""Files that a command writes: whole or not at all, and never over one that somebody else wrote."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from reconciler.errors import Refused, UsageError


def write_whole(file: Path, data: bytes) -> None:
    """The whole file or the one that was there: never a torn one. Raise UsageError where it cannot be written."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with draft.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise UsageError(
            f"{file} cannot be written: {error.strerror}", hint="check the folder and its rights"
        ) from error


def write_over(root: Path, files: Mapping[Path, tuple[bytes, bytes]]) -> None:
    """Each file's old content, which must still be there, and its new one. All of them are ready before any is swapped.

    A file keeps its rights; a link keeps leading to it, if that is below `root`. Raise Refused where a
    file changed meanwhile or lies elsewhere, UsageError where one cannot be written; then nothing is.
    """
    drafts: dict[Path, Path] = {}
    try:
        for path, (old, new) in files.items():
            target = path.resolve()
            if not target.is_relative_to(root.resolve()):
                raise Refused(f"{path} leads out of the project", hint="put the file itself there")
            if target.read_bytes() != old:
                raise Refused(f"{path} was changed meanwhile", hint="nothing was written; try again")
            draft = target.with_name(f".{target.name}.{os.getpid()}")
            drafts[draft] = target
            with draft.open("wb") as stream:
                stream.write(new)
                stream.flush()
                os.fchmod(stream.fileno(), stat.S_IMODE(target.stat().st_mode))
                os.fsync(stream.fileno())
        for draft, target in drafts.items():
            draft.replace(target)
    except OSError as error:
        raise UsageError(
            f"{error.filename} cannot be written: {error.strerror}", hint="check the folder and its rights"
        ) from error
    finally:
        for draft in drafts:
            draft.unlink(missing_ok=True)


def write_all(files: Mapping[Path, bytes]) -> None:
    """New files, with the folders that they need. Raise Refused, before any is written, where one is there."""
    there = sorted(str(path) for path in files if path.exists() or path.is_symlink())
    if there:
        raise Refused(
            f"not written over: {', '.join(there)}",
            hint="nothing was written; name another folder, or move them away",
        )
    for path, data in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"the folder {path.parent} cannot be made: {error.strerror}",
                hint="check its rights, and its name",
            ) from error
        write_whole(path, data)
