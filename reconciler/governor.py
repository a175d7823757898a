"""What a correction of drift may send, and what it holds back and why. Pure: no I/O, no clock.

Its only memory is the history. A distinct drift is one address, path and live value: it is tried once, then
again after a pause that doubles. A field that keeps moving back is left to people: it is in quarantine until
somebody else writes it, what was last applied changes, or it is released by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field as default, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from reconciler.changes import Change, Create, FieldChange
from reconciler.plan import Plan
from reconciler.resources import Address
from reconciler.state import HistoryEntry
from reconciler.values import MISSING, Json, Maybe, Missing, is_uuid_of, same

CORRECTION: Final = "drift --correct"
"""What the history calls a write of ours."""
RELEASE: Final = "release"
"""The action by which somebody ends a quarantine."""
LONGEST: Final = timedelta(days=1)
_QUIET: Final = 2 * LONGEST
"""After so long without an attempt the pauses begin anew."""
_TRIED: Final = frozenset({"done", "failed", "unknown"})
_BY_OBJECT: Final = frozenset({"protect", "allow_create"})
"""These guards are about single objects: they hold those back, and the rest is healed."""


class Reason(StrEnum):
    OFF = "off"
    WARN = "warn"
    GUARD = "guard"
    QUARANTINED = "quarantined"
    BACKING_OFF = "backing off"
    WAITS = "waits"


@dataclass(frozen=True, slots=True)
class Held:
    """A drift that is not healed now. `path` is empty where the whole object is meant.

    `until` (RFC 3339 in UTC) is when it is tried again, `since` from when it is in quarantine.
    """

    address: Address
    path: str
    reason: Reason
    message: str
    hint: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """`mode` is the environment's, `modes` what objects say themselves; `lifted` are names of guards."""

    mode: str = "correct"
    modes: Mapping[Address, str] = default(default_factory=dict)
    retry: timedelta = timedelta(minutes=15)
    flaps: int = 3
    flap_window: timedelta = LONGEST
    lifted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One earlier correction of a field: when, of what in live, and whether it took effect."""

    at: datetime
    live: tuple[Maybe, Maybe]
    healed: bool


def govern(plan: Plan, history: Mapping[Address, Sequence[HistoryEntry]], rules: Rules) -> tuple[Held, ...]:
    """What must not be sent of a drift plan. `history` has the entries of each drifted object, newest first."""
    refused = {a: o for o in plan.objections if o.guard in _BY_OBJECT - rules.lifted for a in o.addresses}
    held: list[Held] = []
    for change in plan.changes:
        mode = "off" if rules.mode == "off" else rules.modes.get(change.address) or rules.mode
        if mode != "correct":
            held.append(_by_mode(change, mode))
        elif objection := refused.get(change.address):
            hint = f"to heal it all the same: --allow {objection.guard}"
            held.append(
                Held(change.address, "", Reason.GUARD, f"{objection.guard}: {objection.message}", hint)
            )
        else:
            held.extend(_by_history(change, history.get(change.address, ()), rules, plan.created_at))
    return (*held, *_waiting(plan, held))


def paths(held: Iterable[Held]) -> Mapping[Address, frozenset[str]]:
    """The paths held back of each object; the empty one stands for all of it."""
    found: dict[Address, frozenset[str]] = {}
    for each in held:
        found[each.address] = found.get(each.address, frozenset()) | {each.path}
    return found


def _by_mode(change: Change, mode: str) -> Held:
    if mode == "off":
        return Held(change.address, "", Reason.OFF, "drift is left alone here (drift: off)")
    return Held(change.address, "", Reason.WARN, "drift is only reported here (drift: warn)")


def _by_history(change: Change, entries: Sequence[HistoryEntry], rules: Rules, now: str) -> Sequence[Held]:
    """An object that is gone is made anew whole or not at all; of any other, each field is judged alone."""
    moment = datetime.fromisoformat(now)
    found = [h for f in change.fields if (h := _field(change.address, f, entries, rules, moment))]
    return [replace(h, path="") for h in found[:1]] if isinstance(change, Create) else found


def _field(
    address: Address, field: FieldChange, entries: Sequence[HistoryEntry], rules: Rules, now: datetime
) -> Held | None:
    attempts = [a for a in _attempts(field, entries) if a.at <= now + LONGEST]
    healed = [a.at for a in attempts if a.healed]
    if since := _flapping(healed, rules):
        message = f"put back {len(healed)} times and moved again: in quarantine since {_text(since)}"
        hint = f"find out who moves it; then: reconciler drift --correct --release {address}"
        return Held(address, field.path, Reason.QUARANTINED, message, hint, since=_text(since))
    tried = list(_unbroken(a.at for a in attempts if _same_drift(a.live, _live(field))))
    if not tried:
        return None
    until = tried[0] + pause(len(tried), rules.retry)
    if now >= until:
        return None
    times = "once" if len(tried) == 1 else f"{len(tried)} times"
    message = f"tried {times}, last at {_text(tried[0])}: again from {_text(until)} on"
    return Held(address, field.path, Reason.BACKING_OFF, message, until=_text(until))


def pause(attempts: int, first: timedelta) -> timedelta:
    """How long a drift is left alone after so many attempts."""
    return min(first * (1 << min(attempts - 1, 20)), max(first, LONGEST))


def _attempts(field: FieldChange, entries: Sequence[HistoryEntry]) -> Iterator[_Attempt]:
    """Our own corrections of the field to what is recorded today, newest first, up to somebody else's write."""
    for entry in entries:
        if entry.action == RELEASE:
            return
        written = _written(entry, field.path)
        if written is None or entry.status not in _TRIED:
            continue
        meant_otherwise = "after" in written and not same(written["after"], _wanted(field))
        if written.get("by") != CORRECTION or meant_otherwise:
            return
        live = (written.get("before", MISSING), written.get("sign", MISSING))
        healed = written.get("outcome") in ("verified", "accepted", "normalised")
        yield _Attempt(datetime.fromisoformat(entry.at), live, healed)


