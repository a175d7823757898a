"""`apply`: a saved plan, or one made now and asked about. The only command that writes to live."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from reconciler import config, outcomes as ends
from reconciler.apply import Run, apply
from reconciler.backends import Backend, Holder, Lease
from reconciler.cli.main import Settings
from reconciler.cli.output import Output
from reconciler.cli.plan import read_plan, show, target_option
from reconciler.cli.session import Session, now, opened, writing
from reconciler.errors import Interrupted, ReconcilerError, Refused, UsageError
from reconciler.guards import NAMES
from reconciler.live import Writer
from reconciler.outcomes import Outcome, Status
from reconciler.plan import Plan
from reconciler.planfile import plan_id
from reconciler.render import outcomes_text

LEASE_SECONDS = 60.0


class Declined(ReconcilerError):
    """Somebody was asked, and did not say yes."""


@click.command("apply")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@click.option(
    "--only", type=click.Choice(["drift"]), help="Only heal what moved outside git, to what was last applied."
)
@click.option(
    "--allow", "allowed", multiple=True, type=click.Choice(NAMES), help="Lift one guard, for this run."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@target_option
@click.pass_obj
def apply_command(
    settings: Settings, file: Path | None, auto_approve: bool, only: str | None, allowed: tuple[str, ...], form: str,
    targets: tuple[str, ...],
) -> int:  # fmt: skip
    """Carry out a saved plan, exactly; or make a plan, show it and ask."""
    if file and (only or targets):
        raise UsageError(
            "--only and --target make a plan, and FILE is one already", hint="give one or the other"
        )
    saved = read_plan(file) if file else None
    with opened(settings) as session, writing(session) as live:
        plan = saved or session.plan(live.reader, mode="drift" if only else "plan", targets=targets)
        if saved is not None:
            refuse_foreign(plan, session)
        if form == "text":
            show(plan, "text", settings.output)
        refuse_objections(plan, allowed)
        if plan.idle:
            return finish(settings.output, plan, (), form, "")
        if not plan.empty and not saved:
            approve(auto_approve=auto_approve)
        run, found = carry_out(session, live, plan, settings.output)
    return finish(settings.output, plan, found, form, run)


def refuse_foreign(plan: Plan, session: Session) -> None:
    """A saved plan fits one environment, one origin, and the record it was made from."""
    if plan.environment != session.project.environment.name:
        raise Refused(
            f"this plan is for {plan.environment}, not {session.project.environment.name}",
            hint=f"use -e {plan.environment}",
        )
    if plan.origin != session.origin:
        raise Refused(f"this plan was made against {plan.origin}, not {session.origin}", hint="plan again")


def refuse_stale(plan: Plan, lineage: str, serial: int) -> None:
    """Refuse where the record has moved since the plan was made: somebody applied in between."""
    born_since = not plan.lineage and serial == 0
    if (plan.lineage, plan.serial) != (lineage, serial) and not born_since:
        raise Refused(
            f"the plan is stale: it was made at serial {plan.serial} of the record, which is at {serial} now",
            hint="plan again, and apply that",
        )


def refuse_objections(plan: Plan, allowed: Sequence[str]) -> None:
    left = [o for o in plan.objections if o.guard not in allowed]
    if left:
        lift = " ".join(f"--allow {name}" for name in dict.fromkeys(o.guard for o in left))
        raise Refused(
            "; ".join(f"{o.guard}: {o.message}" for o in left),
            hint=f"nothing was sent; to go on all the same: {lift}",
        )


def approve(*, auto_approve: bool) -> None:
    """Ask on a terminal; elsewhere nobody can answer, so it has to be said before."""
    if auto_approve:
        return
    if not sys.stdin.isatty():
        raise UsageError(
            "nobody can be asked here: stdin is no terminal", hint="review the plan, then add --auto-approve"
        )
    if click.prompt("Apply this? Only 'yes' is taken", default="no", err=True) != "yes":
        raise Declined("not applied. Nothing was sent.")


def carry_out(session: Session, live: Writer, plan: Plan, output: Output) -> tuple[str, tuple[Outcome, ...]]:
    """Apply under the lock; gives the run's id and how each change ended."""
    api = session.project.environment.spec.api
    run_id = str(uuid.uuid4())
    holder = Holder(config.actor(), os.getpid(), run_id, session.commit, "apply")
    with leased(session.backend, holder) as lease, stopping(live, output) as stop:
        state = session.backend.load()
        refuse_stale(plan, state.lineage, state.serial)
        run = Run(run_id, config.actor(), session.commit, now, api.concurrency, stop)
        commit: Callable[..., None] = lambda transition: session.backend.commit(transition, lease=lease)  # noqa: E731
        found: list[Outcome] = []
        try:
            with output.progress(len(plan.changes)) as step:
                for outcome in apply(plan, state, live, commit, run):
                    found.append(outcome)
                    step(str(outcome.address))
        except ReconcilerError:
            # what ended before is not lost with it
            output.note(
                outcomes_text(found, width=output.width, colour=False) if found else "Nothing was sent."
            )
            raise
        return run_id, tuple(sorted(found, key=lambda o: o.address))


@contextmanager
def leased(backend: Backend, holder: Holder) -> Iterator[Lease]:
    """The lock, renewed while it is held and freed at the end, however that comes."""
    lease = backend.acquire(holder, LEASE_SECONDS)
    over = threading.Event()

    def renew() -> None:
        while not over.wait(LEASE_SECONDS / 3):
            backend.renew(lease)

    heart = threading.Thread(target=renew, name="heartbeat", daemon=True)
    heart.start()
    try:
        yield lease
    finally:
        over.set()
        heart.join()
        backend.release(lease)


@contextmanager
def stopping(live: Writer, output: Output) -> Iterator[threading.Event]:
    """Ctrl-C and SIGTERM end the run after the requests under way; what was done stays recorded."""
    stop = threading.Event()

    def ask(_number: int, _frame: object) -> None:
        output.note("Stopping: no new request is sent, what is under way is recorded.")
        stop.set()
        live.stop()

    old = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def finish(output: Output, plan: Plan, found: tuple[Outcome, ...], form: str, run: str) -> int:
    """Say how it ended; the exit code of that."""
    if form == "json":
        output.result(json.dumps(ends.to_document(found, plan_id(plan), run), indent=2, ensure_ascii=False))
    elif found:
        output.result(outcomes_text(found, width=output.width, colour=output.colour))
    statuses = {o.status for o in found}
    if Status.NOT_TRIED in statuses and not statuses & {Status.FAILED, Status.UNKNOWN}:
        return Interrupted.exit_code
    if statuses & {Status.FAILED, Status.UNKNOWN}:
        return 1
    return Refused.exit_code if statuses & {Status.STALE, Status.BLOCKED} else 0
