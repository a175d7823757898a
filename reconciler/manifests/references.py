"""References between manifests: found, of the right kind, and never in a circle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from reconciler.kinds import KINDS, Fact
from reconciler.manifests.expansion import Manifest
from reconciler.manifests.report import Report, did_you_mean, shown
from reconciler.manifests.shapes import Path
from reconciler.resources import Address
from reconciler.values import Json

_MOST_CYCLES = 20


@dataclass(frozen=True, slots=True)
class Reference:
    """`{ref: …}` at `path` of a manifest's spec, and the manifest that it means."""

    path: Path
    fact: Fact
    meant: Manifest


References = Mapping[Address, Sequence[Reference]]
"""By the address of the manifest in which they stand."""


def resolved(manifests: Mapping[Address, Manifest], report: Report) -> References:
    """Every reference that leads somewhere. The others are reported, and so are circles and unused groups."""
    found = {address: list(_of(manifest, manifests, report)) for address, manifest in manifests.items()}
    _refuse_cycles(found, manifests, report)
    used = {reference.meant.address for references in found.values() for reference in references}
    for address, manifest in manifests.items():
        if not KINDS[manifest.kind].object and address not in used:
            report.warning("unused", f"nothing refers to {_short(manifest)}", manifest.source, "remove it")
    return found


def _of(manifest: Manifest, manifests: Mapping[Address, Manifest], report: Report) -> Iterator[Reference]:
    for name, fact in KINDS[manifest.kind].facts.items():
        if not fact.refers_to or manifest.spec is None or name not in manifest.spec:
            continue
        for path, value in _values(name, manifest.spec[name]):
            if isinstance(value, Mapping) and "ref" in value:
                meant = _meant(str(value["ref"]), (*path, "ref"), fact, manifest, manifests, report)
                if meant is not None:
                    yield Reference(path, fact, meant)


def _values(name: str, value: Json) -> Iterator[tuple[Path, Json]]:
    if isinstance(value, list):
        yield from (((name, index), item) for index, item in enumerate(value))
    else:
        yield (name,), value


def _meant(
    text: str,
    path: Path,
    fact: Fact,
    manifest: Manifest,
    manifests: Mapping[Address, Manifest],
    report: Report,
) -> Manifest | None:
    kind, _, name = text.partition("/")
    if kind == fact.refers_to:
        for connection in (manifest.connection, ""):
            if found := manifests.get(Address(connection, kind, name)):
                return found
    place, address = manifest.place(*path), str(manifest.address)
    if kind != fact.refers_to or not name:
        message = f"{shown(text)} does not name a manifest of kind {fact.refers_to}"
        report.error("wrong-reference", message, place, f"write {fact.refers_to}/<metadata.name>", address)
        return None
    known = [a.name for a in manifests if a.kind == kind and a.connection in (manifest.connection, "")]
    elsewhere = [a.connection for a in manifests if a.kind == kind and a.name == name]
    hint = f"there is one of connection {elsewhere[0]}" if elsewhere else did_you_mean(name, known)
    report.error("unresolved-reference", f"there is no {kind} {shown(name)} here", place, hint, address)
    return None


def _refuse_cycles(found: References, manifests: Mapping[Address, Manifest], report: Report) -> None:
    needs = {address: {r.meant.address for r in references} for address, references in found.items()}
    for _ in range(_MOST_CYCLES):
        try:
            TopologicalSorter(needs).prepare()
        except CycleError as error:
            # each needs the one before it
            circle: list[Address] = list(reversed(error.args[1]))
            first = min(circle[:-1])
            start = circle.index(first)
            circle = [*circle[start:-1], *circle[:start], first]
            needs[first].discard(circle[1])
            reference = next(r for r in found[first] if r.meant.address == circle[1])
            report.error(
                "reference-cycle", f"references in a circle: {' → '.join(map(str, circle))}",
                manifests[first].place(*reference.path), "take one of them out", str(first),
            )  # fmt: skip
        else:
            return


def _short(manifest: Manifest) -> str:
    return f"{manifest.kind}/{manifest.name}"
