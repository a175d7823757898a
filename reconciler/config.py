"""From an environment's document to the things that a command works with: live, and the record.

Privileged settings may be pinned from outside the work tree, so that a pull request cannot move them:
`RECONCILER_TRUSTED_ORIGIN` is the only origin that credentials go to, `RECONCILER_STATE` the only record, and
`RECONCILER_STATE_KEY` the keys that it is encrypted with.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.backends import Backend, Cipher, cipher_of, names_a_host, open_backend
from reconciler.errors import Refused, UsageError
from reconciler.git import GitError, git
from reconciler.kinds import EnvironmentSpec
from reconciler.values import Secret

if TYPE_CHECKING:  # httpx comes with it: help and completion do without
    from reconciler.emulator import World
    from reconciler.live import Credentials, Retry, Writer

TRUSTED_ORIGIN = "RECONCILER_TRUSTED_ORIGIN"
STATE = "RECONCILER_STATE"
STATE_KEY = "RECONCILER_STATE_KEY"
EMULATOR = "emulator://"
_LONGEST_SECRET = 64 * 1024
_LARGEST_WORLD = 256 * 1024 * 1024


class Surroundings(Mapping[str, str]):
    """The variables of this process. Unlike `os.environ` no traceback that shows locals prints them."""

    def __getitem__(self, name: str) -> str:
        return os.environ[name]

    def __iter__(self) -> Iterator[str]:
        return iter(os.environ)

    def __len__(self) -> int:
        return len(os.environ)


SURROUNDINGS: Final = Surroundings()


def open_state(
    name: str, spec: EnvironmentSpec, folder: Path, environ: Mapping[str, str], url: str = ""
) -> Backend:
    """The record of an environment: at `url`, else pinned from outside, else as its document says, else
    SQLite beside it. Raise UsageError where a key is named and not there: never silently without. Raise Refused
    where only the origin is pinned, and the project names a host of its own.
    """
    pinned = url or environ.get(STATE)
    if not pinned and environ.get(TRUSTED_ORIGIN) and names_a_host(spec.state):
        raise Refused(
            f"the project wants to keep its record at a place that it names itself, and {TRUSTED_ORIGIN} says that it is not trusted so far",
            hint=f"pin the record as well: set {STATE}; nothing was contacted",
        )
    url = pinned or spec.state or f"sqlite:///.state/{name}.db"
    return open_backend(url, environment=name, folder=folder, cipher=state_cipher(spec, environ, folder))


def state_cipher(spec: EnvironmentSpec, environ: Mapping[str, str], folder: Path) -> Cipher | None:
    """The keys of the record, with commas between them where they are pinned from outside; the first seals."""
    if environ.get(STATE_KEY):
        return cipher_of([(STATE_KEY, Secret(key.strip())) for key in environ[STATE_KEY].split(",")])
    if (said := spec.state_encryption) is None:
        return None
    named = [("state_encryption.key", said.key), *(("state_encryption.fallbacks", f) for f in said.fallbacks)]
    return cipher_of([(what, secret(reference, what, environ, folder)) for what, reference in named])


def origin(spec: EnvironmentSpec) -> str:
    """Where requests go, for people and for the plan."""
    url = spec.api.base_url
    return url if url.startswith(EMULATOR) else url.rstrip("/")


def secret(reference: object, what: str, environ: Mapping[str, str], folder: Path) -> Secret:
    """The credential that a reference names. Raise UsageError, never with the value, where there is none."""
    name = getattr(reference, "env", None)
    if name is not None:
        if value := environ.get(name, ""):
            return Secret(value)
        raise UsageError(f"{what}: the environment variable {name} is not set", hint=f"export {name}=…")
    path = folder / str(getattr(reference, "file", ""))
    found = _in_file(path)
    if found is None:
        # out here: an error of decoding holds what it could not decode
        raise UsageError(
            f"{what}: {path} cannot be read as a secret",
            hint="it is a file of one line of text; check its name, its rights and what it holds",
        )
    return found


def _in_file(path: Path) -> Secret | None:
    """The secret, or None. Who names the file may be a stranger: no pipe is waited for, no device read, and what is
    no single line of text, as the environment of a process, is no secret.
    """
    with suppress(OSError, ValueError):
        secret = Secret((_regular(path, _LONGEST_SECRET) or b"").decode("utf-8").strip())
        if secret.reveal() and secret.reveal().isprintable():
            return secret
    return None


def _regular(path: Path, most: int) -> bytes | None:
    """What a regular file of at most so many bytes holds. Opened without waiting. Raise OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(most + 1) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
    return content if 0 < len(content) <= most else None


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
    try:
        head = git(folder, "rev-parse", "HEAD").decode().strip()
        return head + ("-dirty" if git(folder, "status", "--porcelain", "--", ".") else "")
    except GitError:
        return ""


