"""What depends on what: the manifests as nodes, their references as edges. Pure data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.kinds import KINDS
from reconciler.resources import Address


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """`user` needs `needed`. `field` is the one that refers to it; empty where it is a part of it."""

    user: Address
    needed: Address
    field: str


@dataclass(frozen=True, slots=True)
class Graph:
    """Sorted, each once. An address without a connection belongs to all of them."""

    nodes: tuple[Address, ...]
    edges: tuple[Edge, ...]

    @property
    def clusters(self) -> Mapping[str, tuple[Address, ...]]:
        """The nodes by connection, those that belong to all first, under an empty name."""
        names = sorted({n.connection for n in self.nodes})
        return {name: tuple(n for n in self.nodes if n.connection == name) for name in names}


def graph(manifests: Iterable[Address], references: Iterable[Edge]) -> Graph:
    """The manifests with their references. Fragments are parts of the object that they describe together."""
    nodes = set(manifests)
    edges = set(references)
    for address in [*nodes]:
        kind = KINDS[address.kind]
        if kind.fragment:
            whole = Address(address.connection, kind.object)
            nodes.add(whole)
            edges.add(Edge(whole, address, ""))
    return Graph(tuple(sorted(nodes)), tuple(sorted(edges)))
