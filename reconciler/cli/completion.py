"""`completion`: what a shell has to be told once, so that Tab knows the commands, options and names."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from reconciler.cli.main import COMPLETE, PROGRAM, Settings, cli

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_obj
def completion_command(settings: Settings, shell: str) -> None:
    """Print a script by which SHELL completes commands, options and addresses.

    \b
    bash  eval "$(reconciler completion bash)"       in ~/.bashrc
    zsh   eval "$(reconciler completion zsh)"        in ~/.zshrc, after compinit
    fish  reconciler completion fish | source        in ~/.config/fish/config.fish
    """  # noqa: D301 - \b keeps click from wrapping
    found = get_completion_class(shell)
    assert found is not None  # noqa: S101 - click knows these three
    written = found(cli, {}, PROGRAM, COMPLETE)
    settings.output.result(written.source_template % written.source_vars())
