"""After a write: what became of each field, and what the record says from now on. Pure.

A success of the server's is not believed: what can be read back is compared with what was sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.changes import Cause, Change, FieldChange
from reconciler.kinds import Field, ObjectType
from reconciler.outcomes import FieldOutcome, Result
from reconciler.resources import Observed, Recorded, RecordedField
from reconciler.values import Json, Maybe, Missing, same


def written(fields: Sequence[FieldChange]) -> Mapping[str, Json]:
    """What a change sends, by path: all but what it releases."""
    return {f.path: f.after for f in fields if not isinstance(f.after, Missing)}


def at_target(object_type: ObjectType, fields: Sequence[FieldChange], observed: Observed) -> bool:
    """Live has everything already. Never true where a field cannot be read: nobody can know."""
    values = written(fields)
    return bool(values) and all(
        object_type.fields[p].read and _equal(v, observed.fields[p]) for p, v in values.items()
    )


def verify(
    object_type: ObjectType, fields: Sequence[FieldChange], values: Mapping[str, Json], observed: Observed
) -> tuple[FieldOutcome, ...]:
    """How each written field ended. `values` are as sent, `observed` was read after the write."""
    before = {f.path: f.before for f in fields}
    return tuple(
        FieldOutcome(p, *_result(v, before.get(p), observed.fields[p]))
        if object_type.fields[p].read
        else FieldOutcome(p, Result.ACCEPTED)
        for p, v in values.items()
    )


def _result(sent: Json, before: Maybe, got: Json) -> tuple[Result, str]:
    if _equal(sent, got):
        return Result.VERIFIED, ""
    if got is not None and _plainly(sent) == _plainly(got):
        return Result.NORMALISED, f"the server spells it {got!r}"
    if got is None or same(got, before):
        return Result.DROPPED, "the server answered with success and kept " + (
            "nothing" if got is None else f"{got!r}"
        )
    return Result.NORMALISED, f"the server made it {got!r}"


def _equal(sent: Json, got: Json) -> bool:
    return same(None if sent == "" else sent, got)


def _plainly(value: Json) -> str:
    return " ".join(str(value).split()).casefold()


def next_record(
    object_type: ObjectType,
    change: Change,
    old: Recorded | None,
    outcomes: Sequence[FieldOutcome],
    observed: Observed,
) -> Recorded:
    """The record after a write: what took effect, without what was released.

    Only the signs that this write can have moved are noted anew: any other that moved tells of somebody else. What is
    recorded of an object that is gone is not true of the one in its place.
    """
    old = old if old and old.uuid == observed.uuid else None
    kept = dict(released(old, change.fields).fields) if old else {}
    values = written(change.fields)
    for outcome in outcomes:
        if outcome.result is not Result.DROPPED:
            kept[outcome.path] = RecordedField(values[outcome.path], observed.fields.get(outcome.path))
    ours = {name for path in values for name in _signs_of(object_type.fields[path])}
    signs = dict(old.signs) if old else {}
    signs.update((s, v) for s, v in observed.signs.items() if s in ours or s not in signs)
    return Recorded(change.address, observed.uuid, kept, signs)


def _signs_of(field: Field) -> tuple[str, str]:
    """What moves when the field is written: its sign, and itself, where it is a sign of others."""
    return field.sign, ".".join(field.read)


def released(old: Recorded, fields: Sequence[FieldChange]) -> Recorded:
    """The record without the fields that are no longer managed."""
    gone = {f.path for f in fields if f.cause is Cause.RELEASE}
    return Recorded(old.address, old.uuid, {p: f for p, f in old.fields.items() if p not in gone}, old.signs)
