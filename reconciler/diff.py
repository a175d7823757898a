"""The three-way table: desired, recorded and observed of one field give one verdict. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from reconciler.changes import Cause, Evidence, FieldChange, SignMoved
from reconciler.kinds import Field, ObjectType
from reconciler.resources import Desired, DesiredField, Observed, Recorded, RecordedField
from reconciler.values import MISSING, Json, Maybe, digest, get_path, same


class Calm(Enum):
    """The verdicts that need no call and are not shown."""

    IN_SYNC = "in sync"
    ASSERTED = "asserted"
    NOT_OURS = "not ours"


Verdict: TypeAlias = Cause | Calm


def readable_verdict(
    desired: Maybe, recorded: Maybe, observed: Maybe, *, believed: Maybe = MISSING
) -> Verdict:
    """The upper half of the table. `believed` is `desired` in the words of the record, where they differ."""
    if desired is MISSING:
        return Calm.NOT_OURS if recorded is MISSING else Cause.RELEASE
    if same(desired, observed):
        return Calm.IN_SYNC
    if recorded is MISSING:
        return Cause.ADOPT
    if same(desired if believed is MISSING else believed, recorded):
        return Cause.DRIFT
    return Cause.CHANGE if same(recorded, observed) else Cause.CONFLICT


def unreadable_verdict(
    desired: Maybe, recorded: Maybe, *, sign_moved: bool = False, believed: Maybe = MISSING
) -> Verdict:
    """The lower half: live is unknown, so the record is believed until a sign of the field moves.

    Where the manifest moved and a sign did too, both sides moved: that is a conflict, as it would be if
    the field could be read.
    """
    if desired is MISSING:
        return Calm.NOT_OURS if recorded is MISSING else Cause.RELEASE
    if recorded is MISSING:
        return Cause.UNVERIFIED
    if same(desired if believed is MISSING else believed, recorded):
        return Cause.SUSPECT if sign_moved or not same(desired, recorded) else Calm.ASSERTED
    return Cause.CONFLICT if sign_moved else Cause.CHANGE


@dataclass(frozen=True, slots=True)
class ObjectDiff:
    """The fields of one object that differ, and what its record lacks although it needs no call."""

    fields: tuple[FieldChange, ...]
    settled: Mapping[str, RecordedField]
    signs: Mapping[str, Json]


def diff_object(
    object_type: ObjectType,
    desired: Desired,
    recorded: Recorded | None,
    observed: Observed,
    *,
    believed: Mapping[str, Json],
    doubts: Sequence[Json] | None = None,
) -> ObjectDiff:
    """Compare every field that is desired or recorded.

    `believed` has, by path, a reference's value in the words of the record. `doubts` are the bodies of our
    own writes of unknown outcome. With one, or where the object was replaced, every sign counts as moved;
    but what such a write of ours may have moved is no conflict.
    """
    old = recorded.fields if recorded else {}
    old_signs = recorded.signs if recorded else {}
    distrust = doubts is not None or (recorded is not None and recorded.uuid != observed.uuid)
    changes: list[FieldChange] = []
    settled: dict[str, RecordedField] = {}
    for path, field in object_type.fields.items():
        want, had = desired.fields.get(path), old.get(path)
        if (want is None and had is None) or path in desired.ignore:
            continue
        value: Maybe = want.value if want else MISSING
        if field.read:
            live = _as_recorded(had, observed.fields[path])
            verdict = readable_verdict(
                _empty(field, value), _value(field, had), live, believed=believed.get(path, MISSING)
            )
            if verdict is Calm.IN_SYNC and want and not _caught_up(want, had, observed.fields[path]):
                settled[path] = RecordedField(want.value, observed.fields[path])
        else:
            moved = distrust or _sign_moved(field, old_signs, observed) is not None
            verdict = unreadable_verdict(
                value, had.value if had else MISSING, sign_moved=moved, believed=believed.get(path, MISSING)
            )
        if verdict is Cause.CONFLICT and doubts is not None and _maybe_ours(field, observed, doubts):
            verdict = Cause.CHANGE
        if isinstance(verdict, Cause):
            sign = None if field.read else _sign_moved(field, old_signs, observed)
            changes.append(_change(field, verdict, want, had, observed, sign))
    return ObjectDiff(tuple(changes), settled, _new_signs(object_type, desired, old_signs, observed))


def new_object(
    object_type: ObjectType, desired: Desired, recorded: Recorded | None
) -> tuple[FieldChange, ...]:
    """The fields of an object that does not exist; where it was recorded, somebody removed it."""
    old = recorded.fields if recorded else {}
    return tuple(
        FieldChange(
            path,
            Cause.DRIFT if recorded else Cause.CHANGE,
            Evidence.OBSERVED if object_type.fields[path].read else Evidence.ASSERTED,
            after=want.value,
            recorded=old[path].value if path in old else MISSING,
            source=want.source,
        )
        for path, want in desired.fields.items()
    )


def precondition(object_type: ObjectType, paths: Iterable[str], observed: Observed | None) -> str:
    """The digest of the live projection that a change is made from: what it touches, and its signs.

    `paths` are those of the change's fields; none stands for all of them, as for a deletion.
    """
    if observed is None:
        return digest({"exists": False})
    touched = [object_type.fields[p] for p in paths] or list(object_type.fields.values())
    return digest(
        {
            "uuid": observed.uuid,
            "fields": {f.path: observed.fields[f.path] for f in touched if f.read},
            "signs": {f.sign: observed.signs[f.sign] for f in touched if f.sign in observed.signs},
        }
    )


def _change(
    field: Field,
    cause: Cause,
    want: DesiredField | None,
    had: RecordedField | None,
    observed: Observed,
    sign: SignMoved | None,
) -> FieldChange:
    recorded = had.value if had else MISSING
    return FieldChange(
        field.path,
        cause,
        Evidence.OBSERVED if field.read else Evidence.ASSERTED,
        before=observed.fields[field.path] if field.read else recorded,
        after=want.value if want else MISSING,
        recorded=recorded,
        source=want.source if want else None,
        sign=sign if cause in (Cause.SUSPECT, Cause.CONFLICT) else None,
    )


def _empty(field: Field, value: Maybe) -> Maybe:
    """In what can be read, empty text and null are one: a response cannot tell them apart. [sdk]"""
    return None if field.read and value == "" else value


def _value(field: Field, had: RecordedField | None) -> Maybe:
    return _empty(field, had.value) if had else MISSING


def _as_recorded(had: RecordedField | None, live: Json) -> Json:
    """What the server made of our value counts as our value."""
    if had is not None and same(had.live, live):
        return None if had.value == "" else had.value
    return live


def _caught_up(want: DesiredField, had: RecordedField | None, live: Json) -> bool:
    return had is not None and same(had.value, want.value) and same(had.live, live)


def _maybe_ours(field: Field, observed: Observed, doubts: Sequence[Json]) -> bool:
    """Whether live may be as it is because a write of ours, whose answer was lost, took effect."""
    if not field.read:
        return True
    live = field.encode(observed.fields[field.path])
    return any(same(get_path(body, field.send), live) for body in doubts if field.send)


def _sign_moved(field: Field, signs: Mapping[str, Json], observed: Observed) -> SignMoved | None:
    if field.sign not in signs or field.sign not in observed.signs:
        return None
    was, now = signs[field.sign], observed.signs[field.sign]
    return None if same(was, now) else SignMoved(field.sign, was, now)


def _new_signs(
    object_type: ObjectType, desired: Desired, signs: Mapping[str, Json], observed: Observed
) -> Mapping[str, Json]:
    """Signs of managed fields that were never noted: from now on they can be missed."""
    wanted = {object_type.fields[path].sign for path in desired.fields}
    return {s: observed.signs[s] for s in sorted(wanted & observed.signs.keys()) if s not in signs}
