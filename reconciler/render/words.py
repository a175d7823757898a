"""The product's words: whose change it is, what will be done, how many of each. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from reconciler.changes import Cause, Change, Create, Delete, Evidence, FieldChange, Request
from reconciler.plan import Plan
from reconciler.render.safe import safe
from reconciler.render.shown import number

WHOSE: Final[Mapping[Cause, str]] = {
    Cause.CONFLICT: "both",
    Cause.DRIFT: "changed outside git",
    Cause.SUSPECT: "suspect",
    Cause.CHANGE: "manifest",
    Cause.ADOPT: "first time",
    Cause.UNVERIFIED: "unverified",
    Cause.RELEASE: "released",
}
LEGEND: Final = {
    "both": "the manifest and live moved, apart",
    "first time": "never applied from here, and live differs",
    "suspect": "cannot be read back, and a sign of it moved: sent again",
    "unverified": "cannot be read back and was never applied: sent once, then believed",
    "believed": "the old value is what was last applied, not verified: it cannot be read back",
    "not read back": "the API does not return it: after this it is believed, not verified",
    "released": "no longer managed: live keeps its value",
}
"""What the shorter words mean, told once under a plan that has them."""
NOT_OURS: Final = "not from this branch"
PENDING_BEFORE: Final = "Pending without it: moved outside git, or merged and not applied yet."
SYMBOL: Final = {"create": "+", "update": "~", "adopt": ">", "delete": "-", "forget": "."}
COUNTED: Final = {
    "create": "to create",
    "update": "to update",
    "adopt": "to adopt",
    "delete": "to delete",
    "forget": "to forget",
    "unchanged": "unchanged",
    "drift": "drifted",
    "conflict": "in conflict",
}


def whose(change: Change, field: FieldChange) -> str:
    """Whose change the field's difference is, and whether its old value is only believed."""
    if isinstance(change, Create):
        return "not read back" if field.evidence is Evidence.ASSERTED else ""
    if field.evidence is Evidence.ASSERTED and field.cause in {Cause.CHANGE, Cause.CONFLICT, Cause.DRIFT}:
        return f"{WHOSE[field.cause]}; believed"
    return WHOSE[field.cause]


def legend(plan: Plan) -> tuple[tuple[str, str], ...]:
    """The words of the plan that want a meaning, with it."""
    told = {word for c in plan.changes for f in c.fields for word in whose(c, f).split("; ")}
    return tuple((word, meaning) for word, meaning in LEGEND.items() if word in told)


def what(change: Change) -> str:
    """What will be done to the object."""
    released = bool(change.fields) and all(f.cause is Cause.RELEASE for f in change.fields)
    match change.action, bool(change.requests):
        case "adopt", True:
            return "adopt and update"
        case "adopt", False:
            return "adopt, already equal" if not change.fields or released else "adopt, nothing to send"
        case "update", False:
            return "release, nothing to send" if released else "update, nothing to send"
        case "forget", _:
            return "forget, live object stays"
        case action, _:
            return action


def counts(summary: Mapping[str, int]) -> str:
    """`1 to create, 2 to update, 38 unchanged; 1 drifted`, without the zeros."""
    told = {key: f"{summary[key]} {words}" for key, words in COUNTED.items() if summary.get(key)}
    moved = [told.pop(key) for key in ("drift", "conflict") if key in told]
    return "; ".join(", ".join(part) for part in ([*told.values()], moved) if part)


def verdict(plan: Plan) -> str:
    """The sum of a plan, or that there is nothing to do."""
    drift, many = plan.mode == "drift", plan.unchanged != 1
    if plan.empty and plan.mode == "rollback":
        return "Nothing to restore."
    if plan.empty:
        agree = ("are" if many else "is") + " as last applied"
        if not drift:
            agree = ("match" if many else "matches") + " the manifests"
        return f"{'No drift' if drift else 'No changes'}. {number(plan.unchanged, 'object')} {agree}."
    if plan.mode == "rollback":
        return f"Rollback: {number(len(plan.changes), 'object')} to restore."
    if drift:
        moved = number(len(plan.changes), "object")
        return f"Drift: {moved} changed outside git, {plan.unchanged} as last applied."
    return f"Plan: {counts(plan.summary())}."


def whence(plan: Plan) -> str:
    """`2 changes from this branch; 1 pending from before it.` Nothing where nobody looked."""
    if not plan.base or plan.empty:
        return ""
    before = sum(c.inherited for c in plan.changes)
    own = len(plan.changes) - before
    parts = sum(any(f.inherited for f in c.fields) for c in plan.changes if not c.inherited)
    ours = f"{number(own, 'change') if own else 'No change'} from this branch"
    ours += f" ({parts} in part)" if parts else ""
    return f"{ours}; {before or 'none'} pending from before it."


def advice(plan: Plan) -> str:
    """What to do about it, in a line."""
    if plan.objections:
        return "Read why it is refused; then mend the manifests, or lift the guard by name."
    if plan.empty:
        return ""
    if plan.mode == "drift":
        return "Take it over into the manifests, or correct live: reconciler apply --only drift"
    if plan.base and all(c.inherited for c in plan.changes):
        return "Nothing of it is this branch's doing: apply or correct it first, and plan again."
    if any(isinstance(c, Delete) or any(f.cause is Cause.CONFLICT for f in c.fields) for c in plan.changes):
        return "Read what deletes or conflicts before anything else. Nothing was sent."
    return "Review it, then apply it. Nothing was sent."


def catching_up(plan: Plan) -> str:
    """That records will be brought up to date or moved without a call, or nothing."""
    changed = {c.address for c in plan.changes}
    quiet = [r for r in plan.catch_up if r.address not in changed]
    caught = [f"{number(len(quiet), 'record')} will catch up with live, without a call."] if quiet else []
    moved = [f"{safe(str(old))} moves to {safe(str(new))}, without a call." for old, new in plan.moves]
    return " ".join([*caught, *moved])


def sends(requests: Sequence[Request]) -> str:
    """`3 PATCH, 1 POST`, or nothing."""
    methods = Counter(r.method for r in requests)
    return ", ".join(f"{methods[m]} {safe(m)}" for m in sorted(methods))
