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

from reconciler.backends import refusals, slot as slots
from reconciler.backends.cipher import Cipher
from reconciler.backends.documents import notes, spelling
from reconciler.backends.documents.draft import Draft
from reconciler.backends.documents.head import Head
from reconciler.backends.documents.shelf import Shelf
from reconciler.backends.documents.store import Note, Store
from reconciler.backends.documents.swapping import Seen, Swapping
from reconciler.backends.documents.watching import living, pulse
from reconciler.backends.protocol import Finding, Holder, Lease
from reconciler.backends.refusals import told
from reconciler.backends.slot import Moment, Slot, owns, refuse_held, refuse_lost
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
        self._clock, self._ids, self._cipher, self._pause = clock, ids, cipher, pause
        self._head = Swapping(store, environment, pause)
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
            draft = self._draft(seen, head)
            draft.restore(state, history)
            return draft

        with told(self.label):
            spelling.refuse_unstorable(Transition(put=tuple(state.records.values()), history=tuple(history)))
        self._leased(lease, anew, f"restored at serial {state.serial}, lineage {state.lineage}")

    def retire(self, to: str, *, lease: Lease) -> None:
        def away(seen: Seen, head: Head) -> Draft:
            head.opened_by(self._cipher)
            return self._draft(seen, replace(head, moved_to=to))

        self._leased(lease, away, f"moved to {to}")

    def history(self, address: Address | None = None, limit: int | None = None) -> Sequence[HistoryEntry]:
        with self._turn, told(self.label):
            seen = self._head.read()
            if seen.head is None:
                return ()
            shelf = self._shelf(seen, seen.head)
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
            while True:
                seen, now = self._head.read(), self._now()
                if seen.head is not None:
                    seen.head.opened_by(self._cipher)
                    self._refuse_live(seen, seen.head, now)
                slot = seen.head.slot if seen.head else slots.FREE
                after, lease = slots.granted(slot, holder, ttl_seconds=ttl_seconds, now=now)

                def take(found: Seen, seen: Seen = seen, after: Slot = after) -> tuple[Draft, Note] | None:
                    if pulse(found.head) != pulse(seen.head):
                        return None
                    head = found.head or Head(self._environment, self._ids()).sealed_by(self._cipher)
                    return self._draft(found, replace(head, slot=after)), notes.lock("taken", holder)

                if self._head.change(seen, take):
                    return lease

    def renew(self, lease: Lease) -> Lease:
        renewed = lease

        def extend(seen: Seen, head: Head) -> Draft:
            nonlocal renewed
            slot, renewed = slots.extended(head.slot, lease, now=self._now())
            return self._draft(seen, replace(head, slot=slot, beat=head.beat + 1))

        self._leased(lease, extend, "renewed")
        return renewed

    def release(self, lease: Lease) -> None:
        with self._turn, told(self.label):

            def free(seen: Seen) -> tuple[Draft, Note] | None:
                if seen.head is None or not owns(seen.head.slot, lease):
                    return None
                head = replace(seen.head, slot=slots.cleared(seen.head.slot))
                return self._draft(seen, head), notes.lock("released", lease.holder)

            self._head.change(self._last(), free)

    def holder(self) -> Holder | None:
        with self._turn, told(self.label):
            seen = self._head.read()
            return seen.head.slot.held(self._now()) if seen.head else None

    def break_lock(self) -> Holder | None:
        with self._turn, told(self.label):
            broken: Holder | None = None

            def free(seen: Seen) -> tuple[Draft, Note] | None:
                nonlocal broken
                if seen.head is None:
                    return None
                broken = seen.head.slot.held(self._now())
                head = replace(seen.head, slot=slots.cleared(seen.head.slot))
                return self._draft(seen, head), notes.lock("broken", seen.head.slot.holder)

            self._head.change(self._head.read(), free)
            return broken

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
        shelf = self._shelf(seen, head)
        records = {a: r for shard in shelf.records(head.records) for a, r in shard.items()}
        intents = {i: intent for part in shelf.intents(head.intents) for i, intent in part.items()}
        return State(head.lineage, head.serial, dict(sorted(records.items())), intents)

    def _leased(self, lease: Lease, change: Callable[[Seen, Head], Draft], what: str) -> None:
        """A change by who holds the lock, and by nobody else."""

        def checked(seen: Seen) -> tuple[Draft, Note]:
            if seen.head is None:
                raise refusals.gone()
            if not owns(seen.head.slot, lease):
                raise refuse_lost(seen.head.slot, self._now())
            return change(seen, seen.head), notes.lock(what, lease.holder)

        with self._turn, told(self.label):
            self._head.change(self._last(lease), checked)

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
            self._head.change(self._last(*(each.lease for each in wave)), checked)

    def _refused(self, head: Head, lease: Lease) -> ReconcilerError | None:
        if not owns(head.slot, lease):
            return refuse_lost(head.slot, self._now())
        return refusals.moved(head.moved_to) if head.moved_to else None

    def _renewed(self, seen: Seen, head: Head) -> Draft:
        """Encrypted where a key is given, which a plain record becomes here, as a whole."""
        draft = self._draft(seen, head)
        if head.opened_by(self._cipher) is not self._cipher:
            segments = self._shelf(seen, head).history(head.history)
            draft.restore(self._state(seen, head), [e for s in reversed(segments) for e in reversed(s)])
        return draft

    def _draft(self, seen: Seen, head: Head) -> Draft:
        return Draft(head, self._shelf(seen, seen.head or head), self._cipher)

    def _shelf(self, seen: Seen, head: Head) -> Shelf:
        return Shelf(self._head.fetched, seen.version, head, self._cipher)

    def _last(self, *leases: Lease) -> Seen:
        """What this process saw last, where that is of use: a lease that it does not know calls for a look."""
        last = self._head.last
        if last is None or last.head is None or not all(owns(last.head.slot, lease) for lease in leases):
            return self._head.read()
        return last

    def _refuse_live(self, seen: Seen, head: Head, now: Moment) -> None:
        """Raise Refused where somebody holds the lock, by our clock or by a sign of life."""
        slot: Slot | None = head.slot
        if slot is None or slot.holder is None:
            return
        if slot.held(now):
            self._shorten(seen, head, now)
        elif self._clock is None:
            slot = living(head, self._head.read, self._pause, now)
        else:
            slot = None
        if slot is not None:
            raise refuse_held(slot, now)

    def _shorten(self, seen: Seen, head: Head, now: Moment) -> None:
        after = slots.shortened(head.slot, now=now)
        if after != head.slot:

            def shorten(found: Seen) -> tuple[Draft, Note] | None:
                if found.head is None or found.head.slot != head.slot:
                    return None
                return self._draft(found, replace(found.head, slot=after)), notes.lock(
                    "shortened", after.holder
                )

            self._head.change(seen, shorten)

    def _now(self) -> Moment:
        return Moment(round((self._clock or time.time)() * 1000))
