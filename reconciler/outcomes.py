"""How each change of an apply ended, and each of its fields. Pure data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reconciler.errors import UsageError
from reconciler.reading import Reader
from reconciler.resources import Address
from reconciler.values import Json


class Status(StrEnum):
    """`already`: live had it, nothing was sent. `stale`: live moved since the plan, nothing was sent.

    `blocked`: something it depends on did not succeed. `unknown`: sent, and no answer came.
    """

    DONE = "done"
    ALREADY = "already"
    FAILED = "failed"
    STALE = "stale"
    BLOCKED = "blocked"
    NOT_TRIED = "not tried"
    UNKNOWN = "unknown"


class Result(StrEnum):
    """`verified`: read back equal. `accepted`: cannot be read back. `normalised`: the server spells it
    in its own way. `dropped`: answered with success, and not there.
    """

    VERIFIED = "verified"
    ACCEPTED = "accepted"
    NORMALISED = "normalised"
    DROPPED = "dropped"


UNTOUCHED: Final = frozenset({Status.ALREADY, Status.STALE, Status.BLOCKED, Status.NOT_TRIED})
"""Nothing was sent for these. A failed one may have sent a part."""


@dataclass(frozen=True, slots=True)
class FieldOutcome:
    path: str
    result: Result
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`action` is the change's; `message` says why it did not succeed, or is empty."""

    address: Address
    action: str
    status: Status
    message: str = ""
    fields: tuple[FieldOutcome, ...] = ()


def summary(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """How many ended how, with every status as a key."""
    counted = Counter(o.status for o in outcomes)
    return {status.value: counted[status] for status in Status}


def field_summary(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """How many fields ended how, with every result as a key."""
    counted = Counter(f.result for o in outcomes for f in o.fields)
    return {result.value: counted[result] for result in Result}


def untouched(outcomes: Iterable[Outcome]) -> bool:
    """Certain that nothing was sent. What failed midway, or got no answer, may have changed something."""
    return all(o.status in UNTOUCHED and not o.fields for o in outcomes)


def to_document(outcomes: Sequence[Outcome], plan_id: str, run: str) -> dict[str, Json]:
    """For `apply --format json`: an outcome a change, in the order in which they ended."""
    return {
        "format_version": "1.0",
        "plan": plan_id,
        "run": run,
        "summary": dict(summary(outcomes)),
        "outcomes": [outcome_document(o) for o in outcomes],
    }


def outcome_document(outcome: Outcome) -> dict[str, Json]:
    return {
        "address": str(outcome.address),
        "action": outcome.action,
        "status": outcome.status.value,
        "message": outcome.message,
        "fields": [{"path": f.path, "result": f.result.value, "detail": f.detail} for f in outcome.fields],
    }


def from_document(document: object) -> tuple[tuple[Outcome, ...], str]:
    """Read back what `to_document` made: the outcomes, and the id of their plan. Raise UsageError."""
    if not isinstance(document, dict) or "outcomes" not in document:
        raise UsageError("these are no outcomes", hint="write them with: apply --format json")
    reader = Reader(document, "outcomes")
    found = tuple(
        Outcome(
            o.address("address"),
            o.text("action"),
            Status(o.one_of("status", tuple(Status))),
            o.text("message"),
            tuple(
                FieldOutcome(f.text("path"), Result(f.one_of("result", tuple(Result))), f.text("detail"))
                for f in o.objects("fields")
            ),
        )
        for o in reader.objects("outcomes")
    )
    return found, reader.text("plan")
