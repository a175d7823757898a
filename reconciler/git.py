"""git, run in a repository that may be a stranger's. The only place that starts it.

No hook, pager, editor, file monitor, prompt or setting of the repository's own program may run, and no variable of
the environment may point it to another repository than the folder that it is run in.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import ReconcilerError

_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never")
_QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_PAGER": "cat", "LC_ALL": "C"}
# what is read is what the commit's own id stands for, and nothing is fetched for it
_AS_COMMITTED = {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_ALLOW_PROTOCOL": "none"}
_SHALLOW = "this clone has no history: fetch all of it (GitHub: fetch-depth: 0, GitLab: GIT_DEPTH: 0)"
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


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a commit: its path below the folder asked for, git's mode, the object, its size in bytes."""

    path: str
    mode: str
    object: str
    size: int


def commit_named(folder: Path, revision: str) -> str:
    """The full id of the commit that `revision` names. Raise GitError where there is none."""
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    git(folder, "rev-parse", "--git-dir")  # outside of a repository git says so itself
    try:
        return git(folder, *words, environ=_AS_COMMITTED).decode("ascii").strip()
    except GitError:
        hint = _SHALLOW if is_shallow(folder) else "fetch it, or name one of: git branch --all"
        raise GitError(f"git knows no commit {revision!r}", hint=hint) from None


def merge_base(folder: Path, revision: str, other: str = "HEAD") -> str:
    """The commit from which both have gone their ways. Raise GitError where there is none."""
    ends = commit_named(folder, revision), commit_named(folder, other)
    try:
        return git(folder, "merge-base", *ends, environ=_AS_COMMITTED).decode("ascii").strip()
    except GitError:
        hint = _SHALLOW if is_shallow(folder) else "name another revision"
        raise GitError(f"{revision!r} and {other!r} have no commit in common", hint=hint) from None


def is_shallow(folder: Path) -> bool:
    return git(folder, "rev-parse", "--is-shallow-repository").strip() == b"true"


def entries(folder: Path, commit: str) -> Iterator[Entry]:
    """What the commit has below `folder`, deep, in git's order. `commit` is a full id."""
    listed = git(folder, "ls-tree", "-r", "-z", "--long", commit, environ=_AS_COMMITTED, timeout_seconds=60)
    for line in filter(None, listed.split(b"\0")):
        facts, _, path = line.partition(b"\t")
        mode, _, name, size = facts.decode("ascii").split()
        yield Entry(path.decode("utf-8", "surrogateescape"), mode, name, int(size) if size.isdigit() else 0)


def contents(folder: Path, objects: Sequence[str]) -> Mapping[str, bytes]:
    """The bytes of each object as they are stored: no checkout, so no filter and no attribute acts on them."""
    wanted = "".join(f"{name}\n" for name in objects).encode("ascii")
    told = git(folder, "cat-file", "--batch", stdin=wanted, environ=_AS_COMMITTED, timeout_seconds=60)
    found: dict[str, bytes] = {}
    at = 0
    for name in objects:
        end = told.index(b"\n", at)
        words = told[at:end].split()
        if len(words) != 3:  # noqa: PLR2004 - id, type, size; else it says `missing`
            raise GitError(f"git has not got the object {name}", hint="this clone is partial: fetch it whole")
        at = end + 1 + int(words[2]) + 1
        found[name] = told[end + 1 : at - 1]
    return found
