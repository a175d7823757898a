"""Carry out a plan: re-read what it touches, refuse what moved, journal, send, verify, record.

Nothing is decided here: bodies, order and preconditions come from the plan alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Protocol

from reconciler.changes import Change, Create, Delete, Request
from reconciler.diff import precondition
from reconciler.errors import LiveError, Refused
from reconciler.kinds import OBJECTS, ObjectType, at
from reconciler.outcomes import Outcome, Result, Status
from reconciler.plan import Plan
from reconciler.projection import observe, unwrap
from reconciler.recording import Recording, Run
from reconciler.rereading import Reader, Rereading
from reconciler.resources import Address, Observed
from reconciler.schedule import in_order
from reconciler.state import Intent, State, Transition
from reconciler.values import Json
from reconciler.verify import at_target, verify, written

__all__ = ["Run", "Writer", "apply"]


class Writer(Reader, Protocol):
    """What is asked of live. Every method raises LiveError."""

    def send(self, request: Request) -> Mapping[str, Json]: ...


def apply(
    plan: Plan, state: State, live: Writer, commit: Callable[[Transition], None], run: Run
) -> Iterator[Outcome]:
    """Yield one outcome a change, as each ends. Raise LiveError if live cannot be re-read: nothing was sent."""
    recording = Recording(plan, state, commit, run)
    recording.settle()
    engine = _Engine(plan, live, recording, run)
    with ThreadPoolExecutor(run.concurrency, thread_name_prefix="apply") as pool:
        engine.rereading.begin(pool)
        yield from in_order(plan, engine.carry_out, pool, run.stop, fail_fast=run.fail_fast)


class _Engine:
    """One run: what was re-read, and what is sent."""

    def __init__(self, plan: Plan, live: Writer, recording: Recording, run: Run) -> None:
        self._plan, self._live, self._recording, self._run = plan, live, recording, run
        self.rereading = Rereading(plan, live, run.fresh_seconds)

    def carry_out(self, change: Change) -> Outcome:
        """Do one change, from its precondition to its record. Never raises LiveError."""
        if not change.requests:
            return self._recording.only(change)
        object_type = OBJECTS[change.address.kind]
        whole = isinstance(change, Create | Delete)
        touched = () if whole else [f.path for f in change.fields]
        try:
            observed = self._seen_now(change, object_type, touched)
        except LiveError as error:
            return Outcome(change.address, change.action, *_unread(error))
        as_planned = precondition(object_type, touched, observed) == change.precondition
        if not as_planned and self._run.stop.is_set():
            return Outcome(change.address, change.action, Status.NOT_TRIED, "the run was stopped")
        resolved = self._recording.resolved(change)
        if isinstance(change, Delete) and observed is None:
            return self._recording.deleted(change, Status.ALREADY)
        if observed is not None and not whole and at_target(object_type, resolved.fields, observed):
            return self._recording.finished(resolved, observed, Status.ALREADY)
        if not as_planned:
            return Outcome(change.address, change.action, Status.STALE, _moved(change, observed))
        return self._write(resolved, object_type)

    def _seen_now(self, change: Change, object_type: ObjectType, touched: Sequence[str]) -> Observed | None:
        """The object as it is. What differs from the plan may come from a replica that lags: it is read again."""
        observed = self.rereading.observed(change)
        for pause in self._run.lag:
            if precondition(object_type, touched, observed) == change.precondition:
                break
            if self._run.stop.wait(pause):
                break
            observed = self.rereading.again(change)
        return observed

    def _write(self, change: Change, object_type: ObjectType) -> Outcome:
        intent = self._recording.opened(change)
        sent = False
        answer: Observed | None = None
        try:
            for request in change.requests:
                uuid = answer.uuid if answer else change.uuid
                body = self._live.send(replace(request, path=at(request.path, "", uuid)))
                sent = True
                answer = answer or self._seen(object_type, change, body)
        except (LiveError, Refused) as error:
            return self._recording.broken(change, intent, answer if sent else None, error)
        if isinstance(change, Delete):
            return self._gone(change, object_type, intent)
        return self._verified(change, object_type, intent, answer)

    def _gone(self, change: Change, object_type: ObjectType, intent: Intent) -> Outcome:
        """The record is kept until live has the object no more, whatever the answer said."""
        try:
            for pause in (*self._run.lag, None):
                left = self._live.object(object_type, self._connection(change.address), change.uuid)
                if left is None:
                    return self._recording.deleted(change, Status.DONE, intent)
                if pause is None or self._run.stop.wait(pause):
                    break
        except LiveError as error:
            why = f"sent, and whether it is gone could not be read: {error.message}"
            return Outcome(change.address, change.action, Status.UNKNOWN, why)
        return self._recording.broken(
            change, intent, None, LiveError("answered with success, and still there")
        )

    def _seen(self, object_type: ObjectType, change: Change, body: Mapping[str, Json]) -> Observed | None:
        """The object in the answer to a write, if the answer holds it."""
        item = unwrap(object_type, body)
        if object_type.singleton or not item.get("uuid"):
            return None
        return observe(object_type, item, self._connection(change.address))

    def _verified(
        self, change: Change, object_type: ObjectType, intent: Intent, answer: Observed | None
    ) -> Outcome:
        """Compare with the answer; where that falls short or differs, with one more read."""
        try:
            answer = self._complete(change, object_type, answer)
        except LiveError as error:
            why = f"sent, and could not be read back: {error.message}"
            return Outcome(change.address, change.action, Status.UNKNOWN, why)
        if answer is None:
            why = "sent, and the object could not be found afterwards"
            return Outcome(change.address, change.action, Status.UNKNOWN, why)
        return self._recording.finished(change, answer, Status.DONE, intent)

    def _complete(self, change: Change, object_type: ObjectType, answer: Observed | None) -> Observed | None:
        values = written(change.fields)
        switched = any(object_type.fields[p].switch for p in values)
        if answer is not None and not switched and object_type.signs == tuple(sorted(answer.signs)):
            results = {o.result for o in verify(object_type, change.fields, values, answer)}
            if results <= {Result.VERIFIED, Result.ACCEPTED}:
                return answer
        connection = self._connection(change.address)
        uuid = answer.uuid if answer else change.uuid
        if uuid:
            return self._read_back(change, object_type, uuid)
        alike = [o for o in self._live.objects(object_type, connection).values() if o.name == change.name]
        return alike[0] if len(alike) == 1 else None

    def _read_back(self, change: Change, object_type: ObjectType, uuid: str) -> Observed | None:
        """The object after the write. An older value may come from a replica that lags: it is read again."""
        values = written(change.fields)
        for pause in (*self._run.lag, None):
            observed = self._live.object(object_type, self._connection(change.address), uuid)
            late = observed is not None and any(
                o.result is Result.DROPPED for o in verify(object_type, change.fields, values, observed)
            )
            if not late or pause is None or self._run.stop.wait(pause):
                break
        return observed

    def _connection(self, address: Address) -> str:
        return self._plan.connections[address.connection]


def _unread(error: LiveError) -> tuple[Status, str]:
    if error.stopped:
        return Status.NOT_TRIED, error.message
    return Status.FAILED, f"not sent, for it could not be read again: {error.message}"


def _moved(change: Change, observed: Observed | None) -> str:
    if isinstance(change, Create):
        return f"a live object named {change.name!r} has appeared since the plan"
    return "live has moved since the plan" if observed else "the live object is gone since the plan"
