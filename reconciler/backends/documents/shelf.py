"""Parts as they are read: fetched once, held against their digests, opened, told as values."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from reconciler.backends.cipher import Cipher
from reconciler.backends.documents import spelling
from reconciler.backends.documents.draft import bound
from reconciler.backends.documents.head import Head
from reconciler.backends.documents.spelling import History, Intents, Records
from reconciler.backends.documents.store import Part, Store
from reconciler.backends.rows import Damaged

T = TypeVar("T")


class Fetched:
    """Bytes of parts by digest, for as long as some head names them. What has a digest can never be stale."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[str, bytes] = {}

    def keep(self, part: Part, stored: bytes) -> None:
        self._kept[part.digest] = stored

    def forget_all_but(self, head: Head) -> None:
        named = {part.digest for part in head.parts}
        self._kept = {digest: raw for digest, raw in self._kept.items() if digest in named}

    def bytes_of(self, version: str, parts: Sequence[Part]) -> Sequence[bytes]:
        """Verified. Damaged where one is lost or is not what was written."""
        wanted = [part for part in parts if part.digest not in self._kept]
        for part, stored in zip(wanted, self._store.parts(version, wanted) if wanted else (), strict=True):
            if stored is None:
                raise Damaged(f"its part {part.path} is not there")
            if hashlib.sha256(stored).hexdigest() != part.digest:
                raise Damaged(f"its part {part.path} does not match its digest")
            self._kept[part.digest] = stored
        return [self._kept[part.digest] for part in parts]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The parts of `head`. They are opened with `keys` where they are sealed."""

    fetched: Fetched
    version: str
    head: Head
    keys: Cipher | None

    def records(self, parts: Sequence[Part]) -> Sequence[Records]:
        return self._read(parts, spelling.records_of)

    def intents(self, parts: Sequence[Part]) -> Sequence[Intents]:
        return self._read(parts, spelling.intents_of)

    def history(self, parts: Sequence[Part]) -> Sequence[History]:
        return self._read(parts, spelling.history_of)

    def _read(self, parts: Sequence[Part], parse: Callable[[bytes], T]) -> list[T]:
        found = self.fetched.bytes_of(self.version, parts)
        cipher = self.head.opened_by(self.keys) if found else None
        return [
            parse(_opened(part, raw, cipher) if cipher else raw)
            for part, raw in zip(parts, found, strict=True)
        ]


def _opened(part: Part, raw: bytes, cipher: Cipher) -> bytes:
    plain = cipher.open(raw)
    if not plain.startswith(bound(part.path)):
        raise Damaged(f"its part {part.path} was sealed as another")
    return plain.removeprefix(bound(part.path))
