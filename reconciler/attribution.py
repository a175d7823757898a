"""In whose plan is drift: what a branch's plan has from its merge base stands apart from its own. Pure.

Both plans are made from one record and one reading of live, so what both would do was waiting before the
branch came: drift, or manifests that are merged and not applied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.changes import Change, FieldChange
from reconciler.plan import Plan
from reconciler.resources import Address
from reconciler.values import same


def attributed(plan: Plan, base: Plan, commit: str) -> Plan:
    """The branch's plan, with `inherited` set on what the plan of the merge base has too.

    A field is inherited where the base would set the same one, of the same object, to an equal value.
    A change is inherited as a whole where all of its fields are; one without fields, such as a deletion,
    where the base would do the same. Objects are matched by the addresses that they have in the branch.
    """
    moved = dict(plan.moves)
    there = {moved.get(c.address, c.address): c for c in base.changes}
    changes = tuple(_attributed(c, _counterpart(c, there, plan, base)) for c in plan.changes)
    return replace(plan, changes=changes, base=commit)


def _counterpart(change: Change, there: Mapping[Address, Change], plan: Plan, base: Plan) -> Change | None:
    """What the base would do to the same object: the same action, over the same connection."""
    other = there.get(change.address)
    connection = change.address.connection
    if other is None or plan.connections.get(connection) != base.connections.get(connection):
        return None
    return other if (other.action, other.uuid) == (change.action, change.uuid) else None


def _attributed(change: Change, other: Change | None) -> Change:
    theirs = {f.path: f for f in other.fields} if other else {}
    fields = tuple(replace(f, inherited=_is_in(f, theirs)) for f in change.fields)
    return replace(change, fields=fields, inherited=other is not None and all(f.inherited for f in fields))


def _is_in(field: FieldChange, theirs: Mapping[str, FieldChange]) -> bool:
    return field.path in theirs and same(theirs[field.path].after, field.after)