@contextmanager
def live(
    spec: EnvironmentSpec,
    name: str,
    folder: Path,
    environ: Mapping[str, str],
    on_retry: Callable[[Retry], None],
) -> Iterator[Writer]:
    """Live as the environment's document says. Raise UsageError or Refused before anything is sent."""
    from reconciler.live import connect  # noqa: PLC0415

    with ExitStack() as stack:
        if spec.api.base_url.startswith(EMULATOR):
            if environ.get(TRUSTED_ORIGIN):
                raise Refused(
                    f"the project wants to talk to the emulator, which is not the origin that {TRUSTED_ORIGIN} pins",
                    hint="a reviewer would take its plan for one of the real service; nothing was sent",
                )
            url, credentials = stack.enter_context(_emulated(spec, name, folder))
            trusted = None
        else:
            url, credentials = spec.api.base_url, _credentials(spec, environ, folder)
            trusted = environ.get(TRUSTED_ORIGIN) or None
        yield stack.enter_context(
            connect(
                url,
                credentials,
                requests_per_second=spec.api.requests_per_second,
                concurrency=spec.api.concurrency,
                timeout_seconds=spec.api.timeout_seconds,
                trusted_origin=trusted,
                on_retry=on_retry,
            )
        )


@contextmanager
def _emulated(spec: EnvironmentSpec, name: str, folder: Path) -> Iterator[tuple[str, Credentials]]:
    """The bundled emulator with its world in a file beside the state: where it is, and what it takes."""
    from reconciler.emulator import CLIENT_ID, CLIENT_SECRET, World, serve  # noqa: PLC0415 - only who asks pays
    from reconciler.live import Credentials  # noqa: PLC0415

    path = folder / ".state" / f"{name}.world.json"
    if path.exists():
        world = _kept_world(path)
    elif spec.api.base_url == EMULATOR + "sample":
        world = World.sample(path)
    else:
        world = World.empty({key: connection.uuid for key, connection in spec.connections.items()}, path)
    with serve(world) as running:
        yield (
            running.base_url,
            Credentials(Secret(CLIENT_ID), Secret(CLIENT_SECRET), Secret("http://localhost")),
        )


def _kept_world(path: Path) -> World:
    """What the emulator wrote there. A stranger may have put the file into the repository."""
    from reconciler.emulator import World  # noqa: PLC0415 - only who asks pays

    with suppress(OSError):
        content = _regular(path, _LARGEST_WORLD)
        if content is not None:
            with suppress(Exception):  # whatever a strange document can raise: it is no world
                return World(json.loads(content), path=path)
    raise UsageError(f"{path} is no world of the emulator", hint="remove it: the emulator starts anew")


def _credentials(spec: EnvironmentSpec, environ: Mapping[str, str], folder: Path) -> Credentials:
    from reconciler.live import Credentials  # noqa: PLC0415

    references = spec.api.credentials
    assert references is not None  # noqa: S101 - only the emulator does without, and the manifests are checked
    return Credentials(
        secret(references.client_id, "client_id", environ, folder),
        secret(references.client_secret, "client_secret", environ, folder),
        secret(references.redirect_uri, "redirect_uri", environ, folder),
    )
