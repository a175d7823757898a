"""The options that several commands have in common."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import click

from reconciler.guards import NAMES

Command: TypeAlias = Callable[..., Any]

_ALLOW = click.option(
    "--allow", "allowed", multiple=True, type=click.Choice(NAMES), help="Lift one guard, for this run."
)
_MANNER = (
    click.option(
        "--lock-timeout", type=click.FloatRange(min=0), default=0, metavar="SECONDS",
        help="Wait so long for a lock that somebody holds.",
    ),
    click.option("--fail-fast", is_flag=True, help="Start nothing more after the first failure."),
    click.option(
        "--events", type=click.Path(path_type=Path, dir_okay=False), help="Append what happens, a line of JSON each."
    ),
)  # fmt: skip


def writing_options(command: Command) -> Command:
    """Of every command that shows a plan and asks."""
    asking = click.option("--auto-approve", is_flag=True, help="Do not ask.")
    form = click.option(
        "--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True
    )
    return _with(command, asking, _ALLOW, form, *_MANNER)


def running_options(command: Command) -> Command:
    """Of every command that may carry out a plan."""
    return _with(command, _ALLOW, *_MANNER)


def forge_options(command: Command) -> Command:
    """Of every command that talks to a forge: the parameters of `forging.Where`."""
    return _with(
        command,
        click.option("--repository", default="", metavar="R", help="`owner/name`, or GitLab's project; else the CI job's."),
        click.option(
            "--token-env", default="", metavar="NAME", help="The variable with the token; else GITHUB_TOKEN or GITLAB_TOKEN."
        ),
        click.option("--token-file", type=click.Path(path_type=Path, dir_okay=False), help="A file with the token."),
        click.option("--api-url", default="", metavar="URL", help="Where the forge's API is; else where the CI job says."),
        click.option("--author", default="", metavar="LOGIN", help="Whom the token writes as; else the forge is asked."),
    )  # fmt: skip


def _with(command: Command, *options: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
