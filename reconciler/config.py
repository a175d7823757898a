"""From an environment's document to the things that a command works with: live, and the record.

Privileged settings may be pinned from outside the work tree, so that a pull request cannot move them:
`RECONCILER_TRUSTED_ORIGIN` is the only origin that credentials go to, `RECONCILER_STATE` the only record.
"""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from reconciler.backends import Backend, open_backend
from reconciler.errors import Refused, UsageError
from reconciler.kinds import EnvironmentSpec
from reconciler.values import Secret

TRUSTED_ORIGIN = "RECONCILER_TRUSTED_ORIGIN"
STATE = "RECONCILER_STATE"
EMULATOR = "emulator://"


def open_state(name: str, spec: EnvironmentSpec, folder: Path, environ: Mapping[str, str]) -> Backend:
    """The record of an environment: pinned from outside, else as its document says, else SQLite beside it."""
    url = environ.get(STATE) or spec.state or f"sqlite:///.state/{name}.db"
    return open_backend(url, environment=name, folder=folder)


def origin(spec: EnvironmentSpec, environ: Mapping[str, str]) -> str:
    """Where requests go, for people and for the plan. Raise Refused where another origin is pinned."""
    url = spec.api.base_url.rstrip("/") if not spec.api.base_url.startswith(EMULATOR) else spec.api.base_url
    pinned = environ.get(TRUSTED_ORIGIN, "").rstrip("/")
    if pinned and not url.startswith(EMULATOR) and url != pinned:
        raise Refused(
            f"{url} is not the origin that {TRUSTED_ORIGIN} trusts: nothing was sent",
            hint=f"only {pinned} gets credentials here; change base_url, or the variable outside of the repository",
        )
    return url


def secret(reference: object, what: str, environ: Mapping[str, str], folder: Path) -> Secret:
    """The credential that a reference names. Raise UsageError, never with the value, where there is none."""
    name = getattr(reference, "env", None)
    if name is not None:
        if value := environ.get(name, ""):
            return Secret(value)
        raise UsageError(f"{what}: the environment variable {name} is not set", hint=f"export {name}=…")
    path = folder / str(getattr(reference, "file", ""))
    try:
        return Secret(path.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{what}: {path} cannot be read", hint="check the file's name and its rights"
        ) from error


def actor() -> str:
    """`user@host`, or on a CI runner who started it."""
    user = os.environ.get("GITHUB_ACTOR") or os.environ.get("GITLAB_USER_LOGIN")
    return user or f"{_user()}@{socket.gethostname()}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def commit_of(folder: Path) -> str:
    """The commit that the project stands on, `-dirty` where files differ from it; empty outside of git."""
    head = _git(folder, "rev-parse", "HEAD")
    if not head:
        return ""
    return head + ("-dirty" if _git(folder, "status", "--porcelain", "--", ".") else "")


def _git(folder: Path, *words: str) -> str:
    # The repository may be a stranger's: no hook, pager, file monitor or prompt of its may run.
    safe = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command, without a shell
            ["git", *safe, *words], cwd=folder, capture_output=True, text=True, timeout=10, check=False,  # noqa: S607
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


@contextmanager
def base_url(spec: EnvironmentSpec, name: str, folder: Path, environ: Mapping[str, str]) -> Iterator[str]:
    """An http(s) origin, with the bundled emulator running behind it where the document asks for that."""
    url = origin(spec, environ)
    if not url.startswith(EMULATOR):
        yield url
        return
    from reconciler.emulator import World, serve  # noqa: PLC0415 - only who asks for it pays for it

    path = folder / ".state" / f"{name}.world.json"
    uuids = {key: connection.uuid for key, connection in spec.connections.items()}
    if path.exists():
        world = World.load(path)
    elif url == EMULATOR + "sample":
        world = World.sample(path)
    else:
        world = World.empty(uuids, path)
    with serve(world) as running:
        yield running.base_url
