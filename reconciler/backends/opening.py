"""From the URL in an environment to an open store. Writes nothing, and contacts nothing before it is used."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

from reconciler.backends.cipher import Cipher
from reconciler.backends.documents.store import Store
from reconciler.backends.protocol import Backend
from reconciler.errors import UsageError

SCHEMES = {
    "sqlite": "sqlite:///path under the project folder, or sqlite:////absolute/path",
    "postgresql+psycopg": "postgresql+psycopg://user@host/database",
    "git+ref": "git+ref:///refs/reconciler/<name>, on a ref of the project's own repository",
    "s3": "s3://bucket/prefix",
    "gs": "gs://bucket/prefix",
    "az": "az://container/prefix",
}

_BUCKET = re.compile(r"[a-z0-9][-a-z0-9_.]+(/[-A-Za-z0-9_=][-A-Za-z0-9_.=]*)+/?")
"""A bucket and a prefix. No `@` or `?`, by which a credential could come in."""


def _new_id() -> str:
    return str(uuid4())


def open_backend(
    url: str,
    *,
    environment: str,
    folder: Path,
    clock: Callable[[], float] | None = None,
    ids: Callable[[], str] = _new_id,
    cipher: Cipher | None = None,
) -> Backend:
    """The record of `environment` at `url`; a relative SQLite path stands under `folder`.

    `clock` gives seconds since 1970 in place of the store's own clock. With a `cipher` what is written is
    encrypted: a record that is encrypted is read with one only, and a plain one becomes so at its next write. Raise UsageError where the URL is none,
    its scheme is unknown, or its driver is not installed. No message repeats what may be a password.
    """
    scheme, _, rest = url.partition("://")
    match scheme:
        case "sqlite":
            return _open_sqlite(rest, environment, folder, clock, ids, cipher)
        case "postgresql+psycopg":
            return _open_postgresql(url, environment, clock, ids, cipher)
        case "git+ref":
            from reconciler.backends.documents.gitref import GitRef  # noqa: PLC0415 - only who asks pays
            from reconciler.backends.documents.remote import place_of  # noqa: PLC0415

            return _of_documents(GitRef(place_of(rest), folder), environment, clock, ids, cipher)
        case "s3" | "gs" | "az":
            return _of_documents(_bucket(scheme, rest), environment, clock, ids, cipher)
        case _:
            known = "; ".join(SCHEMES.values())
            raise UsageError(
                f"no state can be kept at a URL with scheme {_shown(scheme)!r}", hint=f"known: {known}"
            )


def names_a_host(url: str) -> bool:
    """Whether to read the record there is to contact a place of the URL's choice, and to log in to it."""
    scheme, _, rest = url.partition("://")
    return bool(url) and scheme != "sqlite" and (scheme != "git+ref" or "?" in rest)


def _open_sqlite(
    rest: str,
    environment: str,
    folder: Path,
    clock: Callable[[], float] | None,
    ids: Callable[[], str],
    cipher: Cipher | None,
) -> Backend:
    host, slash, path = rest.partition("/")
    if host or not slash or not path or path.endswith("/") or "?" in path or "\0" in path:
        raise UsageError("the URL of the SQLite state names no file", hint=f"write {SCHEMES['sqlite']}")
    from reconciler.backends.sql import SqlBackend  # noqa: PLC0415 - 150 ms
    from reconciler.backends.sqlite import SqlitePlace  # noqa: PLC0415

    place = SqlitePlace((folder / path).absolute())
    return SqlBackend(place, environment=environment, clock=clock, ids=ids, cipher=cipher)


def _open_postgresql(
    url: str,
    environment: str,
    clock: Callable[[], float] | None,
    ids: Callable[[], str],
    cipher: Cipher | None,
) -> Backend:
    if find_spec("psycopg") is None:
        raise UsageError(
            "the driver of PostgreSQL is not installed", hint="run: pip install 'reconciler[postgresql]'"
        )
    from sqlalchemy import make_url  # noqa: PLC0415 - 150 ms
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    from reconciler.backends.postgresql import PostgresPlace  # noqa: PLC0415
    from reconciler.backends.sql import SqlBackend  # noqa: PLC0415

    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise UsageError(
            "the URL of the PostgreSQL state cannot be read", hint=f"write {SCHEMES['postgresql+psycopg']}"
        ) from None
    return SqlBackend(
        PostgresPlace(parsed, environment), environment=environment, clock=clock, ids=ids, cipher=cipher
    )


def _bucket(scheme: str, rest: str) -> Store:
    if not _BUCKET.fullmatch(rest):
        raise UsageError(
            f"the URL of the {scheme} state names no bucket and prefix", hint=f"write {SCHEMES[scheme]}"
        )
    if find_spec("obstore") is None:
        raise UsageError(
            "the library for object stores is not installed", hint="run: pip install 'reconciler[objects]'"
        )
    from reconciler.backends.documents.bucket import Bucket  # noqa: PLC0415 - only who asks pays

    return Bucket(f"{scheme}://{rest.rstrip('/')}")


def _of_documents(
    store: Store,
    environment: str,
    clock: Callable[[], float] | None,
    ids: Callable[[], str],
    cipher: Cipher | None,
) -> Backend:
    from reconciler.backends.documents.backend import DocumentBackend  # noqa: PLC0415

    return DocumentBackend(store, environment=environment, clock=clock, ids=ids, cipher=cipher)


def _shown(scheme: str) -> str:
    """Without `://` in it, all of the URL is in `scheme`: a password may be too."""
    return scheme if scheme.replace("+", "").isalnum() else "…"
