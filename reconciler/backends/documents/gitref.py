"""The record on a ref of a git repository: each swap is a commit that is pushed where the ref has not moved.

The user's clone is not touched. Objects are made and fetched in a bare repository of this process, which is
gone with it; of the remote only this ref is fetched, and of it the last commit.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from reconciler.backends.documents import remote
from reconciler.backends.documents.remote import Place
from reconciler.backends.documents.store import Found, Moved, Part, Store, Swap, Unsure
from reconciler.backends.rows import Damaged
from reconciler.errors import StateError
from reconciler.git import Done, GitError, git, run

HEAD = "head.json"
DRAFT = "refs/reconciler/draft"
SEEN = "refs/reconciler/seen"
SECONDS = 120.0
"""For one fetch or push. git itself gives up earlier on a line that is dead."""

NO_SUCH_REF = 2
_NET = (
    "-c",
    "http.lowSpeedLimit=1",
    "-c",
    "http.lowSpeedTime=30",
    "-c",
    "gc.auto=0",
    "-c",
    "maintenance.auto=false",
)
_TRANSPORTS = {"GIT_ALLOW_PROTOCOL": "https:http:ssh:file"}

_LOGIN = (
    "give git a login with the right to write contents: a credential helper, the token that actions/checkout "
    "keeps (`permissions: contents: write`), or an ssh key"
)
_WORDS = (
    (
        r"hook declined|protected|prohibited|denied by|deny updating",
        "is refused by the host", "allow pushes to refs/reconciler/*",
    ),
    (
        r"Authentication failed|could not read (Username|Password)|error: 40[13]|[Pp]ermission denied|[Aa]ccess denied",
        "cannot be reached: the host refuses the login", _LOGIN,
    ),
    (
        r"not found|does not appear to be a git repository|does not exist|error: 404",
        "cannot be reached: there is no such repository for this login", f"check the remote; {_LOGIN}",
    ),
)  # fmt: skip
_DOWN = "check the network and the remote"


class GitRef:
    """A Store. `project` is a folder in the clone whose remotes and login are used."""

    def __init__(self, place: Place, project: Path) -> None:
        self._place, self._project = place, project
        self._own: tempfile.TemporaryDirectory[str] | None = None
        self._last: Found | None = None
        self.label = place.label

    def read(self) -> Found | None:
        with _told():
            tip = self._tip()
            if tip is None:
                return None
            if self._last is None or self._last.version != tip:
                self._last = self._fetched()
            return self._last

    def parts(self, version: str, wanted: Sequence[Part]) -> Sequence[bytes | None]:
        with _told():
            return self._blobs(version, [part.path for part in wanted])

    def swap(self, change: Swap) -> str:
        """Retried, it makes the same commit, which git takes for done."""
        old = change.before.version if change.before else ""
        with _told():
            commit = self._commit(change, old)
        ref = self._place.ref
        try:
            done = self._network(
                "push", "--porcelain", "--no-verify", "--no-signed", f"--force-with-lease={ref}:{old}", self._url,
                f"{commit}:{ref}",
            )  # fmt: skip
        except GitError as error:
            raise Unsure(f"cannot be reached: {error.message}", _DOWN) from error
        if done.code == 0:
            self._last = Found(change.head, commit)
            return commit
        lines = done.out.decode("utf-8", "replace").splitlines()
        told = "".join(line.rpartition("\t")[2] for line in lines if line.startswith("!"))
        if "stale info" in told or "fetch first" in told:
            raise Moved
        what, hint = _explained(f"{done.err}\n{told}")
        raise Unsure(what, hint, again=hint == _DOWN)

    @contextmanager
    def scratch(self) -> Iterator[Callable[[], Store]]:
        place = replace(self._place, ref=f"{remote.HOME}doctor/{secrets.token_hex(8)}")
        try:
            yield lambda: GitRef(place, self._project)
        finally:
            # a deletion that finds nothing fails, and nothing is what is wanted
            self._network("push", "--quiet", self._url, f":{place.ref}")

    def close(self) -> None:
        if self._own is not None:
            self._own.cleanup()
            self._own = self._last = None

    @property
    def _folder(self) -> Path:
        if self._own is None:
            # a kill leaves it behind, readable by nobody else
            self._own = tempfile.TemporaryDirectory(prefix="reconciler-git-", ignore_cleanup_errors=True)
            git(Path(self._own.name), "init", "--bare", "--quiet", "--template=")
        return Path(self._own.name)

    @cached_property
    def _url(self) -> str:
        return remote.url_of(self._place, self._project)

    @cached_property
    def _login(self) -> Mapping[str, str]:
        return {**remote.login_of(self._project), **_TRANSPORTS}

    def _network(self, *words: str) -> Done:
        return run(self._folder, *_NET, *words, timeout_seconds=SECONDS, environ=self._login)

    def _tip(self) -> str | None:
        """The commit at the ref; None only where the remote has answered that it has no such ref."""
        done = self._network("ls-remote", "--exit-code", self._url, self._place.ref)
        if done.code == NO_SUCH_REF:
            return None
        for line in done.out.decode("ascii", "replace").splitlines() if done.code == 0 else ():
            commit, _, ref = line.partition("\t")
            if ref == self._place.ref:
                return commit
        raise (
            _unreachable(done.err)
            if done.code
            else Damaged("the remote lists another ref than it was asked for")
        )

    def _fetched(self) -> Found:
        """The newest commit, which may be newer than what was listed."""
        done = self._network(
            "fetch", "--quiet", "--no-tags", "--depth=1", "--no-write-fetch-head", "--no-recurse-submodules",
            self._url, f"+{self._place.ref}:{SEEN}",
        )  # fmt: skip
        if done.code:
            raise _unreachable(done.err)
        tip = git(self._folder, "rev-parse", SEEN).decode("ascii").strip()
        (head,) = self._blobs(tip, [HEAD])
        if head is None:
            raise Damaged(f"its commit {tip[:12]} has no {HEAD}")
        return Found(head, tip)

    def _blobs(self, commit: str, paths: Sequence[str]) -> list[bytes | None]:
        asked = "".join(f"{commit}:{path}\n" for path in paths).encode()
        out = git(self._folder, "cat-file", "--batch", stdin=asked, timeout_seconds=SECONDS)
        found: list[bytes | None] = []
        at = 0
        while at < len(out):
            line, at = out[at : out.index(b"\n", at)], out.index(b"\n", at) + 1
            if line.endswith(b" missing"):
                found.append(None)
                continue
            size = int(line.rsplit(b" ", 1)[1])
            found.append(out[at : at + size])
            at += size + 1
        return found

    def _commit(self, change: Swap, old: str) -> str:
        """Made by one process, whatever the number of parts."""
        who = f"{_name(change.note.author)} <{os.environ.get('GIT_AUTHOR_EMAIL') or 'reconciler@localhost'}>"
        text = change.note.text.encode("utf-8", "replace")
        lines = [
            f"commit {DRAFT}\nmark :1\nauthor {who} {change.at} +0000\ncommitter {who} {change.at} +0000\n".encode(),
            _data(text),
            f"from {old}\n".encode() if old else b"",
            *(f"D {path}\n".encode() for path in sorted(change.gone)),
            *(f"M 100644 inline {part.path}\n".encode() + _data(raw) for part, raw in change.parts.items()),
            f"M 100644 inline {HEAD}\n".encode() + _data(change.head),
            b"\nget-mark :1\ndone\n",
        ]
        said = git(
            self._folder,
            "fast-import",
            "--quiet",
            "--force",
            "--done",
            stdin=b"".join(lines),
            timeout_seconds=SECONDS,
        )
        return said.decode("ascii").strip()


def _data(raw: bytes) -> bytes:
    return b"data %d\n%b\n" % (len(raw), raw)


def _name(text: str) -> str:
    """As a commit may have it."""
    return re.sub(r"[<>\x00-\x1f]", " ", text).strip() or "reconciler"


def _explained(said: str) -> tuple[str, str]:
    """What went wrong, and the hint, from what git said."""
    for pattern, what, hint in _WORDS:
        if re.search(pattern, said):
            return what, hint
    lines = [line for line in said.strip().splitlines() if line.startswith(("fatal:", "error:", "["))]
    last = remote.without_password(lines[-1] if lines else said.strip()[-200:])
    return f"cannot be reached: {last.removeprefix('fatal: ').removeprefix('error: ')}", _DOWN


@contextmanager
def _told() -> Iterator[None]:
    """What git itself stumbles over here: it is missing, waits in vain, finds no space."""
    try:
        yield
    except GitError as error:
        raise StateError(f"the state cannot be reached: {error.message}", hint=error.hint or _DOWN) from error


def _unreachable(said: str) -> StateError:
    what, hint = _explained(said)
    return StateError(f"the state {what}", hint=hint)
