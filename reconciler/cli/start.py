"""`init`: a small commented project that validates, to begin with."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from reconciler.cli.files import write_all
from reconciler.cli.main import Settings
from reconciler.cli.reference import schema_text

SCHEMA = "schema.json"
"""What the first line of each file names, for editors without a network. Being no .yaml, it is no manifest."""


@click.command("init")
@click.argument(
    "directory", metavar="[DIR]", required=False, type=click.Path(path_type=Path, file_okay=False)
)
@click.pass_obj
def init_command(settings: Settings, directory: Path | None) -> None:
    """Write a small commented project into DIR, or into the project folder."""
    folder = directory or settings.folder
    starter = dict(_files(resources.files("reconciler.cli") / "starter"))
    starter[SCHEMA] = f"{schema_text()}\n".encode()
    write_all({folder / name: content for name, content in starter.items()})
    for name in sorted(starter):
        settings.output.result(str(folder / name))
    begun = replace(settings, folder=folder)
    settings.output.note(f"Next: {begun.command('validate')}, then {begun.command('plan')}")


def _files(folder: Traversable, prefix: str = "") -> list[tuple[str, bytes]]:
    found = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _files(entry, f"{prefix}{entry.name}/")
        else:
            found.append((prefix + entry.name, entry.read_bytes()))
    return found
