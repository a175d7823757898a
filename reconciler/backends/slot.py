"""The lock as a value: who holds it, in which epoch, until when; and the words of its refusals. Pure.

`now` is milliseconds since 1970 by the store's clock, or by ours where a store has none. Commits are fenced by
the epoch alone, so no clock can let two writers in; clocks only decide how soon a dead holder is replaced.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from reconciler.backends.protocol import Holder, Lease
from reconciler.errors import Refused

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Slot:
    """`holder` is None where the lock is free; times in milliseconds."""

    epoch: int = 0
    holder: Holder | None = None
    since: int = 0
    until: int = 0
    ttl: int = 0

    def held(self, now: int) -> Holder | None:
        """Who holds the lock at `now`, with its times filled in."""
        if self.holder is None or self.end(now) <= now:
            return None
        return replace(self.holder, since=_time(self.since), until=_time(self.end(now)))

    def end(self, now: int) -> int:
        """Never later than one term from now: a clock that was set back would hold the lock for ever."""
        return min(self.until, now + self.ttl)


FREE = Slot()


def granted(slot: Slot, holder: Holder, *, ttl_seconds: float, now: int) -> tuple[Slot, Lease]:
    """The lock is `holder`'s from now on. The caller has seen that it is free."""
    ttl = round(ttl_seconds * 1000)
    after = Slot(slot.epoch + 1, replace(holder, since="", until=""), now, now + ttl, ttl)
    lease = Lease(replace(holder, since=_time(now), until=_time(now + ttl)), after.epoch, ttl_seconds)
    return after, lease


def extended(slot: Slot, lease: Lease, *, now: int) -> tuple[Slot, Lease]:
    """The caller has seen that `lease` still owns the slot."""
    until = now + round(lease.ttl_seconds * 1000)
    return replace(slot, until=until), replace(lease, holder=replace(lease.holder, until=_time(until)))


def shortened(slot: Slot, *, now: int) -> Slot:
    """With the end that `Slot.end` allows, so that it comes even while the clock stands behind."""
    return replace(slot, until=slot.end(now))


def cleared(slot: Slot) -> Slot:
    """Free. The epoch stays, for the next grant to rise above it."""
    return replace(FREE, epoch=slot.epoch)


def owns(slot: Slot, lease: Lease) -> bool:
    return slot.holder is not None and slot.epoch == lease.epoch and slot.holder.run == lease.holder.run


def refuse_held(slot: Slot, now: int) -> Refused:
    holder = slot.held(now)
    assert holder is not None, "only a held lock is refused"  # noqa: S101 - a bug of ours, not input
    return Refused(
        f"the state is locked {described(holder)}",
        hint="wait for it, or run `reconciler state unlock` if you are sure that it is dead",
    )


def refuse_lost(slot: Slot, now: int) -> Refused:
    """For a write with a lease that is not the current one."""
    holder = slot.held(now)
    whose = f"it is now locked {described(holder)}" if holder else "it was released, broken or taken over"
    return Refused(
        f"the lock on the state is not ours any more: {whose}",
        hint="nothing was written; run again to see what is left to do",
    )


def described(holder: Holder) -> str:
    """`by ann@ci (pid 7, run r1, commit abc, `apply`) since …; it frees itself at … unless renewed`."""
    about = [f"pid {holder.pid}", f"run {holder.run}"]
    about += [f"on commit {holder.commit}"] if holder.commit else []
    about += [f"`{holder.command}`"] if holder.command else []
    return (
        f"by {holder.who} ({', '.join(about)}) since {holder.since}; "
        f"it frees itself at {holder.until} unless renewed"
    )


def _time(milliseconds: int) -> str:
    moment = EPOCH + timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
