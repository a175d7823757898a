"""Carry out a plan: re-read what it touches, refuse what moved, journal, send, verify, record.

Nothing is decided here: bodies, order and preconditions come from the plan alone.
"""

from __future__ import annotations

import uuid as uuids
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Event, Lock
from typing import Protocol

from reconciler.changes import Change, Create, Delete, Forget, Request
from reconciler.diff import precondition
from reconciler.errors import LiveError, Refused
from reconciler.kinds import OBJECTS, ObjectType, at
from reconciler.outcomes import FieldOutcome, Outcome, Result, Status
from reconciler.plan import Plan
from reconciler.planfile import plan_id
from reconciler.projection import observe, unwrap
from reconciler.resources import Address, Observed, Recorded
from reconciler.schedule import in_order
from reconciler.state import HistoryEntry, Intent, State, Transition
from reconciler.values import Json, Missing, is_uuid_of
from reconciler.verify import at_target, next_record, released, verify, written

BULK_FROM = 10
"""From so many touched objects of one type on, a list costs less than asking for each."""


class Writer(Protocol):
    """What is asked of live. Every method raises LiveError."""

    def objects(self, object_type: ObjectType, connection: str) -> Mapping[str, Observed]: ...

    def object(self, object_type: ObjectType, connection: str, uuid: str) -> Observed | None: ...

    def send(self, request: Request) -> Mapping[str, Json]: ...


@dataclass(frozen=True, slots=True)
class Run:
    """Who applies, and by which clock (RFC 3339 in UTC). `stop` ends the run after what is under way."""

    id: str
    actor: str
    commit: str
    now: Callable[[], str]
    concurrency: int = 8
    stop: Event = field(default_factory=Event)


def apply(
    plan: Plan, state: State, live: Writer, commit: Callable[[Transition], None], run: Run
) -> Iterator[Outcome]:
    """Yield one outcome a change, as each ends. Raise LiveError if live cannot be re-read: nothing was sent."""
    engine = _Engine(plan, state, live, commit, run)
    engine.settle()
    with ThreadPoolExecutor(run.concurrency, thread_name_prefix="apply") as pool:
        engine.reread(pool)
        yield from in_order(plan, engine.carry_out, pool, run.stop)


