"""`graph`: what depends on what. Offline."""

from __future__ import annotations

import click

from reconciler.cli.main import Settings
from reconciler.graph import Edge, graph
from reconciler.manifests import load
from reconciler.render import GRAPH_FORMATS, GraphFormat, render_graph


@click.command("graph")
@click.option(
    "--format",
    "form",
    type=click.Choice(GRAPH_FORMATS),
    default="mermaid",
    show_default=True,
    help="How it is printed.",
)
@click.pass_obj
def graph_command(settings: Settings, form: GraphFormat) -> None:
    """Print which manifest needs which, for one environment. An arrow leads to what is needed.

    GitHub and GitLab draw Mermaid in Markdown; `dot -Tsvg` draws dot.
    """
    project = load(settings.folder, settings.environment)
    edges = [
        Edge(user, reference.meant.address, str(reference.path[0]))
        for user, references in project.references.items()
        for reference in references
    ]
    settings.output.result(render_graph(graph((m.address for m in project.manifests), edges), form))
