"""A plan carried out: under the lock, until its end or an interruption, with every outcome told."""

from __future__ import annotations

import json
import math
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler import config, outcomes as ends
from reconciler.apply import Run, apply
from reconciler.backends import Backend, Holder, Lease, uptime
from reconciler.cli.output import Output
from reconciler.cli.session import Session, now
from reconciler.cli.signals import exit_code, interruption, on_interruption
from reconciler.errors import ReconcilerError, Refused, UsageError
from reconciler.outcomes import Outcome, Status
from reconciler.plan import Plan
from reconciler.planfile import encode, plan_id
from reconciler.recording import APPLY
from reconciler.render import JOB_SUMMARY, outcomes_markdown, outcomes_text

if TYPE_CHECKING:  # httpx comes with it: help and completion do without
    from reconciler.live import Writer

LEASE_SECONDS = 60.0
_ASK_AGAIN_SECONDS = 1.0


class Stale(Refused):
    """The record has moved since the plan was made. Nothing was sent."""


def anew(session: Session, attempt: Callable[[], int]) -> int:
    """Plan and apply, and where somebody else applied between the two, once more. For what nobody reviewed."""
    try:
        return attempt()
    except Stale:
        session.output.note("The record moved while this was planned or waited for the lock: planned anew.")
        return attempt()


