"""The way through, as the design draws it: read everything, decide, object, plan.

Nothing here prints, prompts or decides; it joins the rooms below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from glob import escape
from typing import Protocol

from reconciler import doubts
from reconciler.changes import Change, Forget, Objection
from reconciler.decide import Decision, World, before, decide, last_applied
from reconciler.errors import LiveError, UsageError
from reconciler.guards import Limits, Scene, objections
from reconciler.identity import Live, managed
from reconciler.kinds import KINDS, OBJECTS, ObjectType
from reconciler.plan import Plan
from reconciler.resources import Address, Desired, Observed
from reconciler.state import HistoryEntry, State


class Reader(Protocol):
    """What is asked of live to plan: it has no way to write. Every method raises LiveError."""

    def objects(self, object_type: ObjectType, connection: str) -> Mapping[str, Observed]: ...

    def object(self, object_type: ObjectType, connection: str, uuid: str) -> Observed | None: ...


@dataclass(frozen=True, slots=True)
class Question:
    """What a plan is asked for, and by whom: everything but the state and live.

    `connections` gives uuids by name. `created_at` is RFC 3339 in UTC. `mode` is `plan`; `drift` for live
    against last-applied alone; or `rollback` to what was before the `undo` entries of the history. `targets` are addresses or globs; none means all.
    `held` are paths that are left as they are; the empty one stands for the whole object.
    """

    environment: str
    origin: str
    connections: Mapping[str, str]
    desired: Sequence[Desired]
    limits: Limits
    prune: bool
    created_at: str
    project_commit: str = ""
    mode: str = "plan"
    targets: Sequence[str] = ()
    undo: Sequence[HistoryEntry] = ()
    held: Mapping[Address, frozenset[str]] = field(default_factory=dict)


def make_plan(question: Question, state: State, reader: Reader) -> Plan:
    """Read live and decide. Raise LiveError, Undecidable, or UsageError for a target that means nothing."""
    moves = moved_records(question.desired, state)
    if question.mode != "plan":
        # a rename waits for its apply like everything else that the manifests changed
        question, moves = replace(question, desired=as_recorded(question.desired, moves)), ()
    state = _moved(state, moves)
    wishes = _wishes(question, state)
    withdrawn = doubts.withdrawn(state, wishes) if question.mode == "plan" else ()
    known = [*state.records, *(i.address for i in withdrawn)]
    addresses = [*(w.address for w in wishes), *known]
    chosen = _chosen(question.targets, wishes, known)
    if question.mode == "rollback":
        chosen = frozenset(w.address for w in wishes)
    pairs = [p for p in managed(wishes, known) if p[0] in question.connections]
    live = read_live(reader, pairs, question.connections)
    world = World(
        {**state.records, **doubts.made(withdrawn, wishes, state.records, live)},
        live,
        question.connections,
        prune=question.prune and question.mode == "plan",
        doubts=doubts.bodies(state),
    )
    decision = _narrowed(decide(wishes, world), chosen, len(set(addresses)))
    decision = _without_held(_without_forgetting(decision, question.mode), question.held)
    plan = Plan(
        question.environment,
        question.origin,
        question.mode,
        state.lineage,
        state.serial,
        question.created_at,
        question.project_commit,
        connections={name: question.connections[name] for name in sorted({a.connection for a in addresses}) if name in question.connections},
        changes=decision.changes,
        catch_up=decision.catch_up,
        moves=moves,
        answered=_answered(question, state, decision, chosen),
        unchanged=decision.unchanged,
    )  # fmt: skip
    wanted = len(wishes) if question.mode == "plan" else len(state.records)
    return replace(plan, objections=objections(_scene(plan, question, state, wanted)))


def judged(saved: Plan, question: Question, state: State) -> tuple[Objection, ...]:
    """What a plan objects to itself, and what today's policy does: it may have become stricter since."""
    today = objections(_scene(saved, question, state, len(question.desired) or len(state.records)))
    return tuple({o.guard: o for o in (*saved.objections, *today)}.values())


def _scene(plan: Plan, question: Question, state: State, wanted: int) -> Scene:
    protected = tuple(escape(str(w.address)) for w in question.desired if w.protect)
    limits = replace(question.limits, protect=(*map(whole_object, question.limits.protect), *protected))
    return Scene(plan.writes, len(state.records), wanted, limits, question.created_at)


def _answered(
    question: Question, state: State, decision: Decision, chosen: frozenset[Address] | None
) -> tuple[str, ...]:
    """The doubts of earlier runs that were looked at here, and that no write is left for."""
    writes = {c.address for c in decision.changes if c.requests}
    seen = state.records.keys() if question.mode == "drift" else {i.address for i in state.intents.values()}
    return tuple(
        sorted(
            intent.id
            for intent in state.intents.values()
            if intent.address in seen
            and intent.address not in writes
            and intent.address not in question.held
            and (chosen is None or intent.address in chosen)
        )
    )


