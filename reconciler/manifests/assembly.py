"""From manifests to objects of the API as they are wished for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.errors import Source
from reconciler.kinds import KINDS, Kind, is_table
from reconciler.manifests.expansion import Manifest
from reconciler.manifests.references import Reference, References
from reconciler.manifests.report import Report
from reconciler.manifests.shapes import Path
from reconciler.resources import Address, Desired, DesiredField
from reconciler.values import Json, name_of, uuid_of

_CAUTIOUS = ("off", "warn", "correct")
"""Of what the fragments of one object say of drift, the first of these holds for all."""


def assembled(
    manifests: Mapping[Address, Manifest], references: References, report: Report
) -> tuple[Desired, ...]:
    """One Desired an object, sorted by address. Fragments of one object that set one field are reported."""
    fragments: dict[Address, list[Manifest]] = {}
    found: list[Desired] = []
    for address, manifest in manifests.items():
        kind = KINDS[manifest.kind]
        if manifest.spec is None or not kind.object:
            continue
        if kind.fragment:
            fragments.setdefault(Address(manifest.connection, kind.object), []).append(manifest)
        else:
            found.append(_object(kind, address, manifest, references.get(address, ())))
    _refuse_moves(found, manifests, report)
    found.extend(_merged(address, parts, report) for address, parts in fragments.items())
    return tuple(sorted(found, key=lambda desired: desired.address))


def _refuse_moves(found: Sequence[Desired], manifests: Mapping[Address, Manifest], report: Report) -> None:
    """A record moves to one manifest, from an address that no manifest has any more."""
    taken: dict[Address, Address] = {}
    for desired in found:
        old = desired.moved_from
        if old is None or desired.source is None:
            continue
        if old in manifests or old in taken:
            user = taken.get(old, old)
            report.error(
                "moved-from", f"the record of {old} cannot move here: {user} has it", desired.source,
                "remove moved_from, or the other manifest", str(desired.address),
            )  # fmt: skip
        taken[old] = desired.address


def _object(kind: Kind, address: Address, manifest: Manifest, references: Sequence[Reference]) -> Desired:
    spec = manifest.spec or {}
    fields = {
        path: DesiredField(_linked(value, place, references), manifest.place(*place))
        for path, place, value in _leaves(kind, spec)
    }
    needs = {r.meant.address for r in references if KINDS[r.meant.kind].object}
    uuid, name = spec.get("uuid"), spec.get("name")
    return Desired(
        address,
        fields,
        manifest.source,
        uuid=str(uuid) if uuid else None,
        name=str(name) if name else None,
        depends_on=tuple(sorted(needs)),
        ignore=frozenset(_ignored(kind, manifest)),
        protect=manifest.lifecycle.protect,
        moved_from=Address(manifest.connection, manifest.kind, manifest.moved_from)
        if manifest.moved_from
        else None,
        drift=manifest.lifecycle.drift_mode,
    )


def _ignored(kind: Kind, manifest: Manifest, prefix: str = "") -> Iterator[str]:
    """The paths of the leaves that a manifest leaves alone once they are set."""
    for name in (n for n in manifest.lifecycle.ignore if n in kind.facts):
        if is_table(kind.spec, name):
            yield from (f"{prefix}{name}.enabled", f"{prefix}{name}.mappings")
        else:
            yield prefix + name


def _merged(address: Address, parts: Sequence[Manifest], report: Report) -> Desired:
    """The one object that several fragments describe together."""
    fields: dict[str, DesiredField] = {}
    first: dict[str, Source] = {}
    ignored: set[str] = set()
    for manifest in sorted(parts, key=lambda part: part.source):
        kind, spec = KINDS[manifest.kind], manifest.spec or {}
        prefix = kind.prefix(spec)
        ignored.update(_ignored(kind, manifest, prefix))
        for path, place, value in _leaves(kind, spec):
            source = manifest.place(*place)
            if prefix + path in fields:
                message = f"{prefix}{path} of {address} is set twice, also at {first[prefix + path]}"
                report.error("duplicate-field", message, source, "keep one of them", str(manifest.address))
            fields[prefix + path] = DesiredField(value, source)
            first.setdefault(prefix + path, source)
    return Desired(
        address,
        fields,
        min(part.source for part in parts),
        ignore=frozenset(ignored),
        protect=any(part.lifecycle.protect for part in parts),
        drift=next((mode for mode in _CAUTIOUS if any(p.lifecycle.drift_mode == mode for p in parts)), ""),
    )


def _leaves(kind: Kind, spec: Mapping[str, Json]) -> Iterator[tuple[str, Path, Json]]:
    """Each leaf's name in plans, its place in the spec, its value. A mapping table is two leaves."""
    for name, value in spec.items():
        if kind.facts[name].identity:
            continue
        if isinstance(value, Mapping) and is_table(kind.spec, name):
            yield from ((f"{name}.{key}", (name, key), inner) for key, inner in value.items())
        else:
            yield name, (name,), value


def _linked(value: Json, place: Path, references: Sequence[Reference]) -> Json:
    """The value with what its references stand for."""
    for reference in references:
        if reference.path == place:
            address = str(reference.meant.address)
            return uuid_of(address) if reference.fact.by == "uuid" else name_of(address)
    if not isinstance(value, list):
        return value
    inside = {r.path: r.meant.spec for r in references if r.path[: len(place)] == place}
    return [inside.get((*place, index), item) for index, item in enumerate(value)]
