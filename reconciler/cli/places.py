"""Where things are, as others know them."""

from __future__ import annotations

import os
from pathlib import Path


def from_repository(folder: Path) -> str:
    """The project folder as the forge knows it: from the repository's root, with a slash at the end."""
    here = folder.resolve()
    root = next((p for p in (here, *here.parents) if (p / ".git").exists()), Path.cwd())
    relative = os.path.relpath(here, root)
    return "" if relative == "." else f"{Path(relative).as_posix()}/"
