"""What a project has, as far as it can be made out: for completion, which has to work while somebody still types."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reconciler.kinds import KINDS
from reconciler.manifests.environments import settings
from reconciler.manifests.files import in_folder
from reconciler.manifests.project import expanded, read_all
from reconciler.manifests.report import Report
from reconciler.resources import Address


@dataclass(frozen=True, slots=True)
class Outline:
    """Names of environments, and of one of them the connections and the objects of the API, sorted."""

    environments: tuple[str, ...]
    connections: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()


def outline(root: Path, environment: str = "") -> Outline:
    """Whatever is wrong with the project is passed over. Offline."""
    ignored = Report()
    found = list(read_all(in_folder(root), ignored))
    known = settings([d for d in found if d.kind not in KINDS], ignored)
    names = tuple(sorted(known.environments))
    chosen = known.environments.get(environment or known.default or (names[0] if len(names) == 1 else ""))
    if chosen is None:
        return Outline(names)
    made = expanded([d for d in found if d.kind in KINDS], chosen, ignored)
    objects = {_object(address) for address in made if KINDS[address.kind].object}
    return Outline(names, tuple(sorted(chosen.spec.connections)), tuple(sorted(objects)))


def _object(address: Address) -> Address:
    kind = KINDS[address.kind]
    return Address(address.connection, kind.object) if kind.fragment else address
