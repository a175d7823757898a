"""The head read, and moved by compare-and-set until a change is in, or certainly is not.

An answer that says nothing is never guessed at: the head is read back, and names the writes that are in it.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from reconciler.backends import refusals
from reconciler.backends.documents import head as heads
from reconciler.backends.documents.draft import Draft
from reconciler.backends.documents.head import Head
from reconciler.backends.documents.shelf import Fetched
from reconciler.backends.documents.store import Found, Moved, Note, Store, Swap, Unsure
from reconciler.errors import StateError

PAUSES = (0.2, 1.0, 3.0)
"""Seconds before a swap, or the look whether it took effect, is tried again."""

JITTER_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Seen:
    """A head, and as what it was found; no head where there is no record yet."""

    head: Head | None
    found: Found | None

    @property
    def version(self) -> str:
        return self.found.version if self.found else ""


Change: TypeAlias = Callable[[Seen], tuple[Draft, Note] | None]
"""From what is there to what shall be there; None where nothing is left to do. Asked anew when the head has moved."""


class Swapping:
    """One record's head. `last` is what was seen or written last by this process; None before that."""

    def __init__(self, store: Store, environment: str, pause: Callable[[float], None] = time.sleep) -> None:
        self.last: Seen | None = None
        self.fetched = Fetched(store)
        self._store, self._environment, self._pause = store, environment, pause

    def read(self) -> Seen:
        """The newest head, verified."""
        found = self._store.read()
        head = heads.read(found.head) if found else None
        if head and head.environment != self._environment:
            raise refusals.of_another(head.environment, self._environment)
        self.last = Seen(head, found)
        return self.last

    def change(self, seen: Seen, change: Change) -> bool:
        """Whether `change`, starting from `seen`, had something to do; it is durable then."""
        write, pauses = secrets.token_hex(8), iter(PAUSES)
        swap: Swap | None = None
        while True:
            if swap is None:
                wanted = change(seen)
                if wanted is None:
                    return False
                swap, head = _swap(seen, *wanted, write)
            trouble = self._tried(swap, head)
            if trouble is None:
                return True
            now = self._read_back(trouble)
            if now.head and write in now.head.writes:
                return True
            if now.head is None and seen.head is not None:
                raise refusals.gone()
            if now.version != seen.version:
                # the one that was tried named a version that will never come back
                seen, swap = now, None
                self._pause(random.uniform(0, JITTER_SECONDS))  # noqa: S311 - no secret
                continue
            pause = next(pauses, None) if trouble.again else None
            if pause is None:
                raise StateError(f"the state {trouble.what}", hint=trouble.hint)
            self._pause(pause)

    def _tried(self, swap: Swap, head: Head) -> Unsure | None:
        try:
            version = self._store.swap(swap)
        except Moved:
            return Unsure(
                "says that it has moved, and has not", "run `reconciler state doctor`: can it be trusted?"
            )
        except Unsure as error:
            return error
        for part, stored in swap.parts.items():
            self.fetched.keep(part, stored)
        self.fetched.forget_all_but(head)
        self.last = Seen(head, Found(swap.head, version))
        return None

    def _read_back(self, trouble: Unsure) -> Seen:
        for pause in PAUSES:
            try:
                return self.read()
            except StateError:
                self._pause(pause)
        try:
            return self.read()
        except StateError as error:
            raise StateError(
                f"the state {trouble.what}, and it is unknown whether it was written: {error.message}",
                hint=error.hint,
            ) from error


def _swap(seen: Seen, draft: Draft, note: Note, write: str) -> tuple[Swap, Head]:
    ended = draft.ended(write)
    before = seen.head or replace(ended.head, records=(), intents=(), history=())
    return (
        Swap(
            before=seen.found,
            serial=before.serial,
            head=heads.spelt(ended.head),
            parts=ended.parts,
            gone=ended.gone(before.parts),
            note=note,
            at=int(time.time()),
        ),
        ended.head,
    )
