"""`apply` and `rollback`: a plan, shown, asked about and carried out. The only commands that write to live."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler import planfile
from reconciler.changes import Objection
from reconciler.cli.files import write_whole
from reconciler.cli.main import Settings
from reconciler.cli.notifying import notify_of_run
from reconciler.cli.options import writing_options
from reconciler.cli.plan import read_plan, show, target_option
from reconciler.cli.running import Ended, Manner, anew, carry_out, finish
from reconciler.cli.session import Session, now, opened, writing
from reconciler.errors import ReconcilerError, Refused, UsageError
from reconciler.guards import frozen
from reconciler.plan import Plan, beyond
from reconciler.planfile import plan_id
from reconciler.render import render_plan, safe
from reconciler.resources import Address, Recorded
from reconciler.state import HistoryEntry

if TYPE_CHECKING:  # httpx comes with it: help and completion do without
    from reconciler.live import Writer


class Declined(ReconcilerError):
    """Somebody was asked, and did not say yes."""


@click.command("apply")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--only", type=click.Choice(["drift"]), help="Only heal what moved outside git, to what was last applied."
)
@click.option(
    "--reviewed",
    multiple=True,
    metavar="PLAN",
    help="What somebody reviewed, a saved plan or its id: nothing beyond it is done, and nobody is asked.",
)
@writing_options
@target_option
@click.pass_obj
def apply_command(
    settings: Settings, file: Path | None, only: str | None, reviewed: tuple[str, ...], auto_approve: bool,
    allowed: tuple[str, ...], form: str, lock_timeout: float, fail_fast: bool, events: Path | None,
    targets: tuple[str, ...],
) -> int:  # fmt: skip
    """Carry out a saved plan, exactly; or make a plan, show it and ask."""
    if file and (only or targets):
        raise UsageError(
            "--only and --target make a plan, and FILE is one already", hint="give one or the other"
        )
    saved = read_plan(file) if file else None
    manner = Manner(lock_timeout, fail_fast, events)
    with opened(settings) as session, writing(session) as live:
        if saved is not None:
            refuse_foreign(saved, session)
            refuse_old(saved, session)
        ask = not (saved or reviewed or auto_approve)

        def attempt() -> int:
            plan = saved or session.plan(live.reader, mode="drift" if only else "plan", targets=targets)
            if reviewed:
                refuse_unreviewed(plan, reviewed, session)
            found = session.judged(plan) if saved else plan.objections
            return approved(session, live, plan, found, allowed, form, manner, ask=ask)

        return attempt() if ask or saved else anew(session, attempt)


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
    manner = Manner(lock_timeout, fail_fast, events, "rollback")
    with opened(settings) as session, writing(session) as live:
        undo = _entries(session.backend.history(None, None), run)
        plan = session.plan(live.reader, mode="rollback", undo=undo)
        for told in _not_undone(undo, session.backend.load().records):
            session.output.note(f"Not undone, do it by hand: {told}")
        if out:
            write_whole(out, planfile.dump(plan))
            show(plan, "text", settings.output)
            return 0
        return approved(session, live, plan, plan.objections, allowed, form, manner, ask=not auto_approve)


def _not_undone(undo: Sequence[HistoryEntry], records: Mapping[Address, Recorded]) -> Iterator[str]:
    """What a rollback leaves to people: existence, and objects that are not recorded any more."""
    for entry in undo:
        if entry.action in ("create", "delete") and entry.status == "done":
            yield f"{entry.action} of {entry.address}"
        elif entry.fields and entry.address not in records:
            yield f"{entry.action} of {entry.address}, which is not recorded any more"


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
    objections: Sequence[Objection],
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
    refuse_objections(objections_left(plan, objections, session, allowed))
    if plan.idle:
        return finish(output, plan, Ended(), form)
    if ask and not plan.empty:
        approve()
    ended = carry_out(session, live, plan, manner)
    notify_of_run(session, plan, ended, "corrected" if plan.mode == "drift" else "applied")
    return finish(output, plan, ended, form)


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


def refuse_unreviewed(plan: Plan, reviewed: Sequence[str], session: Session) -> None:
    """Whatever the manifests say by now, nothing is done that nobody has seen."""
    if plan_id(plan) in reviewed:
        return
    fitting = []
    for name in (r for r in reviewed if not r.startswith("sha256:")):
        other = read_plan(Path(name))
        try:
            refuse_foreign(other, session)
            refuse_old(other, session)
            fitting.append(other)
        except Refused as reason:
            session.output.note(f"{safe(name)} does not count: {safe(reason.message)}")
    if new := beyond(plan, fitting):
        session.output.note(render_plan(plan, "text", width=session.output.width))
        raise Refused(
            f"nobody has reviewed this, or it has moved since: {', '.join(str(c.address) for c in new)}",
            hint=f"nothing was sent; once the plan above is reviewed: apply --reviewed {plan_id(plan)}",
        )


def refuse_objections(left: Sequence[Objection]) -> None:
    """Raise Refused with every objection that nobody has lifted."""
    if left:
        lift = " ".join(f"--allow {name}" for name in dict.fromkeys(o.guard for o in left))
        raise Refused(
            "; ".join(f"{o.guard}: {o.message}" for o in left),
            hint=f"nothing was sent; to go on all the same: {lift}",
        )


def objections_left(
    plan: Plan, objections: Sequence[Objection], session: Session, allowed: Sequence[str]
) -> list[Objection]:
    """What is objected to the plan, and is not allowed; a freeze is judged by the time of the apply."""
    left = [o for o in objections if o.guard != "freeze"]
    if plan.writes and (until := frozen(session.limits, now())):
        left.append(Objection("freeze", f"nothing is applied until {until}"))
    return [o for o in left if o.guard not in allowed]


def approve() -> None:
    """Ask on a terminal; elsewhere nobody can answer, so it has to be said before."""
    if not sys.stdin.isatty():
        raise UsageError(
            "nobody can be asked here: stdin is no terminal", hint="review the plan, then add --auto-approve"
        )
    if click.prompt("Apply this? Only 'yes' is taken", default="no", err=True) != "yes":
        raise Declined("not applied. Nothing was sent.")
