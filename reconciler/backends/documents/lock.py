"""The lock of a record whose store can do nothing but compare and set, and has no clock that counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from reconciler.backends import slot as slots
from reconciler.backends.documents import notes
from reconciler.backends.documents.desk import Desk
from reconciler.backends.documents.draft import Draft
from reconciler.backends.documents.head import Head
from reconciler.backends.documents.store import Note
from reconciler.backends.documents.swapping import Seen
from reconciler.backends.documents.watching import living, pulse
from reconciler.backends.protocol import Holder, Lease
from reconciler.backends.slot import Moment, Slot, owns, refuse_held


@dataclass(frozen=True, slots=True)
class Lock:
    """`pause` waits so many seconds; `born` gives the head of a new record."""

    desk: Desk
    pause: Callable[[float], None]
    born: Callable[[], Head]

    def acquire(self, holder: Holder, ttl_seconds: float) -> Lease:
        while True:
            seen, now = self.desk.swapping.read(), self.desk.now()
            if seen.head is not None:
                seen.head.opened_by(self.desk.cipher)
                self._refuse_live(seen, seen.head, now)
            slot = seen.head.slot if seen.head else slots.FREE
            after, lease = slots.granted(slot, holder, ttl_seconds=ttl_seconds, now=now)

            def take(found: Seen, seen: Seen = seen, after: Slot = after) -> tuple[Draft, Note] | None:
                if pulse(found.head) != pulse(seen.head):
                    return None
                return self._with(found, found.head or self.born(), after), notes.lock("taken", holder)

            if self.desk.swapping.change(seen, take):
                return lease

    def renew(self, lease: Lease) -> Lease:
        renewed = lease

        def extend(seen: Seen, head: Head) -> Draft:
            nonlocal renewed
            after, renewed = slots.extended(head.slot, lease, now=self.desk.now())
            return self._with(seen, replace(head, beat=head.beat + 1), after)

        self.desk.leased(lease, extend, "renewed")
        return renewed

    def release(self, lease: Lease) -> None:
        def free(seen: Seen) -> tuple[Draft, Note] | None:
            if seen.head is None or not owns(seen.head.slot, lease):
                return None
            return self._with(seen, seen.head, slots.cleared(seen.head.slot)), notes.lock(
                "released", lease.holder
            )

        self.desk.swapping.change(self.desk.last(lease), free)

    def holder(self) -> Holder | None:
        seen = self.desk.swapping.read()
        return seen.head.slot.held(self.desk.now()) if seen.head else None

    def broken(self) -> Holder | None:
        """Free, whoever holds it. Gives who it was."""
        holder: Holder | None = None

        def free(seen: Seen) -> tuple[Draft, Note] | None:
            nonlocal holder
            if seen.head is None:
                return None
            slot = seen.head.slot
            holder = slot.held(self.desk.now())
            return self._with(seen, seen.head, slots.cleared(slot)), notes.lock("broken", slot.holder)

        self.desk.swapping.change(self.desk.swapping.read(), free)
        return holder

    def _with(self, seen: Seen, head: Head, slot: Slot) -> Draft:
        return self.desk.draft(seen, replace(head, slot=slot))

    def _refuse_live(self, seen: Seen, head: Head, now: Moment) -> None:
        """Raise Refused where somebody holds the lock, by our clock or by a sign of life."""
        if head.slot.held(now):
            self._shorten(seen, head, now)
            raise refuse_held(head.slot, now)
        if head.slot.holder is not None and self.desk.clock is None:
            slot = living(head, self.desk.swapping.read, self.pause, now)
            if slot is not None:
                raise refuse_held(slot, now)

    def _shorten(self, seen: Seen, head: Head, now: Moment) -> None:
        """The end comes even while our clock stands behind."""
        after = slots.shortened(head.slot, now=now)
        if after == head.slot:
            return

        def shorten(found: Seen) -> tuple[Draft, Note] | None:
            if found.head is None or found.head.slot != head.slot:
                return None
            return self._with(found, found.head, after), notes.lock("shortened", after.holder)

        self.desk.swapping.change(seen, shorten)
