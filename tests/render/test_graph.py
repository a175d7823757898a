"""The graph's text can be nothing but labels, whatever a node were called."""

from __future__ import annotations

import re

from hypothesis import given, settings, strategies as st

from reconciler.graph import Edge, graph
from reconciler.render import render_graph
from reconciler.resources import Address
from tests.render.plans import texts

addresses = st.builds(
    Address, texts, st.sampled_from(["Automation", "AccountMapping", "CriteriaGroup"]), texts
)
edges = st.builds(Edge, addresses, addresses, texts.filter(bool))


@settings(max_examples=60, deadline=None)
@given(st.lists(edges, max_size=4))
def test_no_name_gets_out_of_its_label(found: list[Edge]) -> None:
    drawn = graph([a for e in found for a in (e.user, e.needed)], found)
    mermaid = render_graph(drawn, "mermaid")
    shape = r'flowchart LR|  subgraph c\d+\["[^"]*"\]|    n\d+\["[^"]*"\]|  end|  n\d+ (-->\|"[^"]*"\||-\.->) n\d+'
    for line in mermaid.splitlines():
        assert re.fullmatch(shape, line), line
        assert not re.search(r"[<>`&]", re.sub(r"-\.?->", "", line))
    text = r'"(?:[^"\\]|\\.)*"'
    shape = (
        rf"digraph manifests {{|  rankdir=LR;|  node \[shape=box\];|  subgraph cluster_\d+ {{|  +label={text};|"
        rf"    {text} \[label={text}\];|  }}|  {text} -> {text} \[(?:label={text}|style=dashed)\];|}}"
    )
    for line in render_graph(drawn, "dot").splitlines():
        assert re.fullmatch(shape, line), line
    assert all(line.isprintable() for line in render_graph(drawn, "text").split("\n"))


def test_order_and_repetition_do_not_matter() -> None:
    one, two, three = (Address("c", "Automation", name) for name in "abc")
    found = [Edge(one, two, "x"), Edge(two, three, "y"), Edge(one, two, "z")]
    assert graph([one, two, three], found) == graph([three, two, one, one], [*reversed(found), found[0]])