class _Engine:
    """One run's moving parts: the record as it grows, what was re-read, and the uuids of what was made."""

    def __init__(
        self, plan: Plan, state: State, live: Writer, commit: Callable[[Transition], None], run: Run
    ) -> None:
        self._plan, self._live, self._commit, self._run = plan, live, commit, run
        self._plan_id = plan_id(plan)
        self._records = dict(state.records)
        self._doubts = {i.address: i.id for i in state.intents.values()}
        self._fresh: dict[Address, Observed | None] = {}
        self._lock = Lock()

    def settle(self) -> None:
        """Write down what needs no call, in one transaction."""
        if self._plan.catch_up:
            self._commit(Transition(put=self._plan.catch_up))
            self._records.update((r.address, r) for r in self._plan.catch_up)

    def reread(self, pool: ThreadPoolExecutor) -> None:
        """See every object that will be written, as it is now."""
        groups: dict[tuple[str, str], list[Change]] = {}
        for change in self._plan.writes:
            groups.setdefault((change.address.connection, change.address.kind), []).append(change)
        for found in pool.map(self._reread_group, groups.values()):
            self._fresh.update(found)

    def _reread_group(self, changes: list[Change]) -> dict[Address, Observed | None]:
        object_type = OBJECTS[changes[0].address.kind]
        connection = self._connection(changes[0].address)
        if object_type.singleton or (
            len(changes) < BULK_FROM and not any(isinstance(c, Create) for c in changes)
        ):
            return {c.address: self._live.object(object_type, connection, c.uuid) for c in changes}
        objects = self._live.objects(object_type, connection)
        names = {o.name: o for o in objects.values()}
        return {
            c.address: names.get(c.name) if isinstance(c, Create) else objects.get(c.uuid) for c in changes
        }

    def carry_out(self, change: Change) -> Outcome:
        """Do one change, from its precondition to its record. Never raises LiveError."""
        if not change.requests:
            return self._record_only(change)
        object_type = OBJECTS[change.address.kind]
        observed = self._fresh[change.address]
        paths = [f.path for f in change.fields]
        whole = isinstance(change, Create | Delete)
        resolved = self._resolved(change)
        if observed is not None and not whole and at_target(object_type, resolved.fields, observed):
            return self._finish(resolved, observed, Status.ALREADY, "")
        touched = () if whole else paths
        if precondition(object_type, touched, observed) != change.precondition:
            return self._ended(change, Status.STALE, _moved(change, observed))
        return self._write(resolved, object_type)

    def _record_only(self, change: Change) -> Outcome:
        old = self._records.get(change.address)
        if isinstance(change, Forget):
            transition = Transition(drop=(change.address,))
        else:
            transition = Transition(put=(released(old, change.fields),)) if old else Transition()
        done = Outcome(change.address, change.action, Status.DONE)
        self._commit(replace(transition, history=(self._entry(change, done),)))
        return done

    def _write(self, change: Change, object_type: ObjectType) -> Outcome:
        intent = Intent(
            str(uuids.uuid4()), self._run.id, change.address, change.action, self._run.now(),
            [{"method": r.method, "path": r.path, "body": r.body} for r in change.requests],
        )  # fmt: skip
        self._commit(Transition(open=intent, close=self._doubts.get(change.address, "")))
        sent: list[Request] = []
        answer: Observed | None = None
        try:
            for request in change.requests:
                body = self._live.send(
                    replace(request, path=at(request.path, "", answer.uuid if answer else change.uuid))
                )
                sent.append(request)
                answer = answer or self._seen(object_type, change, body)
        except (LiveError, Refused) as error:
            return self._broken(change, intent, answer if sent else None, error)
        if isinstance(change, Delete):
            return self._deleted(change, intent)
        return self._verified(change, object_type, intent, answer)

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
        values = written(change.fields)
        try:
            answer = self._complete(change, object_type, answer)
        except LiveError as error:
            return self._ended(change, Status.UNKNOWN, f"sent, and could not be read back: {error.message}")
        if answer is None:
            return self._ended(change, Status.UNKNOWN, "sent, and the object could not be found afterwards")
        return self._finish(
            change, answer, Status.DONE, intent.id, verify(object_type, change.fields, values, answer)
        )

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
            return self._live.object(object_type, connection, uuid)
        alike = [o for o in self._live.objects(object_type, connection).values() if o.name == change.name]
        return alike[0] if len(alike) == 1 else None

    def _finish(
        self,
        change: Change,
        observed: Observed,
        status: Status,
        intent: str,
        fields: tuple[FieldOutcome, ...] = (),
    ) -> Outcome:
        values = written(change.fields)
        fields = fields or verify(OBJECTS[change.address.kind], change.fields, values, observed)
        record = next_record(change, self._records.get(change.address), fields, observed)
        dropped = [f.path for f in fields if f.result is Result.DROPPED]
        message = f"dropped by the server: {', '.join(dropped)}" if dropped else ""
        outcome = Outcome(
            change.address, change.action, Status.FAILED if dropped else status, message, fields
        )
        self._commit(Transition(put=(record,), close=intent, history=(self._entry(change, outcome),)))
        with self._lock:
            self._records[change.address] = record
        return outcome

    def _deleted(self, change: Change, intent: Intent) -> Outcome:
        done = Outcome(change.address, change.action, Status.DONE)
        self._commit(
            Transition(drop=(change.address,), close=intent.id, history=(self._entry(change, done),))
        )
        return done

    def _broken(
        self, change: Change, intent: Intent, answer: Observed | None, error: LiveError | Refused
    ) -> Outcome:
        """A request failed. What went before it took effect and is recorded; a doubt stays in the journal."""
        doubtful = isinstance(error, LiveError) and error.maybe_sent
        status = Status.UNKNOWN if doubtful else Status.FAILED
        outcome = Outcome(change.address, change.action, status, error.message)
        put: tuple[Recorded, ...] = ()
        if answer is not None:
            object_type = OBJECTS[change.address.kind]
            values = {p: v for p, v in written(change.fields).items() if not object_type.fields[p].switch}
            fields = verify(object_type, change.fields, values, answer)
            put = (next_record(change, self._records.get(change.address), fields, answer),)
            outcome = replace(outcome, fields=fields)
        close = "" if doubtful else intent.id
        self._commit(Transition(put=put, close=close, history=(self._entry(change, outcome),)))
        with self._lock:
            self._records.update((r.address, r) for r in put)
        return outcome

    def _ended(self, change: Change, status: Status, message: str) -> Outcome:
        return Outcome(change.address, change.action, status, message)

    def _entry(self, change: Change, outcome: Outcome) -> HistoryEntry:
        results = {f.path: f.result.value for f in outcome.fields}
        fields = [
            {"path": f.path, "cause": f.cause.value}
            | {k: v for k, v in (("before", f.before), ("after", f.after)) if not isinstance(v, Missing)}
            | ({"outcome": results[f.path]} if f.path in results else {})
            for f in change.fields
        ]
        return HistoryEntry(
            self._run.now(), self._run.actor, self._run.commit, self._plan_id, self._run.id,
            change.address, change.action, outcome.status.value, outcome.message, fields,
        )  # fmt: skip

    def _connection(self, address: Address) -> str:
        return self._plan.connections[address.connection]

    def _resolved(self, change: Change) -> Change:
        """The change with the uuids of what was made earlier in this run."""
        fields = tuple(
            replace(f, after=self._uuid(f.after)) if is_uuid_of(f.after) else f for f in change.fields
        )
        requests = tuple(replace(r, body=self._fill(r.body)) if r.body else r for r in change.requests)
        return replace(change, fields=fields, requests=requests)

    def _fill(self, body: Mapping[str, Json]) -> dict[str, Json]:
        return {
            k: self._uuid(v) if is_uuid_of(v) else self._fill(v) if isinstance(v, Mapping) else v
            for k, v in body.items()
        }

    def _uuid(self, value: Mapping[str, str]) -> Json:
        with self._lock:
            record = self._records.get(Address.parse(value["uuid_of"]))
        return record.uuid if record else value


def _moved(change: Change, observed: Observed | None) -> str:
    if isinstance(change, Create):
        return f"a live object named {change.name!r} has appeared since the plan"
    return "live has moved since the plan" if observed else "the live object is gone since the plan"
