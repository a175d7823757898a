"""The record in S3, Google Cloud Storage or Azure Blob Storage: conditional writes of one head, immutable parts.

Nothing is ever deleted or overwritten but the head, and each head that was is kept: what is named by it stays.
Credentials come from the environment of the process, as every tool of these clouds reads them, never from a URL.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import obstore
from obstore import exceptions as failures
from obstore.store import from_url

from reconciler.backends.documents.store import Found, Moved, Part, Store, Swap, Unsure
from reconciler.backends.rows import Damaged
from reconciler.errors import StateError, UsageError
from reconciler.values import canonical

if TYPE_CHECKING:
    from obstore.store import ObjectStore as Client

HEAD = "head.json"
AT_ONCE = 16
"""Requests for parts under way at the same time."""

LONGEST = 200
"""Characters of a store's own words that are repeated."""

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_ENDPOINTS = (
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT",
    "AZURE_STORAGE_ENDPOINT",
    "AZURE_ENDPOINT",
)
_LOGIN = (
    "give the process credentials that may get, put and list under the prefix, by the variables or the role that "
    "the cloud's own tools read"
)
_NO_BUCKET = ("NoSuchBucket", "ContainerNotFound", "bucket does not exist")
_RETRY: Any = {
    "max_retries": 3,
    "retry_timeout": timedelta(seconds=30),
    "backoff": {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=3), "base": 2},
}


class Bucket:
    """A Store under the prefix of `url`, which has been checked. Safe in several threads."""

    def __init__(self, url: str) -> None:
        self.label = url
        self._url = url

    def read(self) -> Found | None:
        with _told():
            found = self._head()
            if found is None and any(map(len, obstore.list(self._client, "parts", chunk_size=1))):
                # it may have been born between the two requests
                found = self._head()
                if found is None:
                    raise Damaged(f"its {HEAD} is gone but its parts are still there")
            return found

    def parts(self, version: str, wanted: Sequence[Part]) -> Sequence[bytes | None]:  # noqa: ARG002 - immutable
        with _told(), ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(self._part, wanted))

    def swap(self, change: Swap) -> str:
        """The parts first, and the head that was, under its serial; then the one write that counts."""
        new = {_key(part): raw for part, raw in change.parts.items()}
        if change.before is not None and new:
            new[f"heads/{change.serial:010}.json"] = change.before.head
        mode: Any = _condition(change.before.version) if change.before else "create"
        try:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(lambda item: obstore.put(self._client, *item), new.items()))
            return _version(obstore.put(self._client, HEAD, change.head, mode=mode))
        except (failures.PreconditionError, failures.AlreadyExistsError, FileExistsError) as error:
            raise Moved from error
        except (FileNotFoundError, failures.NotFoundError) as error:
            _refuse_missing_bucket(error)
            raise Moved from error
        except (failures.PermissionDeniedError, failures.UnauthenticatedError, PermissionError) as error:
            raise Unsure(*_explained(error), again=False) from error
        except (failures.BaseError, OSError) as error:
            raise Unsure(*_explained(error)) from error

    @contextmanager
    def scratch(self) -> Iterator[Callable[[], Store]]:
        place = f"{self._url.rstrip('/')}/doctor-{secrets.token_hex(8)}"
        try:
            yield lambda: Bucket(place)
        finally:
            with _told():
                client = Bucket(place)._client  # noqa: SLF001 - one of us
                for some in obstore.list(client):
                    obstore.delete(client, [meta["path"] for meta in some])

    def close(self) -> None:
        self.__dict__.pop("_client", None)

    @cached_property
    def _client(self) -> Client:
        endpoint = next((os.environ[name] for name in _ENDPOINTS if os.environ.get(name)), "")
        parts = urlsplit(endpoint)
        plain = parts.scheme == "http"
        if plain and parts.hostname not in _LOOPBACK:
            raise UsageError(
                "the state's endpoint is plain http, which would send the credentials in the clear",
                hint="give an https endpoint; http is for this machine only",
            )
        options: Any = {"allow_http": plain, "timeout": timedelta(seconds=60)}
        return from_url(self._url, client_options=options, retry_config=_RETRY)

    def _head(self) -> Found | None:
        try:
            found = obstore.get(self._client, HEAD)
            meta = found.meta
            return Found(bytes(found.bytes()), _version(meta), meta["last_modified"].timestamp())
        except (FileNotFoundError, failures.NotFoundError) as error:
            _refuse_missing_bucket(error)
            return None

    def _part(self, part: Part) -> bytes | None:
        try:
            return bytes(obstore.get(self._client, _key(part)).bytes())
        except (FileNotFoundError, failures.NotFoundError):
            return None


def _key(part: Part) -> str:
    """By what it holds: a part that was once stored is never another."""
    return f"parts/{part.digest}"


def _version(meta: Any) -> str:  # noqa: ANN401 - two types of obstore's with the same keys
    return canonical([meta["e_tag"], meta["version"]]).decode("ascii")


def _condition(version: str) -> Any:  # noqa: ANN401
    tag, number = json.loads(version)
    return {key: value for key, value in (("e_tag", tag), ("version", number)) if value is not None}


def _refuse_missing_bucket(error: Exception) -> None:
    if any(word in str(error) for word in _NO_BUCKET):
        raise StateError(
            "the state cannot be reached: there is no such bucket",
            hint="make the bucket, or correct the environment's `state`; it is not made here",
        ) from error


def _explained(error: Exception) -> tuple[str, str]:
    """What went wrong, and the hint. obstore tells the request at length, in a form for its authors."""
    said = str(error)
    if isinstance(error, failures.PermissionDeniedError | failures.UnauthenticatedError | PermissionError):
        return (
            "cannot be used: the store refuses these credentials",
            _LOGIN,
        )
    if any(
        word in said for word in ("redential", "metadata endpoint", "169.254.169.254", "must be specified")
    ):
        return (
            "cannot be reached: there are no credentials for it",
            _LOGIN,
        )
    return (
        f"cannot be reached: {_short(said)}",
        "check the network, the bucket's name and its region or endpoint",
    )


def _short(said: str) -> str:
    """The innermost cause, without the dump of the request that follows it."""
    first = said.split("\n\n", maxsplit=1)[0].splitlines()[0]
    return first if len(first) <= LONGEST else f"{first[:LONGEST]}…"


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (failures.BaseError, OSError) as error:
        _refuse_missing_bucket(error)
        what, hint = _explained(error)
        raise StateError(f"the state {what}", hint=hint) from error
