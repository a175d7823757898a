"""The lock as a value: who holds it, in which epoch, until when; and the words of its refusals. Pure.

`now` is a Moment by the store's clock, or by ours where a store has none. Commits are fenced by the epoch alone,
so no clock can let two writers in; clocks only decide how soon a dead holder is replaced.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from reconciler.backends.protocol import Holder, Lease
from reconciler.errors import Refused

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time by the store's clock, in milliseconds, and how far the time of day is `ahead` of it.

    That clock is the time of day, or, where all who come run on one machine, its uptime: nobody can set it.
    """

    at: int
    ahead: int = 0

    def time(self, milliseconds: int) -> str:
        """Another time by the store's clock, as a time of day for people: RFC 3339 in UTC."""
        moment = EPOCH + timedelta(milliseconds=milliseconds + self.ahead)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Slot:
    """`holder` is None where the lock is free; times in milliseconds by the store's clock."""

    epoch: int = 0
    holder: Holder | None = None
    since: int = 0
    until: int = 0
    ttl: int = 0

    def held(self, now: Moment) -> Holder | None:
        """Who holds the lock at `now`, with its times filled in."""
        if self.holder is None or self.end(now) <= now.at:
            return None
        since = min(self.since, now.at)
        return replace(self.holder, since=now.time(since), until=now.time(self.end(now)))

    def end(self, now: Moment) -> int:
        """Never later than one term from now: a clock that was set back, or a machine that was started anew, would
        hold the lock for ever.
        """
        return min(self.until, now.at + self.ttl)


FREE = Slot()


def granted(slot: Slot, holder: Holder, *, ttl_seconds: float, now: Moment) -> tuple[Slot, Lease]:
    """The lock is `holder`'s from now on. The caller has seen that it is free."""
    ttl = round(ttl_seconds * 1000)
    after = Slot(slot.epoch + 1, replace(holder, since="", until=""), now.at, now.at + ttl, ttl)
    ours = replace(holder, since=now.time(now.at), until=now.time(after.until))
    return after, Lease(ours, after.epoch, ttl_seconds)


def extended(slot: Slot, lease: Lease, *, now: Moment) -> tuple[Slot, Lease]:
    """The caller has seen that `lease` still owns the slot."""
    until = now.at + round(lease.ttl_seconds * 1000)
    return replace(slot, until=until), replace(lease, holder=replace(lease.holder, until=now.time(until)))


def shortened(slot: Slot, *, now: Moment) -> Slot:
    """With the end that `Slot.end` allows, so that it comes even while the clock stands behind."""
    return replace(slot, until=slot.end(now))


def cleared(slot: Slot) -> Slot:
    """Free. The epoch stays, for the next grant to rise above it."""
    return replace(FREE, epoch=slot.epoch)


def owns(slot: Slot, lease: Lease) -> bool:
    return slot.holder is not None and slot.epoch == lease.epoch and slot.holder.run == lease.holder.run


def refuse_held(slot: Slot, now: Moment) -> Refused:
    holder = slot.held(now)
    assert holder is not None, "only a held lock is refused"  # noqa: S101 - a bug of ours, not input
    return Refused(
        f"the state is locked {described(holder)}",
        hint="wait for it, or run `reconciler state unlock` if you are sure that it is dead",
    )


def refuse_lost(slot: Slot, now: Moment) -> Refused:
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
