"""The one view of a plan that every renderer shows: plain data, in reading order. Pure.

All text in it that comes from manifests or live is neutral (`safe`). What the branch did comes first, and
what was pending without it after that; in each, what deletes or conflicts comes before anything else, so
that a long plan cannot hide it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from reconciler.changes import Cause, Change, Create, Delete, FieldChange, Objection
from reconciler.plan import Plan
from reconciler.render.fields import field_view
from reconciler.render.safe import safe
from reconciler.render.seen import ChangeView, Group, ObjectionView, PlanView, RequestView
from reconciler.render.shown import show
from reconciler.render.words import SYMBOL, advice, catching_up, legend, sends, verdict, what, whence
from reconciler.resources import Address

_SHORT: Final = 12
"""So much of a commit's name tells it from others."""
DANGEROUS: Final = "Deletes and conflicts"
_TITLES: Final = {"drift": "Drift in", "rollback": "Rollback in"}


def view(plan: Plan) -> PlanView:
    sending = frozenset(c.address for c in plan.writes)
    refusing = [(safe(o.guard), frozenset(o.addresses)) for o in plan.objections]
    shown = [
        _change(
            c, sending, tuple(guard for guard, addresses in refusing if c.address in addresses), plan.base
        )
        for c in sorted(plan.changes, key=lambda c: str(c.address))
    ]
    return PlanView(
        title=_TITLES.get(plan.mode, "Plan for"),
        environment=safe(plan.environment),
        origin=safe(plan.origin),
        created_at=safe(plan.created_at),
        commit=safe(plan.project_commit),
        base=safe(plan.base[:_SHORT]),
        empty=plan.empty,
        verdict=verdict(plan),
        whence=whence(plan),
        advice=advice(plan),
        catching_up=catching_up(plan),
        sending="Correcting it would send" if plan.mode == "drift" else "Applying it sends",
        sends=sends([r for c in plan.changes for r in c.requests]),
        summary=plan.summary(),
        groups=_groups(c for c in shown if not c.inherited),
        inherited=_groups(c for c in shown if c.inherited),
        objections=tuple(map(_objection, plan.objections)),
        legend=legend(plan),
    )


def _groups(changes: Iterable[ChangeView]) -> tuple[Group, ...]:
    """What deletes, then what conflicts, then the rest by connection."""
    dangerous: list[ChangeView] = []
    by_connection: dict[str, list[ChangeView]] = {}
    for change in changes:
        (dangerous if change.dangerous else by_connection.setdefault(change.connection, [])).append(change)
    dangerous.sort(key=lambda c: c.action != Delete.action)
    groups = [Group(name, False, tuple(found)) for name, found in sorted(by_connection.items())]
    return (*([Group(DANGEROUS, True, tuple(dangerous))] if dangerous else []), *groups)


def _objection(objection: Objection) -> ObjectionView:
    guard = safe(objection.guard)
    addresses = tuple(safe(str(a)) for a in objection.addresses)
    return ObjectionView(guard, safe(objection.message), addresses, f"--allow {guard}")


def _change(
    change: Change, sending: frozenset[Address], refused_by: tuple[str, ...], base: str
) -> ChangeView:
    inherited = bool(base) and change.inherited
    conflict = any(f.cause is Cause.CONFLICT for f in change.fields)
    return ChangeView(
        address=safe(str(change.address)),
        connection=safe(change.address.connection),
        action=change.action,
        symbol=SYMBOL[change.action],
        what=what(change) + (", conflict" if conflict else ""),
        cause=change.cause,
        dangerous=conflict or isinstance(change, Delete),
        inherited=inherited,
        source=_places(change.fields),
        notes=tuple(_notes(change, sending)),
        refused_by=refused_by,
        fields=tuple(field_view(change, f, mixed=bool(base) and not inherited) for f in change.fields),
        requests=tuple(
            RequestView(safe(r.method), safe(r.path), show(r.body) if r.body is not None else "")
            for r in change.requests
        ),
        requests_in_words=sends(change.requests),
    )


def _places(fields: Sequence[FieldChange]) -> str:
    """The first line concerned in each manifest file."""
    first: dict[str, int] = {}
    for source in sorted(f.source for f in fields if f.source is not None):
        first.setdefault(source.file, source.line)
    return ", ".join(f"{safe(file)}:{line}" for file, line in first.items())


def _notes(change: Change, sending: frozenset[Address]) -> list[str]:
    notes = []
    if change.action in {"adopt", "delete", "forget"} and change.uuid:
        name = f"{show(change.name)}, " if change.name else ""
        notes.append(f"live object {name}{safe(change.uuid)}")
    if isinstance(change, Create) and change.cause is Cause.DRIFT:
        notes.append("it was there and is gone: removed outside git")
    first = [safe(str(a)) for a in change.depends_on if a in sending]
    if first and change.requests:
        notes.append(f"after {', '.join(first)}")
    return notes
