"""The one view of a plan that every renderer shows: plain data, in reading order. Pure.

All text in it that comes from manifests or live is neutral (`safe`). What deletes or conflicts comes
first, so that a long plan cannot hide it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.changes import Cause, Change, Create, Delete, FieldChange, Objection, SignMoved
from reconciler.plan import Plan
from reconciler.render.safe import safe
from reconciler.render.shown import is_list, is_listed, show, show_item, summarise
from reconciler.render.words import SYMBOL, catching_up, legend, sends, verdict, what, whose
from reconciler.resources import Address
from reconciler.values import Maybe, Missing


@dataclass(frozen=True, slots=True)
class DetailView:
    """One difference inside a list: `+ rule 2 in group 1: AccountNumber EQUALS "1"`."""

    sign: str
    where: str
    before: str
    after: str

    @property
    def text(self) -> str:
        return f"{self.where}: {_arrow(self.before, self.after)}"


@dataclass(frozen=True, slots=True)
class FieldView:
    """`before` or `after` is empty where there is none to show. `recorded` is told in a conflict only.

    Where there are `details`, the values are but a summary of them. `sign` says which sign of it moved.
    """

    path: str
    cause: Cause
    whose: str
    before: str
    after: str
    recorded: str
    details: tuple[DetailView, ...]
    source: str
    sign: str

    @property
    def values(self) -> str:
        return _arrow(self.before, self.after)


@dataclass(frozen=True, slots=True)
class RequestView:
    """`body` is JSON on one line, or empty."""

    method: str
    path: str
    body: str


@dataclass(frozen=True, slots=True)
class ChangeView:
    """`requests_in_words` is `1 PATCH`, or empty; `notes` are sentences; `refused_by` names guards."""

    address: str
    connection: str
    action: str
    symbol: str
    what: str
    cause: Cause
    dangerous: bool
    source: str
    notes: tuple[str, ...]
    refused_by: tuple[str, ...]
    fields: tuple[FieldView, ...]
    requests: tuple[RequestView, ...]
    requests_in_words: str


@dataclass(frozen=True, slots=True)
class Group:
    """The changes of one connection, dangerous ones first, then by address."""

    connection: str
    changes: tuple[ChangeView, ...]


@dataclass(frozen=True, slots=True)
class ObjectionView:
    guard: str
    message: str
    addresses: tuple[str, ...]
    lift: str


@dataclass(frozen=True, slots=True)
class PlanView:
    """`verdict` is the last line, and the only one where `empty`; `catching_up` is a sentence or empty; `sends` is `3 PATCH, 1 POST` or
    empty, and `sending` the words before it.
    """

    title: str
    environment: str
    origin: str
    created_at: str
    commit: str
    empty: bool
    verdict: str
    catching_up: str
    sending: str
    sends: str
    summary: Mapping[str, int]
    groups: tuple[Group, ...]
    objections: tuple[ObjectionView, ...]
    legend: tuple[tuple[str, str], ...]


_TITLES: Final = {"drift": "Drift in", "rollback": "Rollback in"}


def view(plan: Plan) -> PlanView:
    sending = frozenset(c.address for c in plan.writes)
    refusing = [(safe(o.guard), frozenset(o.addresses)) for o in plan.objections]
    shown = [
        _change(c, sending, tuple(guard for guard, addresses in refusing if c.address in addresses))
        for c in plan.changes
    ]
    by_connection: dict[str, list[ChangeView]] = {}
    for seen in sorted(shown, key=lambda c: (_gravity(c), c.address)):
        by_connection.setdefault(seen.connection, []).append(seen)
    groups = [Group(name, tuple(changes)) for name, changes in by_connection.items()]
    return PlanView(
        title=_TITLES.get(plan.mode, "Plan for"),
        environment=safe(plan.environment),
        origin=safe(plan.origin),
        created_at=safe(plan.created_at),
        commit=safe(plan.project_commit),
        empty=plan.empty,
        verdict=verdict(plan),
        catching_up=catching_up(plan),
        sending="Correcting it would send" if plan.mode == "drift" else "Applying it sends",
        sends=sends([r for c in plan.changes for r in c.requests]),
        summary=plan.summary(),
        groups=tuple(sorted(groups, key=lambda g: (_gravity(g.changes[0]), g.connection))),
        objections=tuple(map(_objection, plan.objections)),
        legend=legend(plan),
    )


def _gravity(change: ChangeView) -> int:
    return 2 if not change.dangerous else 0 if change.action == Delete.action else 1


def _objection(objection: Objection) -> ObjectionView:
    guard = safe(objection.guard)
    addresses = tuple(safe(str(a)) for a in objection.addresses)
    return ObjectionView(guard, safe(objection.message), addresses, f"--allow {guard}")


def _change(change: Change, sending: frozenset[Address], refused_by: tuple[str, ...]) -> ChangeView:
    conflict = any(f.cause is Cause.CONFLICT for f in change.fields)
    return ChangeView(
        address=safe(str(change.address)),
        connection=safe(change.address.connection),
        action=change.action,
        symbol=SYMBOL[change.action],
        what=what(change) + (", conflict" if conflict else ""),
        cause=change.cause,
        dangerous=conflict or isinstance(change, Delete),
        source=_places(change.fields),
        notes=tuple(_notes(change, sending)),
        refused_by=refused_by,
        fields=tuple(_field(change, f) for f in change.fields),
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


def _field(change: Change, field: FieldChange) -> FieldView:
    details = () if field.cause is Cause.RELEASE else details_of(field.before, field.after)
    short = bool(details) or (field.cause is Cause.SUSPECT and is_listed(field.after))
    before, after = (_shown(v, short) for v in (field.before, field.after))
    if isinstance(change, Create):
        before = ""
    elif field.cause is Cause.SUSPECT or (
        field.cause is Cause.UNVERIFIED and isinstance(field.before, Missing)
    ):
        before = "(unknown)"
    if details and before == after:
        before = ""
    source = field.source
    return FieldView(
        path=safe(field.path),
        cause=field.cause,
        whose=whose(change, field),
        before=before,
        after="" if field.cause is Cause.RELEASE else after,
        recorded=show(field.recorded) if field.cause is Cause.CONFLICT else "",
        details=details,
        source=f"{safe(source.file)}:{source.line}" if source else "",
        sign=_sign(field.sign) if field.sign else "",
    )


def _sign(sign: SignMoved) -> str:
    return f"its sign {safe(sign.name)} was {show(sign.recorded)}, is {show(sign.observed)}"


def _shown(value: Maybe, in_detail: bool) -> str:
    return summarise(value) if in_detail and is_list(value) else show(value)


def details_of(before: Maybe, after: Maybe) -> tuple[DetailView, ...]:
    """What differs inside a list. Nothing where the values are best told whole."""
    if not (is_listed(before) and is_listed(after)):
        return ()
    if not (before or after):
        return ()
    from reconciler.describe import describe  # noqa: PLC0415 - brings deepdiff, only for lists that changed

    return tuple(
        DetailView(
            d.sign,
            safe(d.where),
            "" if isinstance(d.before, Missing) else show_item(d.before),
            "" if isinstance(d.after, Missing) else show_item(d.after),
        )
        for d in describe(before, after)
    )


def _arrow(before: str, after: str) -> str:
    return f"{before} → {after}" if before and after else before or after
