"""Files that a command writes: whole or not at all, and never over one that somebody else wrote."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from reconciler.errors import Refused, UsageError


def write_whole(file: Path, data: bytes, *, private: bool = False) -> None:
    """The whole file or the one that was there: never a torn one. Raise UsageError where it cannot be written.

    A private one can be read by its owner alone.
    """
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    mode = 0o600 if private else 0o666
    try:
        with open(draft, "wb", opener=lambda path, flags: os.open(path, flags, mode)) as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise UsageError(
            f"{file} cannot be written: {error.strerror}", hint="check the folder and its rights"
        ) from error


def below(root: Path, path: Path) -> Path:
    """Where a path really leads. Raise Refused where that is not below `root`."""
    target = path.resolve()
    if not target.is_relative_to(root.resolve()):
        raise Refused(f"{path} leads out of {root}", hint="nothing was written; put the file itself there")
    return target


def write_over(files: Mapping[Path, tuple[str, str]]) -> None:
    """Each file's old text, which must still be there, and its new one. No path is a link (`below`).

    A file keeps its rights, and all are ready before the first is swapped. Raise Refused where one was
    changed meanwhile, UsageError where one cannot be written; then none is.
    """
    drafts: dict[Path, Path] = {}
    try:
        for path, (old, new) in files.items():
            if path.read_bytes() != old.encode():
                raise Refused(f"{path} was changed meanwhile", hint="nothing was written; try again")
            draft = path.with_name(f".{path.name}.{os.getpid()}")
            drafts[draft] = path
            with draft.open("wb") as stream:
                os.fchmod(stream.fileno(), stat.S_IMODE(path.stat().st_mode))
                stream.write(new.encode())
                stream.flush()
                os.fsync(stream.fileno())
        for draft, path in drafts.items():
            draft.replace(path)
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
