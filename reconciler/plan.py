"""The plan: everything that would be done, as frozen data. `apply` reads nothing else. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.changes import LIVE_MOVED, Adopt, Cause, Change, Objection
from reconciler.resources import Address, Recorded
from reconciler.values import Json, Maybe, Missing, digest


@dataclass(frozen=True, slots=True)
class Plan:
    """`connections` maps the names used to uuids; `origin` is where it was read and may be sent.

    `catch_up` are the records that need no call: what was found in sync but was not recorded so.
    `moves` are records that get another address, from and to. `answered` are intents of earlier runs whose outcome was unknown: live has told, and no call is left.
    `created_at` is RFC 3339 in UTC; `mode` is `plan` or `drift`. `unchanged` counts objects. `base` is the
    commit that the changes were held against to tell which of them are inherited; empty where none was.
    """

    environment: str
    origin: str
    mode: str
    lineage: str
    serial: int
    created_at: str
    project_commit: str
    connections: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    catch_up: tuple[Recorded, ...] = ()
    moves: tuple[tuple[Address, Address], ...] = ()
    answered: tuple[str, ...] = ()
    objections: tuple[Objection, ...] = ()
    unchanged: int = 0
    base: str = ""

    @property
    def empty(self) -> bool:
        return not self.changes

    @property
    def idle(self) -> bool:
        """Applying it would not even touch the record."""
        return self.empty and not (self.catch_up or self.moves or self.answered)

    @property
    def pending(self) -> tuple[Change, ...]:
        """The changes that somebody waits for: an object that is bound and equal already is none."""
        return tuple(c for c in self.changes if c.fields or c.requests or not isinstance(c, Adopt))

    @property
    def only_drift(self) -> bool:
        """Something is pending, and all of it because live moved."""
        return bool(self.pending) and all(
            c.fields and all(f.cause in LIVE_MOVED for f in c.fields) for c in self.pending
        )

    @property
    def writes(self) -> tuple[Change, ...]:
        """The changes that send something."""
        return tuple(c for c in self.changes if c.requests)

    def summary(self) -> dict[str, int]:
        """Objects by action, and, over the actions, those with drift and those in conflict."""
        actions = Counter(c.action for c in self.changes)
        return {
            **{name: actions[name] for name in ("create", "update", "adopt", "delete", "forget")},
            "unchanged": self.unchanged,
            "drift": sum(any(f.cause in LIVE_MOVED for f in c.fields) for c in self.changes),
            "conflict": sum(any(f.cause is Cause.CONFLICT for f in c.fields) for c in self.changes),
        }

    def change(self, address: Address) -> Change | None:
        return next((c for c in self.changes if c.address == address), None)


def beyond(plan: Plan, reviewed: Sequence[Plan]) -> tuple[Change, ...]:
    """The changes that stand in none of the reviewed plans: the same requests, made from the same live.

    Whose change it is, where the manifest stands and what else is done count for nothing here: a change
    is as reviewed as it was when another one has been applied in between.
    """
    known = {_deed(change) for other in reviewed for change in other.changes}
    return tuple(change for change in plan.changes if _deed(change) not in known)


def _deed(change: Change) -> str:
    """What a change does, and what it was made from."""
    return digest(
        [
            str(change.address),
            change.action,
            change.uuid,
            change.precondition,
            [[r.method, r.path, r.body] for r in change.requests],
            [[f.path, _told(f.before), _told(f.after)] for f in change.fields],
        ]
    )


def _told(value: Maybe) -> Json:
    """Absent is another thing than null."""
    return [] if isinstance(value, Missing) else [value]
