"""`apply` and `rollback`: a plan, shown, asked about and carried out. The only commands that write to live."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from reconciler import planfile
from reconciler.cli.files import write_whole
from reconciler.cli.main import Settings
from reconciler.cli.plan import read_plan, show, target_option
from reconciler.cli.running import Ended, Manner, carry_out, finish
from reconciler.cli.session import Session, now, opened, writing
from reconciler.errors import ReconcilerError, Refused, UsageError
from reconciler.guards import NAMES, frozen
from reconciler.live import Writer
from reconciler.plan import Plan
from reconciler.state import HistoryEntry


class Declined(ReconcilerError):
    """Somebody was asked, and did not say yes."""


def writing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that may write to live."""
    options = (
        click.option("--auto-approve", is_flag=True, help="Do not ask."),
        click.option(
            "--allow", "allowed", multiple=True, type=click.Choice(NAMES), help="Lift one guard, for this run."
        ),
        click.option(
            "--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True
        ),
        click.option(
            "--lock-timeout", type=click.FloatRange(min=0), default=0, metavar="SECONDS",
            help="Wait so long for a lock that somebody holds.",
        ),
        click.option("--fail-fast", is_flag=True, help="Start nothing more after the first failure."),
        click.option(
            "--events", type=click.Path(path_type=Path, dir_okay=False), help="Append what happens, a line of JSON each."
        ),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@click.command("apply")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--only", type=click.Choice(["drift"]), help="Only heal what moved outside git, to what was last applied."
)
@writing_options
@target_option
@click.pass_obj
def apply_command(
    settings: Settings, file: Path | None, only: str | None, auto_approve: bool, allowed: tuple[str, ...], form: str,
    lock_timeout: float, fail_fast: bool, events: Path | None, targets: tuple[str, ...],
) -> int:  # fmt: skip
    """Carry out a saved plan, exactly; or make a plan, show it and ask."""
    if file and (only or targets):
        raise UsageError(
            "--only and --target make a plan, and FILE is one already", hint="give one or the other"
        )
    saved = read_plan(file) if file else None
    manner = Manner(lock_timeout, fail_fast, events)
    with opened(settings) as session, writing(session) as live:
        plan = saved or session.plan(live.reader, mode="drift" if only else "plan", targets=targets)
        if saved is not None:
            refuse_foreign(plan, session)
            refuse_old(plan, session)
        return approved(session, live, plan, allowed, form, manner, ask=not (saved or auto_approve))


@click.command("rollback")
@click.argument("run")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Save the plan, and apply nothing."
)
@writing_options
@click.pass_obj
def rollback_command(
    settings: Settings, run: str, out: Path | None, auto_approve: bool, allowed: tuple[str, ...], form: str,
    lock_timeout: float, fail_fast: bool, events: Path | None,
) -> int:  # fmt: skip
    """Restore the values that were there before RUN, an id (or its beginning) from `state history`.

    The manifests still ask for what they asked for: revert them in git as well.
    """
    manner = Manner(lock_timeout, fail_fast, events)
    with opened(settings) as session, writing(session) as live:
        undo = _entries(session.backend.history(None, None), run)
        plan = session.plan(live.reader, mode="rollback", undo=undo)
        for entry in undo:
            if entry.action in ("create", "delete") and entry.status == "done":
                session.output.note(f"Not undone, do it by hand: {entry.action} of {entry.address}")
        if out:
            write_whole(out, planfile.dump(plan))
            show(plan, "text", settings.output)
            return 0
        return approved(session, live, plan, allowed, form, manner, ask=not auto_approve)


def _entries(history: Sequence[HistoryEntry], run: str) -> list[HistoryEntry]:
    runs = {e.run for e in history if e.run.startswith(run)}
    if len(runs) != 1:
        many = "several runs begin" if runs else "no run begins"
        raise UsageError(f"{many} with {run!r}", hint="state history shows each run's id")
    return [e for e in history if e.run in runs]


def approved(
    session: Session,
    live: Writer,
    plan: Plan,
    allowed: Sequence[str],
    form: str,
    manner: Manner,
    *,
    ask: bool,
) -> int:
    """Show the plan, hold it against the guards, ask where somebody can answer, and carry it out."""
    output = session.output
    if form == "text":
        show(plan, "text", output)
    refuse_objections(plan, session, allowed)
    if plan.idle:
        return finish(output, plan, Ended(), form)
    if ask and not plan.empty:
        approve()
    return finish(output, plan, carry_out(session, live, plan, manner), form)


def refuse_foreign(plan: Plan, session: Session) -> None:
    """A saved plan fits one environment, one origin, and the record it was made from."""
    if plan.environment != session.project.environment.name:
        raise Refused(
            f"this plan is for {plan.environment}, not {session.project.environment.name}",
            hint=f"use -e {plan.environment}",
        )
    if plan.origin != session.origin:
        raise Refused(f"this plan was made against {plan.origin}, not {session.origin}", hint="plan again")


def refuse_old(plan: Plan, session: Session) -> None:
    """What was reviewed long ago was reviewed for another world."""
    hours = (datetime.fromisoformat(now()) - datetime.fromisoformat(plan.created_at)).total_seconds() / 3600
    limit = session.project.environment.spec.policy.max_plan_age_hours
    if hours > limit:
        raise Refused(f"this plan is {hours:.0f} hours old, and {limit:g} are allowed", hint="plan again")


def refuse_objections(plan: Plan, session: Session, allowed: Sequence[str]) -> None:
    """What the plan objects to itself; a freeze is judged by the time of the apply."""
    left = [(o.guard, o.message) for o in plan.objections if o.guard != "freeze"]
    if plan.writes and (until := frozen(session.limits, now())):
        left.append(("freeze", f"nothing is applied until {until}"))
    left = [(guard, message) for guard, message in left if guard not in allowed]
    if left:
        lift = " ".join(f"--allow {name}" for name in dict.fromkeys(guard for guard, _ in left))
        raise Refused(
            "; ".join(f"{guard}: {message}" for guard, message in left),
            hint=f"nothing was sent; to go on all the same: {lift}",
        )


def approve() -> None:
    """Ask on a terminal; elsewhere nobody can answer, so it has to be said before."""
    if not sys.stdin.isatty():
        raise UsageError(
            "nobody can be asked here: stdin is no terminal", hint="review the plan, then add --auto-approve"
        )
    if click.prompt("Apply this? Only 'yes' is taken", default="no", err=True) != "yes":
        raise Declined("not applied. Nothing was sent.")