def moved_records(desired: Iterable[Desired], state: State) -> tuple[tuple[Address, Address], ...]:
    """The records whose manifest has got another name, from and to."""
    return tuple(
        (old, w.address)
        for w in desired
        if (old := w.moved_from) is not None and old in state.records and w.address not in state.records
    )


def as_recorded(desired: Iterable[Desired], moves: Sequence[tuple[Address, Address]]) -> Sequence[Desired]:
    """The manifests, under the addresses that the record still has."""
    back = {new: old for old, new in moves}
    return [replace(w, address=back.get(w.address, w.address)) for w in desired]


def _moved(state: State, moves: Sequence[tuple[Address, Address]]) -> State:
    """The state as it will be once these records have moved."""
    to = dict(moves)
    records = {to.get(a, a): replace(r, address=to.get(a, a)) for a, r in state.records.items()}
    intents = {i: replace(n, address=to.get(n.address, n.address)) for i, n in state.intents.items()}
    return replace(state, records=records, intents=intents)


def _wishes(question: Question, state: State) -> Sequence[Desired]:
    if question.mode == "plan":
        return question.desired
    recorded = {a: r for a, r in state.records.items() if a.connection in question.connections}
    wishes = last_applied(recorded, question.desired)
    if question.mode == "rollback":
        return before(wishes, question.undo)
    return [replace(w, ignore=w.ignore | question.held.get(w.address, frozenset())) for w in wishes]


def read_live(reader: Reader, pairs: Sequence[tuple[str, str]], connections: Mapping[str, str]) -> Live:
    """Every object of the (connection, object type) pairs, connections side by side."""

    def read(pair: tuple[str, str]) -> Mapping[str, Observed]:
        object_type, uuid = OBJECTS[pair[1]], connections[pair[0]]
        if not object_type.singleton:
            return reader.objects(object_type, uuid)
        observed = reader.object(object_type, uuid, uuid)
        if observed is None:
            raise LiveError(
                f"live has no connection {uuid} ({pair[0]})", hint="check the environment's connections"
            )
        return {uuid: observed}

    if not pairs:
        return {}
    with ThreadPoolExecutor(len(pairs), thread_name_prefix="read") as pool:
        return dict(zip(pairs, pool.map(read, pairs), strict=True))


def _chosen(
    targets: Sequence[str], wishes: Sequence[Desired], records: Iterable[Address]
) -> frozenset[Address] | None:
    """The addresses that the targets mean, with all that they depend on; None for no limit."""
    if not targets:
        return None
    needs = {w.address: w.depends_on for w in wishes}
    known = {str(a): a for a in [*needs, *records]}
    chosen: set[Address] = set()
    for target in targets:
        found = {a for text, a in known.items() if fnmatchcase(text, whole_object(target))}
        if not found:
            close = get_close_matches(target, known, n=1)
            hint = f"did you mean {close[0]}?" if close else "addresses are listed by: reconciler state list"
            raise UsageError(f"no object has the address {target!r}", hint=hint)
        chosen |= found
    waiting = list(chosen)
    while waiting:
        new = [a for a in needs.get(waiting.pop(), ()) if a not in chosen]
        chosen.update(new)
        waiting.extend(new)
    return frozenset(chosen)


def whole_object(pattern: str) -> str:
    """A mapping's manifest is a part of its connection's configuration, which is what changes."""
    connection, _, rest = pattern.partition("/")
    kind = KINDS.get(rest.partition("/")[0])
    return f"{connection}/{kind.object}" if kind and kind.fragment else pattern


def _narrowed(decision: Decision, chosen: frozenset[Address] | None, known: int) -> Decision:
    if chosen is None:
        return decision
    changes: tuple[Change, ...] = tuple(c for c in decision.changes if c.address in chosen)
    catch_up = tuple(r for r in decision.catch_up if r.address in chosen)
    return Decision(changes, catch_up, min(len(chosen), known) - len(changes))


def _without_forgetting(decision: Decision, mode: str) -> Decision:
    """Only the manifests can let go of an object: a connection that left the environment is no drift."""
    if mode == "plan":
        return decision
    return replace(decision, changes=tuple(c for c in decision.changes if not isinstance(c, Forget)))


def _without_held(decision: Decision, held: Mapping[Address, frozenset[str]]) -> Decision:
    return replace(
        decision, changes=tuple(c for c in decision.changes if "" not in held.get(c.address, frozenset()))
    )