def _written(entry: HistoryEntry, path: str) -> Mapping[str, Json] | None:
    fields = entry.fields if isinstance(entry.fields, Sequence) else ()
    return next((f for f in fields if isinstance(f, Mapping) and f.get("path") == path), None)


def _wanted(field: FieldChange) -> Maybe:
    """What it is healed to, as the history has it: a reference was a uuid by then."""
    return field.after if isinstance(field.recorded, Missing) else field.recorded


def _live(field: FieldChange) -> tuple[Maybe, Maybe]:
    """What tells one drift from another. A field that nobody can read is known by its sign."""
    return field.before, field.sign.observed if field.sign else MISSING


def _same_drift(left: tuple[Maybe, Maybe], right: tuple[Maybe, Maybe]) -> bool:
    return same(left[0], right[0]) and same(left[1], right[1])


def _unbroken(times: Iterable[datetime]) -> Iterator[datetime]:
    """The newest attempts, up to a long quiet."""
    last: datetime | None = None
    for at in times:
        if last is not None and last - at > _QUIET:
            return
        yield at
        last = at


def _flapping(healed: Sequence[datetime], rules: Rules) -> datetime | None:
    """When the field had been put back too often in too short a time, if ever it had."""
    for newest, oldest in zip(healed, healed[rules.flaps - 1 :], strict=False):
        if newest - oldest <= rules.flap_window:
            return newest
    return None


def _waiting(plan: Plan, held: Sequence[Held]) -> Iterator[Held]:
    """Fields that would be set to the uuid of an object that is not made now."""
    gone = {str(c.address) for c in plan.changes if isinstance(c, Create)}
    missing = {str(h.address) for h in held if not h.path} & gone
    known = {(h.address, h.path) for h in held}
    whole = {h.address for h in held if not h.path}
    for change in plan.changes:
        for field in change.fields:
            needs = field.after["uuid_of"] if is_uuid_of(field.after) else ""
            if needs not in missing or change.address in whole or (change.address, field.path) in known:
                continue
            path = "" if isinstance(change, Create) else field.path
            yield Held(change.address, path, Reason.WAITS, f"it names {needs}, which is held back")


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
