"""`drift`: what moved outside git, told where people look for it. Writes to live only where it is told to correct."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler import planfile
from reconciler.cli import completing
from reconciler.cli.correcting import correct as heal
from reconciler.cli.forging import Where, talking
from reconciler.cli.main import Settings
from reconciler.cli.options import forge_options, running_options
from reconciler.cli.output import Output
from reconciler.cli.places import from_repository
from reconciler.cli.plan import detailed_option, exit_code, format_option, show, target_option
from reconciler.cli.reporting import reason, report_issue, tell_everybody
from reconciler.cli.running import Manner
from reconciler.cli.session import opened, reading
from reconciler.errors import ReconcilerError, UsageError
from reconciler.governor import CORRECTION
from reconciler.render import PlanFormat, safe
from reconciler.survey import Survey

if TYPE_CHECKING:  # httpx comes with it: help and completion do without
    from reconciler.forge.connecting import ForgeName

REPORTS: Mapping[str, ForgeName] = {"github-issue": "github", "gitlab-issue": "gitlab"}


@click.command("drift")
@format_option
@detailed_option
@target_option
@click.option(
    "--report",
    type=click.Choice(list(REPORTS)),
    help="Keep one issue for the environment while there is drift.",
)
@forge_options
@click.option("--correct", is_flag=True, help="Heal it, to what was last applied, as far as that is wise.")
@click.option(
    "--release",
    "released",
    multiple=True,
    metavar="ADDRESS",
    shell_complete=completing.addresses,
    help="With --correct: forget what was tried on this object, and try again.",
)
@running_options
@click.pass_obj
def drift_command(
    settings: Settings, form: PlanFormat, detailed_exitcode: bool, targets: tuple[str, ...], report: str | None,
    repository: str, token_env: str, token_file: Path | None, api_url: str, author: str, correct: bool,
    released: tuple[str, ...], allowed: tuple[str, ...], lock_timeout: float, fail_fast: bool, events: Path | None,
) -> int:  # fmt: skip
    """Compare live with what was last applied, and with that alone.

    Changes nothing, unless it is told to --correct: then it heals what moved outside git, within the guards.
    It never asks, tries each drift once and then more and more rarely, and leaves a field that keeps moving
    back to people. A manifest that was changed and not applied yet is left out of it.

    A connection that cannot be read hides no other: the rest is told all the same, and the exit code is 1.

    With --report there is one issue for each project and environment, with the label `drift`: opened when
    something drifts, edited when that changes, closed when it is gone and everything could be read, opened
    again when it is back. One that a person closed stays closed until something else drifts. After a
    correction it has what is left. Whoever the environment's `notifications` name is told then, too.
    """
    if report and targets:
        raise UsageError(
            "an issue is about the whole environment, and --target shows a part", hint="leave one of them out"
        )
    if not correct and (released or allowed or lock_timeout or fail_fast or events):
        raise UsageError(
            "without --correct, drift changes nothing", hint="add --correct, or leave its options out"
        )
    if not report and (repository or token_env or token_file or api_url or author):
        raise UsageError("without --report, no forge is written to", hint="add --report github-issue")
    where = Where(repository, token_env, token_file, api_url, author)
    place = (REPORTS[report], where) if report else None
    if not correct:
        return look(settings, form, targets, place, detailed=detailed_exitcode)
    manner = Manner(lock_timeout, fail_fast, events, CORRECTION)
    try:
        code = heal(
            settings, form, manner, targets=targets, released=released, allowed=allowed, detailed=detailed_exitcode
        )  # fmt: skip
    except ReconcilerError:
        # whatever stood in the way of a correction, the drift is there and is reported
        if place:
            look(settings, None, (), place, detailed=False)
        raise
    left = look(settings, None, (), place, detailed=False) if place else 0
    return code or left


def look(
    settings: Settings,
    form: PlanFormat | None,
    targets: Sequence[str],
    place: tuple[ForgeName, Where] | None,
    *,
    detailed: bool,
) -> int:
    """See what drifted, say it (nowhere, without a form), and report it; the exit code of that."""
    with ExitStack() as stack:
        # before anything is read: a report that nobody can write is a mistake in the command
        forge = stack.enter_context(talking(*place, settings.output)) if place else None
        session = stack.enter_context(opened(settings))
        with reading(session) as reader:
            found = session.survey(reader, targets)
        if form is not None and not found.blind:
            _show(found, form, settings)
        tell_broken(found, settings.output)
        reported = report_issue(session, forge, found) if forge else None
        if form is not None:
            tell_everybody(session, found, reported)
    if found.broken or (reported and reported.failed):
        return ReconcilerError.exit_code
    return exit_code(found.plan, detailed=detailed)


def _show(found: Survey, form: PlanFormat, settings: Settings) -> None:
    if form != "json" or not found.broken:
        show(found.plan, form, settings.output, prefix=from_repository(settings.folder))
        return
    unread = [{"connection": name, "message": error.message} for name, error in sorted(found.broken.items())]
    document = planfile.encode({**planfile.to_document(found.plan), "unread": unread})
    settings.output.result(document.decode())


def tell_broken(found: Survey, output: Output) -> None:
    """Each reason once, with the connections that it is of."""
    names: dict[str, list[str]] = {}
    for name, error in sorted(found.broken.items()):
        names.setdefault(reason(error), []).append(name)
    hints = {reason(error): error.hint for error in found.broken.values()}
    for why, broken in names.items():
        output.error(f"{', '.join(broken)} could not be looked at: {safe(why)}", hints[why])
