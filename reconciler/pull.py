"""Live objects as manifests. Pure: observed and recorded in, documents out.

What can be read is written as it is; what cannot is written where the record knows it. Empty fields
are left out, so nothing is managed that nobody asked for.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.identity import Live
from reconciler.kinds import API_VERSION, KINDS, OBJECTS, Kind, facts_of
from reconciler.resources import Address, Observed, Recorded
from reconciler.values import Json

Document = dict[str, Json]
Managed = Mapping[tuple[str, str], Address]
"""The address of each live object that a manifest describes already, by (connection, uuid)."""


def pulled(live: Live, records: Mapping[Address, Recorded], managed: Managed) -> Mapping[str, list[Document]]:
    """Documents by the file they belong into, such as `xero-au/automations.yaml`.

    What is managed already gets no document, and is referred to by the address that it has.
    """
    names = _named(live, records, managed)
    files: dict[str, list[Document]] = {}
    for (connection, object_type), objects in sorted(live.items()):
        kinds = [k for k in KINDS.values() if k.object == object_type]
        documents = files.setdefault(f"{connection}/{_file(object_type)}", [])
        for observed in _sorted(objects):
            if (connection, observed.uuid) in managed:
                continue
            for kind in kinds:
                if kind.fragment:
                    record = records.get(Address(connection, object_type))
                    documents.extend(_fragments(kind, observed, connection, record))
                else:
                    address = names.addresses[connection, observed.uuid]
                    documents.append(_object(kind, observed, address, records.get(address), names))
    return {file: documents for file, documents in files.items() if documents}


def _file(object_type: str) -> str:
    return f"{_kebab(object_type)}.yaml" if OBJECTS[object_type].singleton else f"{_kebab(object_type)}s.yaml"


def _kebab(word: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", word).lower()


@dataclass(frozen=True, slots=True)
class Names:
    """What every object is called: by (connection, uuid), and the addresses whose remote name is not unique."""

    addresses: Mapping[tuple[str, str], Address]
    alike: frozenset[Address]

    def linked(self, connection: str, value: Json) -> Json:
        """A reference in place of the uuid of another object."""
        other = self.addresses.get((connection, value)) if isinstance(value, str) else None
        return {"ref": f"{other.kind}/{other.name}"} if other else value


def _named(live: Live, records: Mapping[Address, Recorded], managed: Managed) -> Names:
    """The address that a manifest or record gives an object, else a word made of its name."""
    bound = {(r.address.connection, r.uuid): r.address for r in records.values()} | dict(managed)
    taken = set(bound.values())
    found: dict[tuple[str, str], Address] = {}
    same_name: dict[tuple[str, str, str], list[Address]] = {}
    for (connection, kind), objects in sorted(live.items()):
        for observed in _sorted(objects):
            address = bound.get((connection, observed.uuid))
            if address is None or address.kind != kind:
                address = _free(Address(connection, kind, _slug(observed.name) or "unnamed"), taken)
                taken.add(address)
            found[connection, observed.uuid] = address
            same_name.setdefault((connection, kind, observed.name), []).append(address)
    return Names(found, frozenset(a for alike in same_name.values() if len(alike) > 1 for a in alike))


def _sorted(objects: Mapping[str, Observed]) -> list[Observed]:
    return sorted(objects.values(), key=lambda o: (o.name, o.uuid))


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _free(address: Address, taken: set[Address]) -> Address:
    number, candidate = 2, address
    while candidate in taken:
        candidate = Address(address.connection, address.kind, f"{address.name}-{number}")
        number += 1
    return candidate


def _object(
    kind: Kind, observed: Observed, address: Address, record: Recorded | None, names: Names
) -> Document:
    """The manifest of one whole object; with its uuid where its name does not tell it apart."""
    values = _values(observed, record)
    spec: Document = {} if observed.name and address not in names.alike else {"uuid": observed.uuid}
    spec |= {
        name: names.linked(address.connection, values[name]) if fact.by == "uuid" else values[name]
        for name, fact in facts_of(kind.spec).items()
        if name in values
    }
    return _document(kind, address, spec)


def _fragments(
    kind: Kind, observed: Observed, connection: str, record: Recorded | None
) -> Iterator[Document]:
    """One manifest for each half of the configuration of which something is known."""
    values = _values(observed, record)
    for direction in ("export", "import") if "direction" in facts_of(kind.spec) else ("",):
        spec: Document = {"direction": direction} if direction else {}
        prefix = kind.prefix(spec)
        found = _nested({p.removeprefix(prefix): v for p, v in values.items() if p.startswith(prefix)}, kind)
        if found:
            name = "-".join(filter(None, (_kebab(kind.name), direction)))
            yield _document(kind, Address(connection, kind.name, name), spec | found)


def _values(observed: Observed, recorded: Recorded | None) -> Mapping[str, Json]:
    known = {p: f.value for p, f in recorded.fields.items() if p not in observed.fields} if recorded else {}
    return {**known, **{p: v for p, v in observed.fields.items() if v is not None}}


def _nested(values: Mapping[str, Json], kind: Kind) -> Document:
    """A kind's own fields, its mapping tables put together again."""
    spec: Document = {}
    for name in facts_of(kind.spec):
        if name in values:
            spec[name] = values[name]
        table = {p.removeprefix(f"{name}."): v for p, v in values.items() if p.startswith(f"{name}.")}
        if table:
            spec[name] = table
    return spec


def _document(kind: Kind, address: Address, spec: Document) -> Document:
    return {
        "apiVersion": API_VERSION,
        "kind": kind.name,
        "metadata": {"name": address.name, "connection": address.connection},
        "spec": {name: literal(value) for name, value in spec.items()},
    }


def literal(value: Json) -> Json:
    """Text that looks like a template stands in one, so that it comes out as it is."""
    match value:
        case str() if re.search(r"\{[{%#]", value):
            return "{{ " + json.dumps(value, ensure_ascii=False) + " }}"
        case Mapping():
            return {key: literal(item) for key, item in value.items()}
        case list() | tuple():
            return [literal(item) for item in value]
        case _:
            return value
