"""Whether the holder of a lock that has run out by our clock is alive. It is, if its pulse moves while we look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from reconciler.backends.documents.head import Head
from reconciler.backends.documents.swapping import Seen
from reconciler.backends.slot import Moment, Slot

OVER = 2
"""A lock is watched for its term over this. Its holder renews it every third: a sixth is left for a slow push."""

LOOKS = 8
"""How often it is looked at meanwhile: it may be released."""

Pulse: TypeAlias = tuple[int, bool, int, int]


def pulse(head: Head | None) -> Pulse:
    """What every sign of life of the holder moves, and every change of hands."""
    return (
        (head.slot.epoch, head.slot.holder is not None, head.beat, head.serial) if head else (0, False, 0, 0)
    )


def living(head: Head, look: Callable[[], Seen], pause: Callable[[float], None], now: Moment) -> Slot | None:
    """The slot as it is held after all, by a holder whose clock is behind ours; None where it may be taken."""
    for _ in range(LOOKS):
        pause(head.slot.ttl / 1000 / OVER / LOOKS)
        seen = look().head
        if seen is None or seen.slot.holder is None or seen.slot.epoch != head.slot.epoch:
            return None
        if pulse(seen) != pulse(head):
            return replace(seen.slot, until=now.at + seen.slot.ttl)
    return None
