"""Drift as far as it can be seen: a connection that cannot be read hides no other.

Only for looking. What is to be applied is planned from everything or from nothing (`pipeline.make_plan`):
here, too, nothing is ever concluded about what was not read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from reconciler.errors import LiveError, ReconcilerError, Undecidable
from reconciler.pipeline import Question, Reader, make_plan, whole_object
from reconciler.plan import Plan
from reconciler.resources import Address
from reconciler.state import State


@dataclass(frozen=True, slots=True)
class Survey:
    """`plan` is about the connections that could be read; `broken` says of each other one why it could not."""

    plan: Plan
    broken: Mapping[str, ReconcilerError] = field(default_factory=dict)

    @property
    def blind(self) -> bool:
        """Nothing could be read at all."""
        return bool(self.broken) and not self.plan.connections


def survey(question: Question, state: State, reader: Reader) -> Survey:
    """Drift of every connection that can be read. `reader` remembers what it was told (`review.Snapshot`).

    Raise LiveError where the run was stopped, UsageError for a target that means nothing.
    """
    try:
        return Survey(make_plan(question, state, reader))
    except (LiveError, Undecidable) as error:
        if _is_stopped(error):
            raise
    broken: dict[str, ReconcilerError] = {}
    for name in sorted(question.connections):
        try:
            make_plan(*_only(replace(question, targets=()), state, {name}), reader)
        except (LiveError, Undecidable) as error:
            if _is_stopped(error):
                raise
            broken[name] = error
    whole = question.connections.keys() - broken.keys()
    return Survey(make_plan(*_only(question, state, whole), reader), broken)


def _means(target: str, addresses: Iterable[Address]) -> bool:
    return any(fnmatchcase(str(a), whole_object(target)) for a in addresses)


def _is_stopped(error: ReconcilerError) -> bool:
    return isinstance(error, LiveError) and error.stopped


def _only(question: Question, state: State, names: Collection[str]) -> tuple[Question, State]:
    """As if there were these connections and no others: no record of another one is looked at."""
    records = {a: r for a, r in state.records.items() if a.connection in names}
    targets = [t for t in question.targets if _means(t, records) or not _means(t, state.records)]
    if question.targets and not targets:
        records = {}  # all that was asked for is elsewhere
    narrowed = replace(
        question,
        connections={n: uuid for n, uuid in question.connections.items() if n in names},
        desired=[d for d in question.desired if d.address.connection in names],
        targets=targets,
    )
    intents = {i: intent for i, intent in state.intents.items() if intent.address in records}
    return narrowed, replace(state, records=records, intents=intents)
