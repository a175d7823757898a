"""What a replica that lags would answer: reads that look like somebody's doing, and may be older than our own. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from reconciler.changes import Cause, Change
from reconciler.plan import Plan
from reconciler.resources import Address
from reconciler.state import HistoryEntry
from reconciler.values import MISSING, Json, same

LAG_SECONDS = 10
"""So long after our own write an older value is not believed at once."""


def late(plan: Plan, history: Iterable[HistoryEntry], *, prune: bool = False) -> frozenset[Address]:
    """The objects that live shows as our own last writes, moments ago, found them.

    A value that looks moved and is just the one that we replaced; one that looks in sync with a new wish for the
    same reason; an object that we had deleted, or none where we had created one (which `prune` would have deleted,
    or we make anew). Somebody who undid the write at once looks the same; reading again tells which.
    """
    made = datetime.fromisoformat(plan.created_at)
    fresh = [
        e
        for e in reversed([*history])
        if abs((made - datetime.fromisoformat(e.at)).total_seconds()) <= LAG_SECONDS
    ]
    ours = {(e.address, f["path"]): f for e in fresh for f in _written(e)}
    last = {e.address: e.action for e in fresh if e.status in ("done", "already")}
    return frozenset(
        [
            *(c.address for c in plan.changes if _moved_back(c, ours)),
            *(c.address for c in plan.changes if _undone(c, last.get(c.address, ""), prune=prune)),
            *_in_sync_too_soon(plan, ours),
        ]
    )


def _written(entry: HistoryEntry) -> Sequence[Mapping[str, Json]]:
    fields = entry.fields if isinstance(entry.fields, list) else []
    return [f for f in fields if "before" in f and "outcome" in f]


def _moved_back(change: Change, ours: Mapping[tuple[Address, Json], Mapping[str, Json]]) -> bool:
    return any(
        f.cause in (Cause.DRIFT, Cause.CONFLICT)
        and (written := ours.get((change.address, f.path))) is not None
        and same(f.before, written["before"])
        for f in change.fields
    )


def _in_sync_too_soon(
    plan: Plan, ours: Mapping[tuple[Address, Json], Mapping[str, Json]]
) -> Iterator[Address]:
    """A wish that goes back to what was there before: read late, it seems to be fulfilled."""
    for record in plan.catch_up:
        for path, field in record.fields.items():
            written = ours.get((record.address, path))
            if (
                written is not None
                and field.live is not None
                and same(field.live, written["before"])
                and not same(field.value, written.get("after", MISSING))
            ):
                yield record.address


def _undone(change: Change, last: str, *, prune: bool) -> bool:
    """Whether live has an object that we last deleted, or has none that we last created."""
    if last == "delete":
        return bool(change.uuid)
    return last == "create" and (change.action == "create" or (prune and change.action == "forget"))
