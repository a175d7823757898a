"""git, run in a repository that may be a stranger's. The only place that starts it.

No hook, pager, editor, file monitor, prompt or setting of the repository's own program may run.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from reconciler.errors import ReconcilerError

_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never")
_QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_PAGER": "cat", "LC_ALL": "C"}


class GitError(ReconcilerError):
    """git is missing, took too long, or refused. The message is what it said last."""


def git(
    folder: Path,
    *words: str,
    stdin: bytes = b"",
    timeout_seconds: float = 10,
    environ: Mapping[str, str] | None = None,
) -> bytes:
    """What `git WORDS…` in `folder` prints. Raise GitError where it does not end well."""
    try:
        done = subprocess.run(  # noqa: S603 - without a shell
            ["git", *_SAFE, *words], cwd=folder, input=stdin, capture_output=True, timeout=timeout_seconds,  # noqa: S607
            check=False, env={**os.environ, **_QUIET, **(environ or {})},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise GitError(f"git {words[0]} took longer than {timeout_seconds:g} s") from None
    except OSError as error:
        raise GitError(f"git cannot be run: {error.strerror}", hint="install git") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise GitError(f"git {words[0]}: {said[-1] if said else f'exit {done.returncode}'}")
    return done.stdout
