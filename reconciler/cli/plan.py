"""`plan` and `show`: what would be done. None of them can write to live."""

from __future__ import annotations

import os
from pathlib import Path

import click

from reconciler import planfile
from reconciler.cli import completing
from reconciler.cli.files import write_whole
from reconciler.cli.main import Settings
from reconciler.cli.output import Output
from reconciler.cli.places import from_repository
from reconciler.cli.session import Session, opened, reading
from reconciler.errors import UsageError
from reconciler.git import GitError
from reconciler.plan import Plan
from reconciler.render import JOB_SUMMARY, PLAN_FORMATS, PlanFormat, TooLong, render_plan, safe
from reconciler.review import base_commit, base_of_ci

CHANGES, ONLY_DRIFT = 2, 3

format_option = click.option(
    "--format",
    "form",
    type=click.Choice(PLAN_FORMATS),
    default="text",
    show_default=True,
    help="How it is printed.",
)
detailed_option = click.option(
    "--detailed-exitcode", is_flag=True, help="Exit 2 where changes are pending, 3 where only drift is."
)
target_option = click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="ADDRESS",
    shell_complete=completing.addresses,
    help="Only this object, with what it needs; a glob will do.",
)


@click.command("plan")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Save the plan, for `apply FILE`."
)
@click.option(
    "--base", "revision", metavar="REF", default=None,
    help="What the branch left: changes that its merge base with REF would make too are marked as inherited. "
    "In CI by default the target of the pull or merge request; '' for none.",
)  # fmt: skip
@format_option
@detailed_option
@target_option
@click.pass_obj
def plan_command(
    settings: Settings,
    out: Path | None,
    revision: str | None,
    form: PlanFormat,
    detailed_exitcode: bool,
    targets: tuple[str, ...],
) -> int:
    """Compare the manifests, the record and live. Changes nothing."""
    with opened(settings) as session:
        base = _base(session, revision)
        with reading(session) as reader:
            plan = session.plan(reader, targets=targets, base=base)
    if out:
        write_whole(out, planfile.dump(plan))
    show(plan, form, settings.output, prefix=from_repository(settings.folder))
    if out:
        settings.output.note(
            f"Saved to {out}. Apply exactly this with: {safe(settings.command('apply', str(out)))}"
        )
    return exit_code(plan, detailed=detailed_exitcode)


def _base(session: Session, revision: str | None) -> str:
    """The commit to hold the plan against. What CI names is taken where it is there, what a user names must be."""
    wanted = base_of_ci(os.environ) if revision is None else revision
    if not wanted:
        return ""
    try:
        return base_commit(session.project.root, wanted)
    except GitError as error:
        if revision is not None:
            raise UsageError(f"--base {wanted}: {error.message}", hint=error.hint) from error
        session.output.note(
            f"Not held against {safe(wanted)}: {safe(error.message)}\n  {error.hint}".rstrip()
        )
        return ""


@click.command("show")
@click.argument("file", type=click.Path(path_type=Path))
@format_option
@click.pass_obj
def show_command(settings: Settings, file: Path, form: PlanFormat) -> None:
    """Show a saved plan."""
    show(read_plan(file), form, settings.output, prefix=from_repository(settings.folder))


def show(plan: Plan, form: PlanFormat, output: Output, *, prefix: str = "") -> None:
    """Print it. Markdown is kept short enough for a job summary; raise TooLong where it cannot be."""
    try:
        text = render_plan(
            plan, form, width=output.width, colour=output.colour, requests=output.verbose, prefix=prefix,
            limit=JOB_SUMMARY,
        )  # fmt: skip
    except TooLong as error:
        output.result(error.instead)
        raise
    if form == "github":
        output.annotation(text)
    else:
        output.result(text)


def exit_code(plan: Plan, *, detailed: bool) -> int:
    if not detailed or not plan.pending:
        return 0
    return ONLY_DRIFT if plan.only_drift else CHANGES


def read_plan(file: Path) -> Plan:
    """A saved plan. Raise UsageError where there is none, Refused where it was altered."""
    try:
        return planfile.parse(file.read_bytes())
    except OSError as error:
        raise UsageError(
            f"{file}: {error.strerror}", hint="make one with: reconciler plan --out FILE"
        ) from error
