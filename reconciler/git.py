"""git, run in a repository that may be a stranger's. The only place that starts it.

No hook, pager, editor, file monitor, prompt or setting of the repository's own program may run, and no variable of
the environment may point it to another repository than the folder that it is run in.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import ReconcilerError

_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never")
_QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_PAGER": "cat", "LC_ALL": "C"}
_ELSEWHERE = frozenset({
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_PREFIX", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_IMPLICIT_WORK_TREE",
})  # fmt: skip
"""Set by git itself while it runs a hook, and then about another repository. It lists them as `--local-env-vars`."""


class GitError(ReconcilerError):
    """git is missing, took too long, or refused. The message is what it said last."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a git ended that could be run: its exit code, and what it printed."""

    code: int
    out: bytes
    err: str

    @property
    def last(self) -> str:
        lines = self.err.strip().splitlines()
        return lines[-1] if lines else f"exit {self.code}"


def git(
    folder: Path,
    *words: str,
    stdin: bytes = b"",
    timeout_seconds: float = 10,
    environ: Mapping[str, str] | None = None,
) -> bytes:
    """What `git WORDS…` in `folder` prints. Raise GitError where it does not end well."""
    done = run(folder, *words, stdin=stdin, timeout_seconds=timeout_seconds, environ=environ)
    if done.code:
        raise GitError(f"git {words[0]}: {done.last}")
    return done.out


def run(
    folder: Path,
    *words: str,
    stdin: bytes = b"",
    timeout_seconds: float = 10,
    environ: Mapping[str, str] | None = None,
) -> Done:
    """How `git WORDS…` in `folder` ends. Raise GitError where it cannot be run, or takes too long.

    It has a session of its own: Ctrl-C must not cut a push in two, and what it has started ends with it.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    try:
        with subprocess.Popen(  # noqa: S603 - without a shell
            ["git", *_SAFE, *words], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,  # noqa: S607
            stderr=subprocess.PIPE, env={**inherited, **_QUIET, **(environ or {})}, start_new_session=True,
        ) as process:  # fmt: skip
            try:
                out, err = process.communicate(stdin, timeout_seconds)
            except BaseException:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                raise
    except subprocess.TimeoutExpired:
        raise GitError(f"git {words[0]} took longer than {timeout_seconds:g} s") from None
    except OSError as error:
        raise GitError(f"git cannot be run: {error.strerror}", hint="install git") from error
    return Done(process.returncode, out, err.decode("utf-8", "replace"))
