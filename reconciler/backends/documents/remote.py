"""Which repository a `git+ref://` URL means, and how git reaches it. Nothing is contacted here.

A manifest may name the place, so what it says is held to: a ref of ours, a transport that runs no program.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

from reconciler.errors import StateError, UsageError
from reconciler.git import run

HOME = "refs/reconciler/"
FORM = "git+ref:///refs/reconciler/<name>, git+ref://<remote>/refs/reconciler/<name>, or with ?remote=<url>"

_REF = re.compile(r"refs/reconciler(/[A-Za-z0-9](?:[-A-Za-z0-9_]|\.(?=[-A-Za-z0-9_]))*)+")
_NAME = re.compile(r"[A-Za-z0-9][-A-Za-z0-9_.]*")
_SCP = re.compile(r"(?:[A-Za-z0-9_][-\w.]*@)?[A-Za-z0-9][-A-Za-z0-9.]*:[^:]+")
_SCHEMES = frozenset({"https", "http", "ssh", "file"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SCOPES = frozenset({"local", "worktree"})
"""The others are git's own to read, and would be sent twice."""


@dataclass(frozen=True, slots=True)
class Place:
    """A ref in the repository at `url`, or in the one that the project's remote `name` stands for."""

    ref: str
    name: str = "origin"
    url: str = ""

    @property
    def label(self) -> str:
        shown = without_password(self.url)
        return f"git+ref:///{self.ref}?remote={shown}" if self.url else f"git+ref://{self.name}/{self.ref}"


def place_of(rest: str) -> Place:
    """From what follows `git+ref://`. Raise UsageError, without what may be a password."""
    path, _, query = rest.partition("?")
    name, _, ref = path.partition("/")
    asked = parse_qsl(query, keep_blank_values=True)
    if not _REF.fullmatch(ref) or ref.endswith(".lock") or ".lock/" in ref:
        raise UsageError(
            "the URL of the git state names no ref of ours: it must lie under refs/reconciler/",
            hint=f"write {FORM}",
        )
    if (
        (name and not _NAME.fullmatch(name))
        or [key for key, _ in asked] not in ([], ["remote"])
        or (name and asked)
    ):
        raise UsageError("the URL of the git state cannot be read", hint=f"write {FORM}")
    url = asked[0][1] if asked else ""
    if asked:
        refuse_transport(url, UsageError)
    return Place(ref, name or "origin", url)


def refuse_transport(url: str, error: type[UsageError | StateError]) -> None:
    """Only what cannot start a program here, and sends no credential in the clear."""
    parts = urlsplit(url)
    plain = parts.scheme == "http" and parts.hostname not in _LOOPBACK
    option = url.startswith("-") or (parts.hostname or "").startswith("-")
    known = parts.scheme in _SCHEMES if "://" in url else url.startswith("/") or _SCP.fullmatch(url)
    if plain or option or not known:
        raise error(
            "the git state cannot be reached by this transport",
            hint="use https, ssh or file; http only to this machine",
        )


def url_of(place: Place, project: Path) -> str:
    """The URL to fetch from and push to. Raise StateError where the project has no such remote."""
    if place.url:
        return _absolute(place.url)
    # one URL for both: what is compared must be read where it is set
    done = run(project, "remote", "get-url", "--push", "--", place.name)
    url = done.out.decode("utf-8", "replace").strip()
    if done.code or not url:
        raise StateError(
            f"the project has no git remote {place.name!r}",
            hint="keep the project in a clone, or name the repository: git+ref:///refs/reconciler/<name>?remote=<url>",
        )
    if ":" not in url and not url.startswith("/"):
        top = run(project, "rev-parse", "--show-toplevel").out.decode().strip()
        url = str((Path(top) / url).resolve())
    refuse_transport(url, StateError)
    return _absolute(url)


def login_of(project: Path) -> Mapping[str, str]:
    """What the project's own clone adds to requests to one host, as actions/checkout leaves it there, for git's
    environment. A setting for every host would also reach one that a manifest names; programs are left out.
    """
    done = run(
        project, "config", "--null", "--show-scope", "--includes", "--get-regexp", r"^http\..*\.extraheader$"
    )
    told = done.out.decode("utf-8", "replace").split("\0")
    local = [
        entry.partition("\n") for scope, entry in zip(told[::2], told[1::2], strict=False) if scope in _SCOPES
    ]
    first = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    named = {"GIT_CONFIG_COUNT": str(first + len(local))}
    for number, (key, _, value) in enumerate(local, first):
        named |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return named


def without_password(url: str) -> str:
    """`https://user:token@host/x` without what stands before the `@`."""
    return re.sub(r"(?<=://)[^/@]*@", "", url)


def _absolute(url: str) -> str:
    """As a URL: a plain path would ignore the depth of a fetch."""
    return f"file://{quote(url)}" if url.startswith("/") else url
