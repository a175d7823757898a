"""`emulate`: the bundled emulator, served until Ctrl-C."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.main import Settings
from reconciler.emulator import CLIENT_ID, CLIENT_SECRET, World, run_forever
from reconciler.errors import UsageError


@click.command("emulate")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="By default one that is free.")
@click.option("--world", type=click.Path(path_type=Path), help="A world as JSON, in place of the sample.")
@click.pass_obj
def emulate_command(settings: Settings, port: int, world: Path | None) -> None:
    """Serve the emulator over HTTP on the loopback interface. Writes nothing to disk."""
    served = _loaded(world) if world else World.sample()

    def ready(base_url: str) -> None:
        settings.output.result(base_url)
        settings.output.note(
            f"client_id {CLIENT_ID}, client_secret {CLIENT_SECRET}, any redirect_uri. Ctrl-C ends it."
        )
        settings.output.flush()

    try:
        run_forever(served, port=port, on_ready=ready)
    except OSError as error:
        raise UsageError(f"port {port}: {error.strerror}", hint="leave --port out for a free one") from error


def _loaded(path: Path) -> World:
    try:
        document = World.load(path).document()
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(
            f"{path} is no world: {error}", hint="GET /_emulator/world of a running one shows the form"
        ) from error
    return World(document)
