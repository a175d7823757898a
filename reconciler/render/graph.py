"""The dependency graph for Mermaid, Graphviz and people. Pure; the same graph is the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

from reconciler.graph import Edge, Graph
from reconciler.render.safe import quoted, safe
from reconciler.resources import Address

GraphFormat: TypeAlias = Literal["mermaid", "dot", "text"]
GRAPH_FORMATS: Final[tuple[GraphFormat, ...]] = ("mermaid", "dot", "text")
_EVERYWHERE: Final = "every connection"


def render_graph(graph: Graph, form: GraphFormat) -> str:
    """An arrow leads from what needs to what is needed. Ends with a newline."""
    match form:
        case "mermaid":
            lines = _mermaid(graph)
        case "dot":
            lines = _dot(graph)
        case "text":
            lines = _text(graph)
    return "\n".join(lines) + "\n"


def _mermaid(graph: Graph) -> Iterator[str]:
    ids = {node: f"n{number}" for number, node in enumerate(graph.nodes)}
    yield "flowchart LR"
    for number, (connection, nodes) in enumerate(graph.clusters.items()):
        yield f'  subgraph c{number}["{_entities(connection or _EVERYWHERE)}"]'
        for node in nodes:
            yield f'    {ids[node]}["{_entities(_label(node))}"]'
        yield "  end"
    for edge in graph.edges:
        arrow = f'-->|"{_entities(edge.field)}"|' if edge.field else "-.->"
        yield f"  {ids[edge.user]} {arrow} {ids[edge.needed]}"


def _entities(text: str) -> str:
    """As a Mermaid label: what means anything to it, or to the HTML and Markdown inside of it, by its number."""
    return "".join(c if c.isalnum() or c in " /-._" else f"#{ord(c)};" for c in safe(text))


def _dot(graph: Graph) -> Iterator[str]:
    yield "digraph manifests {"
    yield "  rankdir=LR;"
    yield "  node [shape=box];"
    for number, (connection, nodes) in enumerate(graph.clusters.items()):
        yield f"  subgraph cluster_{number} {{"
        yield f"    label={quoted(connection or _EVERYWHERE)};"
        for node in nodes:
            yield f"    {quoted(str(node))} [label={quoted(_label(node))}];"
        yield "  }"
    for edge in graph.edges:
        manner = f"label={quoted(edge.field)}" if edge.field else "style=dashed"
        yield f"  {quoted(str(edge.user))} -> {quoted(str(edge.needed))} [{manner}];"
    yield "}"


def _text(graph: Graph) -> Iterator[str]:
    needs: dict[Address, list[Edge]] = {}
    for edge in graph.edges:
        needs.setdefault(edge.user, []).append(edge)
    for node in graph.nodes:
        yield safe(_whole(node))
        for edge in needs.get(node, ()):
            needed = safe(_whole(edge.needed))
            yield f"  needs {needed} ({safe(edge.field)})" if edge.field else f"  is made of {needed}"


def _label(node: Address) -> str:
    return f"{node.kind}/{node.name}" if node.name else node.kind


def _whole(node: Address) -> str:
    return str(node) if node.connection else _label(node)
