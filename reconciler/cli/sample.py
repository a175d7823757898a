"""The sample project: `desired_state/` of a checkout, a copy of it inside an installed package."""

from __future__ import annotations

import shutil
from pathlib import Path

import reconciler
from reconciler.errors import UsageError

_PACKAGE = Path(reconciler.__file__).parent
_PLACES = (_PACKAGE / "sample", _PACKAGE.parent / "desired_state")


def copy_to(folder: Path) -> None:
    """A fresh copy of the sample project, without any state that somebody made in it."""
    for place in _PLACES:
        if place.is_dir():
            shutil.copytree(place, folder, ignore=shutil.ignore_patterns(".state"))
            return
    raise UsageError("the sample project is missing from this installation", hint="install it again")
