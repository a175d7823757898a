"""The one document that is swapped: what the record is made of, who holds its lock, which writes are in it.

Pure. Spelt one key a line, so that a diff of two is read at a glance, and sealed with a digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from reconciler.backends.cipher import Cipher, held_against, token_of
from reconciler.backends.documents.store import Part
from reconciler.backends.protocol import Holder
from reconciler.backends.refusals import too_new
from reconciler.backends.rows import Damaged, parsed
from reconciler.backends.slot import FREE, Slot
from reconciler.values import Json, canonical

FORMAT = 1
"""Raised with every change of the documents. Older ones are to be migrated, newer ones refused."""

REMEMBERED = 32
"""How many of the last writes a head names. Whoever asks whether its own is in asks within the next few."""


@dataclass(frozen=True, slots=True)
class Head:
    """`beat` rises with each renewal, so that a watcher sees life without a clock.

    `shards` is over how many parts the records are spread; `history` is oldest first. `writes` are the ids
    of the last swaps, newest last. `sealed` is a token of the key that the parts are encrypted with, empty
    where they are not; `moved_to` where the record lives now, empty while it lives here.
    """

    environment: str
    lineage: str
    serial: int = 0
    sealed: str = ""
    moved_to: str = ""
    slot: Slot = FREE
    beat: int = 0
    shards: int = 1
    records: tuple[Part, ...] = ()
    intents: tuple[Part, ...] = ()
    history: tuple[Part, ...] = ()
    writes: tuple[str, ...] = ()

    def sealed_by(self, cipher: Cipher | None) -> Self:
        return replace(self, sealed=token_of(cipher, self.environment))

    def opened_by(self, cipher: Cipher | None) -> Cipher | None:
        """What it is read with. Raise StateError where no key opens it."""
        return held_against(self.sealed, cipher)

    @property
    def parts(self) -> tuple[Part, ...]:
        return (*self.records, *self.intents, *self.history)

    @property
    def told(self) -> int:
        """How many entries the history has."""
        return sum(part.count for part in self.history)


def spelt(head: Head) -> bytes:
    document: dict[str, Json] = {
        "format": FORMAT,
        "environment": head.environment,
        "lineage": head.lineage,
        "serial": head.serial,
        "sealed": head.sealed,
        "moved_to": head.moved_to,
        "lock": {**asdict(head.slot), "beat": head.beat},
        "shards": head.shards,
        "records": _named(head.records),
        "intents": _named(head.intents),
        "history": _named(head.history),
        "writes": list(head.writes),
    }
    document["digest"] = _digest(document)
    lines = (f"{json.dumps(key)}: {canonical(value).decode('ascii')}" for key, value in document.items())
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode("ascii")


def read(raw: bytes) -> Head:
    """The verified head; StateError where it is newer than this program, which is looked at first, or Damaged."""
    document = parsed(lambda: json.loads(raw))
    if not isinstance(document, dict):
        raise Damaged("its head is no JSON object")
    version = document.get("format")
    if isinstance(version, int) and version > FORMAT:
        raise too_new(version, FORMAT)
    digest = document.pop("digest", None)
    if parsed(lambda: _digest(document)) != digest:
        raise Damaged("its head does not match its digest")
    return parsed(lambda: _head(document))


def _head(document: Mapping[str, Any]) -> Head:
    lock = dict(document["lock"])
    beat = lock.pop("beat")
    holder = lock.pop("holder")
    return Head(
        environment=document["environment"],
        lineage=document["lineage"],
        serial=document["serial"],
        sealed=document["sealed"],
        moved_to=document["moved_to"],
        slot=Slot(holder=Holder(**holder) if holder else None, **lock),
        beat=beat,
        shards=document["shards"],
        records=_parts(document["records"]),
        intents=_parts(document["intents"]),
        history=_parts(document["history"]),
        writes=tuple(document["writes"]),
    )


def _digest(document: Mapping[str, Json]) -> str:
    return hashlib.sha256(canonical(document)).hexdigest()


def _named(parts: Sequence[Part]) -> dict[str, Json]:
    return {part.path: [part.digest, part.count] for part in parts}


def _parts(named: Mapping[str, Any]) -> tuple[Part, ...]:
    return tuple(Part(path, digest, count) for path, (digest, count) in sorted(named.items()))
