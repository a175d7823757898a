"""What an apply writes down: intents before requests, outcomes after them, and the record as it grows.

One transaction each. Shared by the threads of a run.
"""

from __future__ import annotations

import uuid as uuids
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import Event, Lock

from reconciler.changes import Change, Forget
from reconciler.errors import LiveError, Refused
from reconciler.kinds import OBJECTS
from reconciler.outcomes import Outcome, Result, Status
from reconciler.plan import Plan
from reconciler.planfile import plan_id
from reconciler.resources import Address, Observed, Recorded
from reconciler.state import HistoryEntry, Intent, State, Transition
from reconciler.values import Json, Missing, is_uuid_of
from reconciler.verify import next_record, released, verify, written

APPLY = "apply"


@dataclass(frozen=True, slots=True)
class Run:
    """Who applies, and by which clock (RFC 3339 in UTC). `stop` ends the run after what is under way.

    `command` is what the history says of it.
    What the server seems to have dropped is read again after each of `lag` (seconds): it may only be late.
    What was looked at more than `fresh_seconds` ago is looked at again before it is written.
    """

    id: str
    actor: str
    commit: str
    now: Callable[[], str]
    concurrency: int = 8
    stop: Event = field(default_factory=Event)
    fail_fast: bool = False
    command: str = APPLY
    lag: tuple[float, ...] = (0.2, 0.5, 1.0)
    fresh_seconds: float = 10.0


class Recording:
    """The record during one run."""

    def __init__(self, plan: Plan, state: State, commit: Callable[[Transition], None], run: Run) -> None:
        self._plan, self._commit, self._run = plan, commit, run
        self._plan_id = plan_id(plan)
        self._records = dict(state.records)
        moves = dict(plan.moves)
        self._doubts = {moves.get(i.address, i.address): i.id for i in state.intents.values()}
        self._lock = Lock()

    def settle(self) -> None:
        """Write down what needs no call: records that catch up, and doubts that live has answered."""
        for old, new in self._plan.moves:
            self._move(old, new)
        if self._plan.catch_up:
            self._commit(Transition(put=self._plan.catch_up))
            self._records.update((r.address, r) for r in self._plan.catch_up)
        for intent in self._plan.answered:
            self._commit(Transition(close=intent))

    def _move(self, old: Address, new: Address) -> None:
        record = replace(self._records.pop(old), address=new)
        self._records[new] = record
        entry = HistoryEntry(
            self._run.now(), self._run.actor, self._run.commit, self._plan_id, self._run.id, new, "move",
            Status.DONE.value, f"from {old}", [],
        )  # fmt: skip
        self._commit(Transition(put=(record,), drop=(old,), history=(entry,)))

    def opened(self, change: Change) -> Intent:
        """The intent to send the change's requests, durable when this returns. It closes an older doubt."""
        intent = Intent(
            str(uuids.uuid4()), self._run.id, change.address, change.action, self._run.now(),
            [{"method": r.method, "path": r.path, "body": r.body} for r in change.requests],
        )  # fmt: skip
        self._commit(Transition(open=intent, close=self._doubt(change)))
        return intent

    def only(self, change: Change) -> Outcome:
        """A change that sends nothing: the record alone moves."""
        old = self._records.get(change.address)
        if isinstance(change, Forget):
            transition = Transition(drop=(change.address,))
        else:
            transition = Transition(put=(released(old, change.fields),)) if old else Transition()
        done = Outcome(change.address, change.action, Status.DONE)
        self._commit(replace(transition, history=(self._entry(change, done),)))
        return done

    def finished(
        self, change: Change, observed: Observed, status: Status, intent: Intent | None = None
    ) -> Outcome:
        """What took effect, as read afterwards."""
        object_type = OBJECTS[change.address.kind]
        fields = verify(object_type, change.fields, written(change.fields), observed)
        record = next_record(object_type, change, self._records.get(change.address), fields, observed)
        dropped = [f.path for f in fields if f.result is Result.DROPPED]
        message = f"dropped by the server: {', '.join(dropped)}" if dropped else ""
        ended = Outcome(change.address, change.action, Status.FAILED if dropped else status, message, fields)
        self._put(change, (record,), ended, intent)
        return ended

    def deleted(self, change: Change, status: Status, intent: Intent | None = None) -> Outcome:
        done = Outcome(change.address, change.action, status)
        close = intent.id if intent else self._doubt(change)
        entry = self._entry(change, done)
        self._commit(Transition(drop=(change.address,), close=close, history=(entry,)))
        return done

    def broken(
        self, change: Change, intent: Intent, answer: Observed | None, error: LiveError | Refused
    ) -> Outcome:
        """A request failed. What went before it took effect and is recorded; a doubt stays in the journal."""
        doubtful = isinstance(error, LiveError) and error.maybe_sent
        stopped = isinstance(error, LiveError) and error.stopped and answer is None
        status = Status.UNKNOWN if doubtful else Status.NOT_TRIED if stopped else Status.FAILED
        ended = Outcome(change.address, change.action, status, error.message)
        put: tuple[Recorded, ...] = ()
        if answer is not None:
            object_type = OBJECTS[change.address.kind]
            values = {p: v for p, v in written(change.fields).items() if not object_type.fields[p].switch}
            fields = verify(object_type, change.fields, values, answer)
            put = (next_record(object_type, change, self._records.get(change.address), fields, answer),)
            ended = replace(ended, fields=fields)
        self._put(change, put, ended, intent)
        return ended

    def resolved(self, change: Change) -> Change:
        """The change with the uuids of what was made earlier in this run."""
        fields = tuple(
            replace(f, after=self._uuid(f.after)) if is_uuid_of(f.after) else f for f in change.fields
        )
        requests = tuple(replace(r, body=self._fill(r.body)) if r.body else r for r in change.requests)
        return replace(change, fields=fields, requests=requests)

    def _put(
        self, change: Change, records: tuple[Recorded, ...], ended: Outcome, intent: Intent | None
    ) -> None:
        close = "" if ended.status is Status.UNKNOWN else intent.id if intent else self._doubt(change)
        self._commit(Transition(put=records, close=close, history=(self._entry(change, ended),)))
        with self._lock:
            self._records.update((r.address, r) for r in records)

    def _doubt(self, change: Change) -> str:
        """The intent of an earlier run that this change answers, or empty."""
        return self._doubts.get(change.address, "")

    def _entry(self, change: Change, outcome: Outcome) -> HistoryEntry:
        results = {f.path: f.result.value for f in outcome.fields}
        fields = [
            {"path": f.path, "cause": f.cause.value}
            | {k: v for k, v in (("before", f.before), ("after", f.after)) if not isinstance(v, Missing)}
            | ({"sign": f.sign.observed} if f.sign else {})
            | ({"outcome": results[f.path]} if f.path in results else {})
            | ({"by": self._run.command} if self._run.command != APPLY else {})
            for f in change.fields
        ]
        return HistoryEntry(
            self._run.now(), self._run.actor, self._run.commit, self._plan_id, self._run.id,
            change.address, change.action, outcome.status.value, outcome.message, fields,
        )  # fmt: skip

    def _fill(self, body: Mapping[str, Json]) -> dict[str, Json]:
        return {
            k: self._uuid(v) if is_uuid_of(v) else self._fill(v) if isinstance(v, Mapping) else v
            for k, v in body.items()
        }

    def _uuid(self, value: Mapping[str, str]) -> Json:
        with self._lock:
            record = self._records.get(Address.parse(value["uuid_of"]))
        return record.uuid if record else value
