"""`validate` and `render`: what the manifests say, offline."""

from __future__ import annotations

import click

from reconciler.cli.main import Settings
from reconciler.cli.places import from_repository
from reconciler.errors import ProjectInvalid
from reconciler.manifests import load, to_yaml
from reconciler.planfile import encode
from reconciler.render import PROBLEM_FORMATS, ProblemFormat, render_problems


@click.command("validate")
@click.option(
    "--format",
    "form",
    type=click.Choice(PROBLEM_FORMATS),
    default="text",
    show_default=True,
)
@click.pass_obj
def validate_command(settings: Settings, form: ProblemFormat) -> int:
    """Check every manifest offline: every problem at once, each with its place."""
    try:
        problems = load(settings.folder, settings.environment).problems
        code = 0
    except ProjectInvalid as error:
        problems, code = error.problems, error.exit_code
    output = settings.output
    prefix = from_repository(settings.folder)
    text = render_problems(problems, form, width=output.width, colour=output.colour, prefix=prefix)
    if form == "github":
        output.annotation(text)
    else:
        output.result(text)
    return code


@click.command("render")
@click.option("--format", "form", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True)
@click.pass_obj
def render_command(settings: Settings, form: str) -> None:
    """Print the manifests after templating."""
    documents = [m.document for m in load(settings.folder, settings.environment).manifests]
    if form == "json":
        settings.output.result(encode(documents).decode())
    else:
        settings.output.result(to_yaml(documents))
