"""`pull`: what is there, as manifests that plan to nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from reconciler.cli import completing
from reconciler.cli.files import write_all
from reconciler.cli.main import Settings
from reconciler.cli.session import Session, opened, reading
from reconciler.errors import UsageError
from reconciler.identity import Live, bind
from reconciler.kinds import OBJECTS
from reconciler.manifests import to_yaml
from reconciler.pipeline import read_live
from reconciler.pull import Managed, pulled
from reconciler.resources import Address, Recorded


@click.command("pull")
@click.option(
    "--connection", "only", default="", metavar="NAME", shell_complete=completing.connections,
    help="Only this connection.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="The folder; else the project's own."
)
@click.pass_obj
def pull_command(settings: Settings, only: str, out: Path | None) -> None:
    """Write live objects as manifests that plan to nothing.

    Into the project's own folder go only those that no manifest of it describes yet.
    """
    with opened(settings) as session:
        connections = _chosen(session, only)
        pairs = [(name, kind) for name in connections for kind in OBJECTS]
        with reading(session) as reader:
            live = read_live(reader, pairs, connections)
        records = session.backend.load().records
    folder = out or session.project.root
    inside = folder.resolve().is_relative_to(session.project.root.resolve())
    files = pulled(live, records, _managed(session, live, records) if inside else {})
    write_all({folder / file: to_yaml(documents).encode() for file, documents in files.items()})
    for file, documents in files.items():
        settings.output.result(f"{folder / file}: {len(documents)} manifests")
    if not files:
        settings.output.note("Every live object has a manifest already.")


def _chosen(session: Session, only: str) -> dict[str, str]:
    connections = session.connections
    if only and only not in connections:
        raise UsageError(f"no connection is called {only!r}", hint=f"there are: {', '.join(connections)}")
    return {only: connections[only]} if only else connections


def _managed(session: Session, live: Live, records: Mapping[Address, Recorded]) -> Managed:
    wishes = [w for w in session.project.desired if (w.address.connection, w.address.kind) in live]
    bound = bind(wishes, records, live)
    return {(address.connection, o.uuid): address for address, o in bound.items() if o is not None}
