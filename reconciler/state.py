"""The record of what was applied, and the only ways in which it changes. Pure: no I/O, no clock.

A backend stores a State durably, one Transition at a time; it never decides what a transition means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconciler.resources import Address, Recorded
from reconciler.values import Json


@dataclass(frozen=True, slots=True)
class Intent:
    """A write that is about to be sent. Durable before the request leaves; closed with its outcome.

    `at` is RFC 3339 in UTC. One that is still open when a run starts is in doubt.
    """

    id: str
    run: str
    address: Address
    action: str
    at: str
    requests: Json


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One applied change: who, when, from which commit and plan, what, and how it ended.

    `fields` is a list of `{path, before, after, cause, sign, outcome, by}` without the keys that are unknown:
    `sign` is what the sign of a suspect field had become, `by` the command where it was not `apply`.
    """

    at: str
    actor: str
    commit: str
    plan: str
    run: str
    address: Address
    action: str
    status: str
    message: str
    fields: Json


@dataclass(frozen=True, slots=True)
class Transition:
    """What one transaction changes. Raises the serial by one."""

    put: tuple[Recorded, ...] = ()
    drop: tuple[Address, ...] = ()
    open: Intent | None = None
    close: str = ""
    history: tuple[HistoryEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """`lineage` names this record for life; `serial` counts its transitions; `intents` are still open."""

    lineage: str
    serial: int = 0
    records: Mapping[Address, Recorded] = field(default_factory=dict)
    intents: Mapping[str, Intent] = field(default_factory=dict)

    def after(self, transition: Transition) -> State:
        records = {a: r for a, r in self.records.items() if a not in transition.drop}
        records.update((r.address, r) for r in transition.put)
        intents = {i: intent for i, intent in self.intents.items() if i != transition.close}
        if transition.open is not None:
            intents[transition.open.id] = transition.open
        return replace(self, serial=self.serial + 1, records=records, intents=intents)
