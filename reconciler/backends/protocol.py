"""What every store of the record promises, and the words of its lock. No I/O.

Nothing here speaks of SQL: a git ref or an object store can keep the same promises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from reconciler.resources import Address
from reconciler.state import HistoryEntry, State, Transition


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock, and what for.

    `who` is `user@host`, `commit` the project's, `command` as it was typed. `since` and `until` are RFC 3339
    in UTC by the store's clock: the store fills them in, a caller leaves them empty.
    """

    who: str
    pid: int
    run: str
    commit: str = ""
    command: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write, as granted. `epoch` rises with every grant, for ever.

    It ends `ttl_seconds` after it was granted or last renewed, by the store's clock.
    """

    holder: Holder
    epoch: int
    ttl_seconds: float


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look at the store itself gave, for `state doctor`. `name` is a stable word, `message` a sentence."""

    name: str
    ok: bool
    message: str


class Backend(Protocol):
    """One environment's record. Safe to use from several threads of one process.

    Every method raises StateError where the store cannot be reached, written or trusted. A damaged store is
    never read as an empty one.
    """

    @property
    def label(self) -> str:
        """Where the record is, without its password; for people."""
        ...

    def load(self, *, moved: bool = False) -> State:
        """The whole record, verified. Writes nothing and takes no lock.

        What was never written is an empty State whose lineage is "". The lineage is born with the first
        grant of a lease, at serial 0. Raise Refused where the record has moved (see `retire`), unless
        `moved` asks for what it was then.
        """
        ...

    def commit(self, transition: Transition, *, lease: Lease) -> None:
        """Make the state what `State.after(transition)` says, at once or not at all; durable on return.

        Refused where `lease` was released, broken or taken over, and where the record has moved. One that has run out but that nobody took
        is still good: no other writer can have come between. After a StateError it is unknown whether the
        transition was stored; `load` tells.
        """
        ...

    def restore(self, state: State, history: Sequence[HistoryEntry], *, lease: Lease) -> None:
        """Make the record exactly this, at once or not at all; `history` newest first, as `history` gives it.

        Lineage and serial become those of `state`. The lease goes on, and a record that had moved is in use
        again. Everything is written anew, with the key of today where there is one. Refused as `commit` is.
        """
        ...

    def retire(self, to: str, *, lease: Lease) -> None:
        """The record lives at `to` (a label, for people) from now on: `load` and `commit` are refused here.

        The lock and the history stay as they are. Refused as `commit` is.
        """
        ...

    def probe(self) -> Sequence[Finding]:
        """Whether the store keeps what this program relies on: tried with scratch data, never on the record."""
        ...

    def history(self, address: Address | None = None, limit: int | None = None) -> Sequence[HistoryEntry]:
        """What was applied, newest first; of one address only, at most `limit` entries."""
        ...

    def acquire(self, holder: Holder, ttl_seconds: float) -> Lease:
        """Take the lock, making the store where there is none. Refused while somebody else holds it."""
        ...

    def renew(self, lease: Lease) -> Lease:
        """A full `ttl_seconds` from now. Refused where the lease is not ours any more."""
        ...

    def release(self, lease: Lease) -> None:
        """Free the lock; nothing happens where the lease is not ours any more."""
        ...

    def holder(self) -> Holder | None:
        """Who holds the lock now; None where it is free or has run out."""
        ...

    def break_lock(self) -> Holder | None:
        """Free the lock whoever holds it, and refuse that holder's later commits. Gives who it was."""
        ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
