"""A git repository of a test's own, without the settings of whoever runs it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_NOBODY = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@books.test",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@books.test",
}


class Repository:
    """`folder` is made one, with the branch `main`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._commits = 0
        self("init", "--quiet", "--initial-branch=main")

    def __call__(self, *words: str) -> str:
        done = subprocess.run(  # noqa: S603
            ["git", *words], cwd=self.folder, capture_output=True, text=True, check=True, env={**os.environ, **_NOBODY}  # noqa: S607
        )  # fmt: skip
        return done.stdout.strip()

    def commit(self) -> str:
        """Everything as it is on disk; gives the commit's id."""
        self._commits += 1
        self("add", "--all")
        self("commit", "--quiet", "--allow-empty", "--message", f"number {self._commits}")
        return self("rev-parse", "HEAD")
