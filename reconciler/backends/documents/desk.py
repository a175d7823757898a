"""A record's head with what is needed to change it: its parts, the keys, the time, and who may write."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from reconciler.backends import refusals
from reconciler.backends.cipher import Cipher
from reconciler.backends.documents import notes
from reconciler.backends.documents.draft import Draft
from reconciler.backends.documents.head import Head
from reconciler.backends.documents.shelf import Shelf
from reconciler.backends.documents.store import Note
from reconciler.backends.documents.swapping import Seen, Swapping
from reconciler.backends.protocol import Lease
from reconciler.backends.slot import Moment, owns, refuse_lost


@dataclass(frozen=True, slots=True)
class Desk:
    """`clock`, in seconds since 1970, stands for a clock of the store's own; None where it has none."""

    swapping: Swapping
    cipher: Cipher | None
    clock: Callable[[], float] | None

    def draft(self, seen: Seen, head: Head) -> Draft:
        """What is to follow `seen`, as it starts: `head`."""
        return Draft(head, self.shelf(seen, seen.head or head), self.cipher)

    def shelf(self, seen: Seen, head: Head) -> Shelf:
        return Shelf(self.swapping.fetched, seen.version, head, self.cipher)

    def now(self) -> Moment:
        return Moment(round((self.clock or time.time)() * 1000))

    def last(self, *leases: Lease) -> Seen:
        """What this process saw last, where that is of use: a lease that it does not know calls for a look."""
        last = self.swapping.last
        if last is None or last.head is None or not all(owns(last.head.slot, lease) for lease in leases):
            return self.swapping.read()
        return last

    def leased(self, lease: Lease, change: Callable[[Seen, Head], Draft], what: str) -> None:
        """A change by who holds the lock, and by nobody else."""

        def checked(seen: Seen) -> tuple[Draft, Note]:
            if seen.head is None:
                raise refusals.gone()
            if not owns(seen.head.slot, lease):
                raise refuse_lost(seen.head.slot, self.now())
            return change(seen, seen.head), notes.lock(what, lease.holder)

        self.swapping.change(self.last(lease), checked)
