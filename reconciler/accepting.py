"""Drift accepted: what live has becomes what the manifests ask for, as edits of the user's own files. Pure.

Only single values that were read back from live can be accepted. Each other is refused, with its place
and what to do by hand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from reconciler.changes import Cause, Change, Create, Evidence, FieldChange
from reconciler.errors import Problem, Severity, Source
from reconciler.kinds import OBJECTS, Field, Form
from reconciler.manifests import Edit
from reconciler.plan import Plan
from reconciler.pull import literal
from reconciler.resources import Address, Desired, Recorded
from reconciler.values import MISSING, Json, Missing, is_name_of, is_uuid_of

MOVED = frozenset({Cause.DRIFT, Cause.CONFLICT, Cause.ADOPT, Cause.SUSPECT})
_NOWHERE = Source("", 0, 0)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """`edits` by file, `accepted` as (address, path), and what is refused."""

    edits: Mapping[str, tuple[Edit, ...]]
    accepted: frozenset[tuple[Address, str]]
    refused: tuple[Problem, ...]


def acceptance(
    plan: Plan,
    desired: Iterable[Desired],
    records: Iterable[Recorded],
    addresses: Collection[Address],
    paths: Sequence[str] = (),
) -> Acceptance:
    """What to write so that live is as it is wished for. `paths` are globs of fields; none means all."""
    wishes = {d.address: d for d in desired}
    moved = dict(plan.moves)
    bound = {(r.address.connection, r.uuid): moved.get(r.address, r.address) for r in records}
    names = {place: address for place, address in bound.items() if address in wishes}
    edits: dict[str, list[Edit]] = {}
    accepted: set[tuple[Address, str]] = set()
    refused: list[Problem] = []
    for change in (c for c in plan.changes if c.address in addresses):
        if isinstance(change, Create) and change.cause is Cause.DRIFT:
            refused.append(_gone(change, wishes[change.address]))
            continue
        for field in _moved(change, paths):
            found = _edit(change, field, wishes[change.address], names)
            if isinstance(found, Problem):
                refused.append(found)
            else:
                edits.setdefault(found.source.file, []).append(found)
                accepted.add((change.address, field.path))
    return Acceptance({f: tuple(e) for f, e in sorted(edits.items())}, frozenset(accepted), tuple(refused))


def unsettled(plan: Plan, accepted: Collection[tuple[Address, str]]) -> tuple[str, ...]:
    """Of what was accepted, what the plan of the edited manifests would change all the same."""
    return tuple(
        f"{c.address} {f.path}" for c in plan.changes for f in c.fields if (c.address, f.path) in accepted
    )


def _moved(change: Change, paths: Sequence[str]) -> Iterator[FieldChange]:
    if isinstance(change, Create):
        return
    for field in change.fields:
        if field.cause in MOVED and (not paths or any(fnmatchcase(field.path, p) for p in paths)):
            yield field


def _gone(change: Change, wish: Desired) -> Problem:
    return Problem(
        Severity.ERROR, "gone", f"{change.address}: live has it no longer, it was removed outside git",
        wish.source or _NOWHERE,
        "to accept that, remove its manifest: its record is then forgotten; apply makes it again", str(change.address),
    )  # fmt: skip


def _edit(
    change: Change, field: FieldChange, wish: Desired, names: Mapping[tuple[str, str], Address]
) -> Edit | Problem:
    label, address = f"{change.address}: {field.path}", str(change.address)
    source = field.source or _NOWHERE

    def refused(rule: str, why: str, hint: str) -> Problem:
        return Problem(Severity.ERROR, rule, f"{label} {why}", source, hint, address)

    kind = OBJECTS[change.address.kind].fields[field.path]
    if field.evidence is not Evidence.OBSERVED or not kind.read:
        return refused(
            "unreadable", "cannot be read back from live, so nobody knows what to accept",
            "look it up in the console and write it by hand; apply sends what the manifest says",
        )  # fmt: skip
    written = wish.fields[field.path].value
    if is_uuid_of(written) or is_name_of(written):
        other = names.get((change.address.connection, str(field.before))) if is_uuid_of(written) else None
        if other is None:
            return refused(
                "reference", "refers to another manifest, and what live has there has none",
                f"write it by hand, or import that object first; live has {field.before!r}",
            )  # fmt: skip
        was = Address.parse(str(next(iter(written.values()))))
        return Edit(source, f"{was.kind}/{was.name}", f"{other.kind}/{other.name}", label, address)
    before, after = _scalar(written), _observed(kind, field.before)
    if isinstance(before, Missing) or isinstance(after, Missing):
        return refused("no-value", "has no value in live that a manifest can say", "edit it by hand")
    return Edit(source, before, after, label, address)


def _scalar(value: object) -> str | bool | Missing | None:
    """MISSING for what no single value of a manifest says."""
    match value:
        case None | bool():
            return value
        case str():
            return str(value)
        case _:
            return MISSING


def _observed(field: Field, value: object) -> str | bool | Missing | None:
    """What live has, as a manifest says it: text that looks like a template stands in one."""
    match field.form, value:
        case Form.FLAG, bool():
            return value
        case Form.TEXT, None:
            return None if field.nullable else ""
        case Form.TEXT, str() as text:
            written: Json = literal(str(text))
            return str(written)
        case _:
            return MISSING