@dataclass(frozen=True, slots=True)
class Manner:
    """How a plan is carried out. `lock_timeout` is in seconds; `events` a file for a line of JSON an event.

    `command` is what the lock and the history say of it.
    """

    lock_timeout: float = 0
    fail_fast: bool = False
    events: Path | None = None
    command: str = APPLY


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended. `run` is empty where there was none, because nothing had to be done.

    `stopped` is the number of the signal that stopped it, or 0.
    """

    run: str = ""
    outcomes: tuple[Outcome, ...] = ()
    stopped: int = 0

    @property
    def code(self) -> int:
        """The exit code of it."""
        statuses = {o.status for o in self.outcomes}
        if self.stopped and statuses - {Status.DONE, Status.ALREADY}:
            return exit_code(self.stopped)
        if statuses & {Status.FAILED, Status.UNKNOWN}:
            return ReconcilerError.exit_code
        return Refused.exit_code if statuses - {Status.DONE, Status.ALREADY} else 0


def carry_out(session: Session, live: Writer, plan: Plan, manner: Manner) -> Ended:
    """Apply under the lock. Raise Stale where the record has moved, Refused where the lock is held for too long."""
    output, run_id = session.output, str(uuid.uuid4())
    stop, term = threading.Event(), Term()
    signals: list[int] = []

    def ask(number: int) -> None:
        signals.append(number)
        output.note("Stopping: no new request is sent, what is under way is recorded.")
        stop.set()
        live.stop()

    holder = Holder(config.actor(), os.getpid(), run_id, session.commit, manner.command)
    with ExitStack() as stack:
        events = stack.enter_context(_events(manner.events, output))
        stack.enter_context(on_interruption(ask))
        try:
            lease = stack.enter_context(leased(session.backend, holder, manner.lock_timeout, term, stop))
        except Refused:
            if signals:  # while it waited for the lock
                raise interruption(signals[0]) from None
            raise
        live.only_while(term.lasts)
        state = session.backend.load()
        refuse_stale(plan, session.backend, state.lineage, state.serial)
        api = session.project.environment.spec.api
        run = Run(
            run_id,
            config.actor(),
            session.commit,
            now,
            api.concurrency,
            stop,
            manner.fail_fast,
            manner.command,
        )
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
            if signals:
                raise interruption(signals[0]) from error
            raise
        events({"event": "end", "run": run_id, "summary": ends.summary(found)})
    if stop.is_set() and not signals:
        output.note("Stopped: somebody else has taken the lock on the state.")
    return Ended(run_id, tuple(sorted(found, key=lambda o: o.address)), next(iter(signals), 0))


def refuse_stale(plan: Plan, backend: Backend, lineage: str, serial: int) -> None:
    """Refuse where the record has moved since the plan was made: somebody applied in between. Raise Stale."""
    born_since = not plan.lineage and serial == 0
    if (plan.lineage, plan.serial) == (lineage, serial) or born_since:
        return
    done = next((e for e in backend.history(None, None) if e.plan == plan_id(plan)), None)
    if done is not None:
        raise Refused(
            f"this plan was applied already, at {done.at} by {done.actor}",
            hint="plan again to see what is left",
        )
    raise Stale(
        f"the plan is stale: it was made at serial {plan.serial} of the record, which is at {serial} now",
        hint="plan again, and apply that",
    )


class Term:
    """How long the lock is surely ours: a process that was paused finds out before it writes again."""

    def __init__(self) -> None:
        self._end = -math.inf

    def begins(self, asked: float) -> None:
        """The lease was granted or renewed, and the store was asked for it at `asked`, by the uptime."""
        self._end = asked + LEASE_SECONDS

    def lasts(self) -> bool:
        return uptime() < self._end


@contextmanager
def leased(
    backend: Backend,
    holder: Holder,
    timeout: float = 0,
    term: Term | None = None,
    lost: threading.Event | None = None,
) -> Iterator[Lease]:
    """The lock, renewed while it is held and freed at the end, however that comes.

    Wait up to `timeout` seconds for it; `lost`, which is set where somebody has taken it from us, ends that too.
    """
    term, lost = term or Term(), lost or threading.Event()
    lease = _acquired(backend, holder, timeout, term, lost)
    over = threading.Event()

    def renew() -> None:
        while not over.wait(LEASE_SECONDS / 3):
            asked = uptime()
            try:
                backend.renew(lease)
            except Refused:
                lost.set()
                return
            except ReconcilerError:
                continue  # the store may be back at the next beat, and until its end the term runs on
            term.begins(asked)

    heart = threading.Thread(target=renew, name="heartbeat", daemon=True)
    heart.start()
    try:
        yield lease
    finally:
        over.set()
        heart.join()
        backend.release(lease)


def _acquired(backend: Backend, holder: Holder, timeout: float, term: Term, stop: threading.Event) -> Lease:
    end = time.monotonic() + timeout
    while True:
        asked = uptime()
        try:
            lease = backend.acquire(holder, LEASE_SECONDS)
        except Refused:
            left = end - time.monotonic()
            if left <= 0 or stop.is_set():
                raise
            time.sleep(min(left, _ASK_AGAIN_SECONDS))
        else:
            term.begins(asked)
            return lease


@contextmanager
def _events(path: Path | None, output: Output) -> Iterator[Callable[[dict[str, object]], None]]:
    """Writes each event to the file as it happens; nowhere without one.

    Raise UsageError where the file cannot be opened. That it fills up later does not end a run.
    """
    if path is None:
        yield lambda _event: None
        return
    try:
        file = path.open("a", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", hint="check the folder") from error
    broken: list[OSError] = []

    def write(event: dict[str, object]) -> None:
        try:
            file.write(json.dumps({"at": now(), **event}) + "\n")
            file.flush()
        except OSError as error:
            if not broken:
                output.note(f"Warning: {path} is missing events from here on: {error.strerror}")
            broken.append(error)

    try:
        yield write
    finally:
        with suppress(OSError):
            file.close()


def finish(output: Output, plan: Plan, ended: Ended, form: str) -> int:
    """Say how it ended; the exit code of that."""
    found = ended.outcomes
    if form == "json":
        output.result(encode(ends.to_document(found, plan_id(plan), ended.run)).decode())
    elif form == "markdown":
        output.result(outcomes_markdown(found, limit=JOB_SUMMARY))
    elif found:
        output.result(outcomes_text(found, width=output.width, colour=output.colour))
    return ended.code
