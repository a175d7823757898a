"""Why a plan may not be applied as it is. Pure: objections are data in the plan, never exceptions.

Each guard has a name, by which one apply may lift it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from fnmatch import fnmatchcase
from typing import TypeAlias
from zoneinfo import ZoneInfo

from reconciler.changes import Cause, Change, Create, Delete, Objection, Update

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONGEST_TOLD = timedelta(days=14)
"""Of a freeze without an end, no more than this is told."""
PERCENT_FROM = 5
"""Below this many managed objects a percentage says nothing."""


@dataclass(frozen=True, slots=True)
class Window:
    """A time in which nothing is applied, starting on `days` (none means every day). Times are `HH:MM`."""

    days: tuple[str, ...]
    starts: str
    ends: str
    timezone: str

    def until(self, now: datetime) -> datetime | None:
        """When the window that `now` is in ends; None outside of it."""
        local = now.astimezone(ZoneInfo(self.timezone))
        for back in (1, 0):
            day = local.date() - timedelta(days=back)
            start, end = (
                datetime.combine(day, time.fromisoformat(t), local.tzinfo) for t in (self.starts, self.ends)
            )
            if end <= start:
                end += timedelta(days=1)
            if (not self.days or _DAYS[day.weekday()] in self.days) and start <= local < end:
                return end
        return None


@dataclass(frozen=True, slots=True)
class Limits:
    """What an environment's policy allows. `max_change_percent` counts against the recorded objects."""

    on_conflict: str = "fail"
    allow_create: bool = True
    max_changes: int = 100
    max_change_percent: float = 50
    protect: tuple[str, ...] = ()
    freeze: tuple[Window, ...] = ()
    prune: bool = True


@dataclass(frozen=True, slots=True)
class Scene:
    """The changes that send something, how much is managed at all, and when it is (RFC 3339)."""

    writes: Sequence[Change]
    recorded: int
    desired: int
    limits: Limits
    now: str


Guard: TypeAlias = Callable[[Scene], Iterator[Objection]]


def _on_conflict(scene: Scene) -> Iterator[Objection]:
    found = tuple(c.address for c in scene.writes if any(f.cause is Cause.CONFLICT for f in c.fields))
    if found and scene.limits.on_conflict == "fail":
        yield Objection("on_conflict", f"{_objects(len(found))} moved on both sides, apart", found)


def _allow_create(scene: Scene) -> Iterator[Objection]:
    found = tuple(c.address for c in scene.writes if isinstance(c, Create))
    if found and not scene.limits.allow_create:
        yield Objection(
            "allow_create", f"{_objects(len(found))} would be created, and policy allows none", found
        )


def _max_changes(scene: Scene) -> Iterator[Objection]:
    if len(scene.writes) > scene.limits.max_changes:
        message = (
            f"{_objects(len(scene.writes))} would change, {scene.limits.max_changes} are allowed in one run"
        )
        yield Objection("max_changes", message, tuple(c.address for c in scene.writes))


def _max_change_percent(scene: Scene) -> Iterator[Objection]:
    """Objects that are managed already. A first run adopts and creates everything, and may."""
    touched = tuple(c.address for c in scene.writes if isinstance(c, Update | Delete))
    allowed = scene.limits.max_change_percent
    if scene.recorded >= PERCENT_FROM and len(touched) * 100 > allowed * scene.recorded:
        share = len(touched) * 100 / scene.recorded
        message = (
            f"{len(touched)} of {scene.recorded} managed objects would change, {share:.0f}%: {allowed:g}% may"
        )
        yield Objection("max_change_percent", message, touched)


def _protect(scene: Scene) -> Iterator[Objection]:
    for pattern in scene.limits.protect:
        found = tuple(c.address for c in scene.writes if fnmatchcase(str(c.address), pattern))
        if found:
            yield Objection("protect", f"{pattern} is protected and would change", found)


def _prune(scene: Scene) -> Iterator[Objection]:
    """Only a plan that was saved before can want this: one that is made now deletes nothing without `prune`."""
    found = tuple(c.address for c in scene.writes if isinstance(c, Delete))
    if found and not scene.limits.prune:
        yield Objection("prune", f"{_objects(len(found))} would be deleted, and policy prunes nothing", found)


def _empty_project(scene: Scene) -> Iterator[Objection]:
    if scene.recorded and not scene.desired:
        message = f"no manifest is left, and {_objects(scene.recorded)} would be forgotten or deleted"
        yield Objection("empty_project", message)


def _freeze(scene: Scene) -> Iterator[Objection]:
    if scene.writes and (until := frozen(scene.limits, scene.now)):
        yield Objection("freeze", f"nothing is applied until {until}")


def frozen(limits: Limits, now: str) -> str:
    """Until when nothing is applied, for people; empty where nothing is frozen. Windows that meet are one."""
    end = start = datetime.fromisoformat(now)
    while end - start < _LONGEST_TOLD and (ends := [e for w in limits.freeze if (e := w.until(end))]):
        end = max(ends)
    return "" if end == start else f"{end:%Y-%m-%d %H:%M} {end.tzinfo}"


GUARDS: tuple[Guard, ...] = (
    _on_conflict,
    _allow_create,
    _max_changes,
    _max_change_percent,
    _protect,
    _prune,
    _empty_project,
    _freeze,
)
NAMES = (
    "on_conflict", "allow_create", "max_changes", "max_change_percent", "protect", "prune", "empty_project", "freeze",
)  # fmt: skip


def objections(scene: Scene) -> tuple[Objection, ...]:
    return tuple(found for guard in GUARDS for found in guard(scene))


def _objects(number: int) -> str:
    return "1 object" if number == 1 else f"{number} objects"
