"""From desired, recorded and observed to changes. Pure: same inputs, same changes, on every machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field as default, replace

from reconciler.changes import Adopt, Cause, Change, Create, Delete, FieldChange, Forget, Update, worst
from reconciler.diff import ObjectDiff, diff_object, new_object, precondition
from reconciler.errors import Problem, Severity, Source, Undecidable
from reconciler.identity import Live, bind, remote_name
from reconciler.kinds import OBJECTS
from reconciler.projection import create_requests, delete_requests, update_requests
from reconciler.resources import Address, Desired, DesiredField, Observed, Recorded, RecordedField
from reconciler.state import HistoryEntry
from reconciler.values import Json, Missing, is_name_of, is_uuid_of, uuid_of


@dataclass(frozen=True, slots=True)
class World:
    """Everything that a decision is made from.

    `connections` gives the uuid of each name. `doubts` are the bodies of our own writes of unknown outcome:
    what cannot be read of these objects is not believed, and what we find in a body may be our own doing.
    """

    records: Mapping[Address, Recorded]
    live: Live
    connections: Mapping[str, str]
    prune: bool = False
    doubts: Mapping[Address, Sequence[Json]] = default(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """`catch_up` are whole records that need no call; `unchanged` counts objects without a change."""

    changes: tuple[Change, ...]
    catch_up: tuple[Recorded, ...]
    unchanged: int


def decide(desired: Sequence[Desired], world: World) -> Decision:
    """Raise Undecidable where live leaves open which object is meant."""
    bound = bind(desired, world.records, world.live)
    resolve = _resolver(desired, bound, world)
    changes: list[Change] = []
    catch_up: list[Recorded] = []
    for wish in desired:
        change, record = _one(resolve(wish), bound[wish.address], world)
        if change:
            changes.append(change)
        if record:
            catch_up.append(record)
    wanted = {w.address for w in desired}
    changes.extend(_without_manifest(r, world) for a, r in world.records.items() if a not in wanted)
    unchanged = len(desired) - sum(c.address in wanted for c in changes)
    return Decision(
        tuple(sorted(changes, key=lambda c: c.address)),
        tuple(sorted(catch_up, key=lambda r: r.address)),
        unchanged,
    )


def last_applied(records: Mapping[Address, Recorded], manifests: Iterable[Desired]) -> tuple[Desired, ...]:
    """The record, as if it were the manifests: what drift is measured against and healed to.

    The places of values are those in today's manifests, where they are still there.
    """
    sources = {m.address: m for m in manifests}
    by_uuid = {(r.address.connection, r.uuid): a for a, r in records.items() if not OBJECTS[a.kind].singleton}
    return tuple(_recorded_wish(r, sources.get(a), by_uuid) for a, r in sorted(records.items()))


def before(wishes: Iterable[Desired], undo: Sequence[HistoryEntry]) -> tuple[Desired, ...]:
    """The objects that a run changed, with the values that they had before it. `undo` is newest first.

    What nobody knew before the run cannot be restored: the fields of a creation, and what was `unverified`.
    """
    old: dict[Address, dict[str, Json]] = {}
    for entry in undo:
        values = old.setdefault(entry.address, {})
        for written in entry.fields if isinstance(entry.fields, list) else ():
            if "before" in written and "outcome" in written:
                values[written["path"]] = written["before"]
    return tuple(_restored(w, old[w.address]) for w in wishes if old.get(w.address))


def _restored(wish: Desired, values: Mapping[str, Json]) -> Desired:
    fields = OBJECTS[wish.address.kind].fields
    restored = {
        # where the API takes no null, empty text is the same. [sdk]
        path: DesiredField("" if value is None and not fields[path].nullable else value, None)
        for path, value in values.items()
        if path in fields
    }
    return replace(wish, fields={**wish.fields, **restored})


def _recorded_wish(
    record: Recorded, manifest: Desired | None, by_uuid: Mapping[tuple[str, str], Address]
) -> Desired:
    connection = record.address.connection
    fields: dict[str, DesiredField] = {}
    needs: list[Address] = []
    for path, field in record.fields.items():
        value = field.value
        other = by_uuid.get((connection, value)) if isinstance(value, str) else None
        if other is not None:
            needs.append(other)
            value = uuid_of(str(other))
        written = manifest.fields.get(path) if manifest else None
        fields[path] = DesiredField(value, written.source if written else None)
    name = record.fields.get("name")
    return Desired(
        record.address,
        fields,
        manifest.source if manifest else None,
        name=str(name.value) if name else None,
        depends_on=tuple(sorted(needs)),
        ignore=manifest.ignore if manifest else frozenset(),
    )


def _resolver(
    desired: Sequence[Desired], bound: Mapping[Address, Observed | None], world: World
) -> Callable[[Desired], Desired]:
    """References become what they stand for: a name always, a uuid where the object exists already."""
    names = {w.address: remote_name(w, bound[w.address], world.records.get(w.address)) for w in desired}

    def value_of(wish: Desired, path: str, value: Json) -> Json:
        if is_uuid_of(value):
            observed = bound.get(Address.parse(value["uuid_of"]))
            return observed.uuid if observed is not None else value
        if is_name_of(value):
            name = names.get(Address.parse(value["name_of"]), "")
            if not name:
                source = wish.fields[path].source or Source("", 0, 0)
                message = f"{wish.address}: nobody knows the remote name of {value['name_of']} yet"
                hint = "set spec.name in its manifest"
                raise Undecidable([Problem(Severity.ERROR, "unknown-name", message, source, hint)])
            return name
        return value

    def resolve(wish: Desired) -> Desired:
        references = {p: f for p, f in wish.fields.items() if is_uuid_of(f.value) or is_name_of(f.value)}
        if not references:
            return wish
        fields = {p: replace(f, value=value_of(wish, p, f.value)) for p, f in references.items()}
        return replace(wish, fields={**wish.fields, **fields})

    return resolve


def _one(wish: Desired, observed: Observed | None, world: World) -> tuple[Change | None, Recorded | None]:
    recorded = world.records.get(wish.address)
    if observed is None:
        return _create(wish, recorded, world), None
    object_type = OBJECTS[wish.address.kind]
    diff = diff_object(
        object_type,
        wish,
        recorded,
        observed,
        believed=_believed(wish, world.records),
        doubts=world.doubts.get(wish.address),
    )
    record = _caught_up(wish, recorded, observed, diff)
    if not diff.fields and recorded is not None:
        return None, record
    values = _values(diff.fields)
    build = Update if recorded is not None else Adopt
    change = build(
        address=wish.address,
        uuid=observed.uuid,
        cause=worst(diff.fields, Cause.ADOPT),
        fields=diff.fields,
        requests=update_requests(
            object_type, world.connections[wish.address.connection], observed.uuid, values
        ),
        precondition=precondition(object_type, [f.path for f in diff.fields], observed)
        if diff.fields
        else "",
        depends_on=wish.depends_on,
        name=observed.name,
    )
    return change, record


def _create(wish: Desired, recorded: Recorded | None, world: World) -> Create:
    object_type = OBJECTS[wish.address.kind]
    missing = [need for need in object_type.create_needs if need not in wish.fields]
    if missing:
        message = (
            f"{wish.address}: there is no such object, and without {', '.join(missing)} none can be created"
        )
        hint = (
            f"add {', '.join(missing)} to its spec, or bind one with: reconciler import {wish.address} <uuid>"
        )
        source = wish.source or Source("", 0, 0)
        raise Undecidable([Problem(Severity.ERROR, "create-needs", message, source, hint)])
    fields = new_object(object_type, wish, recorded)
    return Create(
        address=wish.address,
        cause=worst(fields, Cause.CHANGE),
        fields=fields,
        requests=create_requests(object_type, world.connections[wish.address.connection], _values(fields)),
        precondition=precondition(object_type, (), None),
        depends_on=wish.depends_on,
        name=wish.name or "",
    )


def _without_manifest(record: Recorded, world: World) -> Change:
    """A record whose manifest is gone: forgotten, or with `prune` deleted where the API can delete it."""
    address, object_type = record.address, OBJECTS[record.address.kind]
    observed = world.live.get((address.connection, address.kind), {}).get(record.uuid)
    if not world.prune or object_type.singleton or observed is None:
        return Forget(address=address, uuid=record.uuid)
    return Delete(
        address=address,
        uuid=record.uuid,
        requests=delete_requests(object_type, world.connections[address.connection], record.uuid),
        precondition=precondition(object_type, (), observed),
        name=observed.name,
    )


def _believed(wish: Desired, records: Mapping[Address, Recorded]) -> Mapping[str, Json]:
    """For a reference to an object that vanished: the uuid by which the record knew it."""
    found: dict[str, Json] = {}
    for path, field in wish.fields.items():
        if is_uuid_of(field.value):
            record = records.get(Address.parse(field.value["uuid_of"]))
            if record is not None:
                found[path] = record.uuid
    return found


def _values(fields: Iterable[FieldChange]) -> dict[str, Json]:
    return {f.path: f.after for f in fields if not isinstance(f.after, Missing)}


def _caught_up(
    wish: Desired, recorded: Recorded | None, observed: Observed, diff: ObjectDiff
) -> Recorded | None:
    """The record with what was found in sync, or None where it says so already."""
    if recorded is not None and not diff.settled and not diff.signs and recorded.uuid == observed.uuid:
        return None
    if recorded is not None and recorded.uuid != observed.uuid:
        recorded = _of_another(recorded)
    fields: dict[str, RecordedField] = {**(recorded.fields if recorded else {}), **diff.settled}
    signs = {**(recorded.signs if recorded else {}), **diff.signs}
    return Recorded(wish.address, observed.uuid, fields, signs)


def _of_another(recorded: Recorded) -> Recorded:
    """What a record still says once its object was made anew: nothing that cannot be read."""
    readable = OBJECTS[recorded.address.kind].fields
    fields = {path: field for path, field in recorded.fields.items() if readable[path].read}
    return replace(recorded, fields=fields, signs={})
