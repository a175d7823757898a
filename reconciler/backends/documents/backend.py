"""One environment's record as documents in a store that can do nothing but compare and set.

Threads that commit at the same time share one swap: each returns when its own transition is in. No clock of such
a store is known, so a lock that has run out by ours is watched for a while before it is taken over.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from reconciler.backends import refusals
from reconciler.backends.cipher import Cipher
from reconciler.backends.documents import notes, spelling
from reconciler.backends.documents.desk import Desk
from reconciler.backends.documents.draft import Draft
from reconciler.backends.documents.head import Head
from reconciler.backends.documents.lock import Lock
from reconciler.backends.documents.store import Note, Store
from reconciler.backends.documents.swapping import Seen, Swapping
from reconciler.backends.protocol import Finding, Holder, Lease
from reconciler.backends.refusals import told
from reconciler.backends.slot import owns, refuse_lost
from reconciler.backends.trial import clock_finding, durable_finding, record_finding, trial
from reconciler.backends.waves import Waiting, Waves
from reconciler.errors import ReconcilerError
from reconciler.resources import Address
from reconciler.state import HistoryEntry, State, Transition


class DocumentBackend:
    """A Backend. `clock`, in seconds since 1970, stands for a clock of the store's own, which is trusted."""

    def __init__(
        self,
        store: Store,
        *,
        environment: str,
        clock: Callable[[], float] | None,
        ids: Callable[[], str],
        cipher: Cipher | None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store, self._environment = store, environment
        self._clock, self._ids, self._cipher = clock, ids, cipher
        self._head = Swapping(store, environment, pause)
        self._desk = Desk(self._head, cipher, clock)
        self._lock = Lock(self._desk, pause, lambda: Head(environment, ids()).sealed_by(cipher))
        self._turn = threading.RLock()
        self._waves = Waves(self._commit_all)

    @property
    def label(self) -> str:
        return self._store.label

    def load(self, *, moved: bool = False) -> State:
        with self._turn, told(self.label):
            seen = self._head.read()
            if seen.head is None:
                return State(lineage="")
            if seen.head.moved_to and not moved:
                raise refusals.moved(seen.head.moved_to)
            return self._state(seen, seen.head)

    def commit(self, transition: Transition, *, lease: Lease) -> None:
        """Together with what other threads commit meanwhile; see `Waves`."""
        with told(self.label):
            spelling.refuse_unstorable(transition)
            self._waves.carried(Waiting(transition, lease))

    def restore(self, state: State, history: Sequence[HistoryEntry], *, lease: Lease) -> None:
        def anew(seen: Seen, head: Head) -> Draft:
            head.opened_by(self._cipher)
            draft = self._desk.draft(seen, head)
            draft.restore(state, history)
            return draft

        with told(self.label):
            spelling.refuse_unstorable(Transition(put=tuple(state.records.values()), history=tuple(history)))
        with self._turn, told(self.label):
            self._desk.leased(lease, anew, f"restored at serial {state.serial}, lineage {state.lineage}")

    def retire(self, to: str, *, lease: Lease) -> None:
        def away(seen: Seen, head: Head) -> Draft:
            head.opened_by(self._cipher)
            return self._desk.draft(seen, replace(head, moved_to=to))

        with self._turn, told(self.label):
            self._desk.leased(lease, away, f"moved to {to}")

    def history(self, address: Address | None = None, limit: int | None = None) -> Sequence[HistoryEntry]:
        with self._turn, told(self.label):
            seen = self._head.read()
            if seen.head is None:
                return ()
            shelf = self._desk.shelf(seen, seen.head)
            entries: list[HistoryEntry] = []
            left = list(seen.head.history)
            while left and (limit is None or len(entries) < limit):
                # what must be read whatever is in it, at once
                some = left if limit is None else left[-1:]
                left = left[: len(left) - len(some)]
                for segment in reversed(shelf.history(some)):
                    entries += (e for e in reversed(segment) if address is None or e.address == address)
            return tuple(entries[:limit])

    def acquire(self, holder: Holder, ttl_seconds: float) -> Lease:
        with self._turn, told(self.label):
            return self._lock.acquire(holder, ttl_seconds)

    def renew(self, lease: Lease) -> Lease:
        with self._turn, told(self.label):
            return self._lock.renew(lease)

    def release(self, lease: Lease) -> None:
        with self._turn, told(self.label):
            self._lock.release(lease)

    def holder(self) -> Holder | None:
        with self._turn, told(self.label):
            return self._lock.holder()

    def break_lock(self) -> Holder | None:
        with self._turn, told(self.label):
            return self._lock.broken()

    def probe(self) -> Sequence[Finding]:
        """On a record of its own beside the real one: the same code, the same server."""
        findings = [record_finding(self)]
        try:
            with (
                told(self.label),
                self._store.scratch() as clients,
                self._on(clients()) as first,
                self._on(clients()) as second,
            ):
                findings += trial(first, second)
                findings += [durable_finding(()), self._clock_finding(second)]
        except ReconcilerError as error:
            findings.append(Finding("scratch", ok=False, message=error.message))
        return findings

    def close(self) -> None:
        with self._turn:
            self._head.last = None
            self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _on(self, store: Store) -> DocumentBackend:
        return DocumentBackend(
            store, environment=self._environment, clock=self._clock, ids=self._ids, cipher=self._cipher
        )

    def _clock_finding(self, just_written: DocumentBackend) -> Finding:
        found = just_written._store.read()
        at = self._clock() if self._clock else found.at if found else None
        if at is not None:
            return clock_finding(at, time.time())
        return Finding(
            "clock", ok=True, message="no clock of the store counts: the lock goes by signs of life"
        )

    def _state(self, seen: Seen, head: Head) -> State:
        shelf = self._desk.shelf(seen, head)
        records = {a: r for shard in shelf.records(head.records) for a, r in shard.items()}
        intents = {i: intent for part in shelf.intents(head.intents) for i, intent in part.items()}
        return State(head.lineage, head.serial, dict(sorted(records.items())), intents)

    def _commit_all(self, wave: Sequence[Waiting]) -> None:
        def checked(seen: Seen) -> tuple[Draft, Note] | None:
            if seen.head is None:
                raise refusals.gone()
            for each in wave:
                each.error = self._refused(seen.head, each.lease)
            stored = [each for each in wave if each.error is None]
            if not stored:
                return None
            draft = self._renewed(seen, seen.head)
            for each in stored:
                draft.apply(each.transition)
            return draft, notes.wave(stored, draft.head.serial)

        with self._turn:
            self._head.change(self._desk.last(*(each.lease for each in wave)), checked)

    def _refused(self, head: Head, lease: Lease) -> ReconcilerError | None:
        if not owns(head.slot, lease):
            return refuse_lost(head.slot, self._desk.now())
        return refusals.moved(head.moved_to) if head.moved_to else None

    def _renewed(self, seen: Seen, head: Head) -> Draft:
        """Encrypted where a key is given, which a plain record becomes here, as a whole."""
        draft = self._desk.draft(seen, head)
        if head.opened_by(self._cipher) is not self._cipher:
            segments = self._desk.shelf(seen, head).history(head.history)
            draft.restore(self._state(seen, head), [e for s in reversed(segments) for e in reversed(s)])
        return draft
