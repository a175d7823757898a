"""Files that a command writes: whole or not at all, and never over one that somebody else wrote."""

from __future__ import annotations

import os
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
