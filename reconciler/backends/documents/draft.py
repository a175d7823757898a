"""The next head of a record, and the parts that must be stored before it. No I/O but through its Shelf.

Few bytes move with a commit: the records are spread over parts by the hash of their address, and the history is
kept in segments that are merged like the digits of a binary counter, so that old ones are hardly ever rewritten.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from reconciler.backends.cipher import Cipher
from reconciler.backends.documents import spelling
from reconciler.backends.documents.head import REMEMBERED, Head
from reconciler.backends.documents.spelling import History, Intents, Records
from reconciler.backends.documents.store import Part
from reconciler.resources import Address, Recorded
from reconciler.state import HistoryEntry, Intent, State, Transition

FULL = 2048
"""Entries of the largest segment of history."""

SPREAD = ((64, 1), (1024, 16))
WIDEST = 256
"""Over how many parts so many records are spread at most. A record that has shrunk stays spread."""

INTENTS = "intents.jsonl"
T = TypeVar("T")


class Shelf(Protocol):
    """Parts that are in the store, verified and read."""

    def records(self, parts: Sequence[Part]) -> Sequence[Records]: ...

    def intents(self, parts: Sequence[Part]) -> Sequence[Intents]: ...

    def history(self, parts: Sequence[Part]) -> Sequence[History]: ...


@dataclass
class Draft:
    """Starts as `head`; `ended` gives what it has become."""

    head: Head
    shelf: Shelf
    cipher: Cipher | None = None
    _records: dict[int, dict[Address, Recorded]] = field(default_factory=dict)
    _intents: dict[str, Intent] | None = None
    _told: list[HistoryEntry] = field(default_factory=list)

    def apply(self, transition: Transition) -> None:
        """Exactly `State.after`: a put wins over a drop of the same address, the last put over an earlier one."""
        for address in transition.drop:
            self._shard(address).pop(address, None)
        for record in transition.put:
            self._shard(record.address)[record.address] = record
        if transition.close or transition.open:
            intents = self._open_intents()
            intents.pop(transition.close, None)
            if transition.open is not None:
                intents[transition.open.id] = transition.open
        self._told += transition.history
        self.head = replace(self.head, serial=self.head.serial + 1)

    def restore(self, state: State, history: Sequence[HistoryEntry]) -> None:
        """All of it anew; `history` newest first."""
        self.head = replace(
            self.head.sealed_by(self.cipher),
            lineage=state.lineage, serial=state.serial, moved_to="", shards=1, records=(), history=(),
        )  # fmt: skip
        self._records = {0: dict(state.records)}
        self._intents = dict(state.intents)
        self._told = list(reversed(history))

    def ended(self, write: str) -> Ended:
        """The head after the swap called `write`, and what must be stored for it."""
        new: dict[Part, bytes] = {}
        records = self._spread(new)
        intents = self.head.intents
        if self._intents is not None:
            intents = self._stored(new, INTENTS, self._intents, spelling.intents_bytes)
        history = self._segments(new)
        writes = (*self.head.writes, write)[-REMEMBERED:]
        head = replace(self.head, records=records, intents=intents, history=history, writes=writes)
        return Ended(head, new)

    def _shard(self, address: Address) -> dict[Address, Recorded]:
        number = spelling.shard_of(address, self.head.shards)
        if number not in self._records:
            named = [p for p in self.head.records if p.path == _shard_path(number)]
            self._records[number] = dict(*self.shelf.records(named))
        return self._records[number]

    def _open_intents(self) -> dict[str, Intent]:
        if self._intents is None:
            self._intents = dict(*self.shelf.intents(self.head.intents))
        return self._intents

    def _spread(self, new: dict[Part, bytes]) -> tuple[Part, ...]:
        kept = tuple(p for p in self.head.records if p.path not in set(map(_shard_path, self._records)))
        count = sum(p.count for p in kept) + sum(map(len, self._records.values()))
        shards = max(self.head.shards, next((n for most, n in SPREAD if count <= most), WIDEST))
        if shards != self.head.shards:
            everything = [*self.shelf.records(kept), *self._records.values()]
            self.head, self._records, kept = replace(self.head, shards=shards), {}, ()
            for records in everything:
                for address, record in records.items():
                    self._records.setdefault(spelling.shard_of(address, shards), {})[address] = record
        made = [
            part
            for number, records in sorted(self._records.items())
            for part in self._stored(new, _shard_path(number), records, spelling.records_bytes)
        ]
        return tuple(sorted((*kept, *made), key=lambda p: p.path))

    def _segments(self, new: dict[Part, bytes]) -> tuple[Part, ...]:
        """The last segments join the new one while they are no longer than it."""
        segments, tail = list(self.head.history), list(self._told)
        while (
            tail and segments and segments[-1].count <= len(tail) and segments[-1].count + len(tail) <= FULL
        ):
            (before,) = self.shelf.history([segments.pop()])
            tail = [*before, *tail]
        first = sum(part.count for part in segments) + 1
        for start in range(0, len(tail), FULL):
            path = f"history/{first + start:08}.jsonl"
            segments += self._stored(new, path, tail[start : start + FULL], spelling.history_bytes)
        return tuple(segments)

    def _stored(
        self, new: dict[Part, bytes], path: str, content: T, spell: Callable[[T], bytes]
    ) -> tuple[Part, ...]:
        """The part that holds `content`, noted in `new`; none where there is nothing to hold."""
        raw = spell(content)
        count = raw.count(b"\n")
        if not count:
            return ()
        stored = self.cipher.seal(bound(path) + raw) if self.cipher else raw
        part = Part(path, hashlib.sha256(stored).hexdigest(), count)
        new[part] = stored
        return (part,)


@dataclass(frozen=True, slots=True)
class Ended:
    head: Head
    parts: Mapping[Part, bytes]

    def gone(self, before: Iterable[Part]) -> frozenset[str]:
        return frozenset(p.path for p in before) - {p.path for p in self.head.parts}


def bound(path: str) -> bytes:
    """Goes before what is sealed at `path`, so that one sealed part cannot stand for another."""
    return f"{path}\n".encode("ascii")


def _shard_path(number: int) -> str:
    return f"records/{number:02x}.jsonl"
