"""A plan carried out: under the lock, until its end or an interruption, with every outcome told."""

from __future__ import annotations

import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from reconciler import config, outcomes as ends
from reconciler.apply import Run, apply
from reconciler.backends import Backend, Holder, Lease
from reconciler.cli.output import Output
from reconciler.cli.session import Session, now
from reconciler.cli.signals import on_interruption
from reconciler.errors import Interrupted, ReconcilerError, Refused, UsageError
from reconciler.live import Writer
from reconciler.outcomes import Outcome, Status
from reconciler.plan import Plan
from reconciler.planfile import encode, plan_id
from reconciler.render import JOB_SUMMARY, outcomes_markdown, outcomes_text

LEASE_SECONDS = 60.0
_ASK_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Manner:
    """How a plan is carried out. `lock_timeout` is in seconds; `events` a file for a line of JSON an event."""

    lock_timeout: float = 0
    fail_fast: bool = False
    events: Path | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended. `run` is empty where there was none, because nothing had to be done."""

    run: str = ""
    outcomes: tuple[Outcome, ...] = ()
    stopped: bool = False


def carry_out(session: Session, live: Writer, plan: Plan, manner: Manner) -> Ended:
    """Apply under the lock. Raise Refused where the plan is stale, or the lock is held for too long."""
    output, run_id = session.output, str(uuid.uuid4())
    stop = threading.Event()

    def ask() -> None:
        output.note("Stopping: no new request is sent, what is under way is recorded.")
        stop.set()
        live.stop()

    holder = Holder(config.actor(), os.getpid(), run_id, session.commit, "apply")
    with ExitStack() as stack:
        events = stack.enter_context(_events(manner.events))
        lease = stack.enter_context(leased(session.backend, holder, manner.lock_timeout, stop.set))
        stack.enter_context(on_interruption(ask))
        state = session.backend.load()
        refuse_stale(plan, session.backend, state.lineage, state.serial)
        api = session.project.environment.spec.api
        run = Run(run_id, config.actor(), session.commit, now, api.concurrency, stop, manner.fail_fast)
        events({"event": "start", "run": run_id, "plan": plan_id(plan), "changes": len(plan.changes)})
        commit: Callable[..., None] = lambda transition: session.backend.commit(transition, lease=lease)  # noqa: E731
        found: list[Outcome] = []
        try:
            with output.progress(len(plan.changes)) as step:
                for outcome in apply(plan, state, live, commit, run):
                    found.append(outcome)
                    events({"event": "outcome", "run": run_id, **ends.outcome_document(outcome)})
                    step(str(outcome.address))
        except ReconcilerError as error:
            # what ended before is not lost with it
            if found:
                output.note(outcomes_text(found, width=output.width, colour=False))
            events({"event": "error", "run": run_id, "message": error.message})
            raise
        events({"event": "end", "run": run_id, "summary": ends.summary(found)})
    return Ended(run_id, tuple(sorted(found, key=lambda o: o.address)), stop.is_set())


def refuse_stale(plan: Plan, backend: Backend, lineage: str, serial: int) -> None:
    """Refuse where the record has moved since the plan was made: somebody applied in between."""
    born_since = not plan.lineage and serial == 0
    if (plan.lineage, plan.serial) == (lineage, serial) or born_since:
        return
    done = next((e for e in backend.history(None, None) if e.plan == plan_id(plan)), None)
    if done is not None:
        raise Refused(
            f"this plan was applied already, at {done.at} by {done.actor}",
            hint="plan again to see what is left",
        )
    raise Refused(
        f"the plan is stale: it was made at serial {plan.serial} of the record, which is at {serial} now",
        hint="plan again, and apply that",
    )


@contextmanager
def leased(
    backend: Backend, holder: Holder, timeout: float = 0, lost: Callable[[], None] = lambda: None
) -> Iterator[Lease]:
    """The lock, renewed while it is held and freed at the end, however that comes.

    Wait up to `timeout` seconds for it. `lost` is called where somebody has taken it from us.
    """
    lease = _acquired(backend, holder, timeout)
    over = threading.Event()

    def renew() -> None:
        while not over.wait(LEASE_SECONDS / 3):
            try:
                backend.renew(lease)
            except ReconcilerError:
                lost()
                return

    heart = threading.Thread(target=renew, name="heartbeat", daemon=True)
    heart.start()
    try:
        yield lease
    finally:
        over.set()
        heart.join()
        backend.release(lease)


def _acquired(backend: Backend, holder: Holder, timeout: float) -> Lease:
    end = time.monotonic() + timeout
    while True:
        try:
            return backend.acquire(holder, LEASE_SECONDS)
        except Refused:
            left = end - time.monotonic()
            if left <= 0:
                raise
            time.sleep(min(left, _ASK_AGAIN_SECONDS))


@contextmanager
def _events(path: Path | None) -> Iterator[Callable[[dict[str, object]], None]]:
    """Writes each event to the file as it happens; nowhere without one."""
    if path is None:
        yield lambda _event: None
        return
    try:
        with path.open("a", encoding="utf-8") as file:

            def write(event: dict[str, object]) -> None:
                file.write(json.dumps({"at": now(), **event}) + "\n")
                file.flush()

            yield write
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", hint="check the folder") from error


def finish(output: Output, plan: Plan, ended: Ended, form: str) -> int:
    """Say how it ended; the exit code of that."""
    found = ended.outcomes
    if form == "json":
        output.result(encode(ends.to_document(found, plan_id(plan), ended.run)).decode())
    elif form == "markdown":
        output.result(outcomes_markdown(found, limit=JOB_SUMMARY))
    elif found:
        output.result(outcomes_text(found, width=output.width, colour=output.colour))
    statuses = {o.status for o in found}
    if ended.stopped and Status.NOT_TRIED in statuses and not statuses & {Status.FAILED, Status.UNKNOWN}:
        return Interrupted.exit_code
    if statuses & {Status.FAILED, Status.UNKNOWN}:
        return ReconcilerError.exit_code
    return Refused.exit_code if statuses & {Status.STALE, Status.BLOCKED} else 0
