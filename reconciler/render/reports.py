"""The plan as forges take it: annotations, SARIF, GitLab's plan widget. Pure.

Each finding is one field that differs, at the line of the manifest that asks for it; what has no field, as
a deletion, is one finding by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from reconciler.changes import LIVE_MOVED, Cause
from reconciler.plan import Plan
from reconciler.planfile import encode
from reconciler.render.annotations import Annotation, Level, commands, each_line, located
from reconciler.render.sarif import Result, sarif
from reconciler.render.seen import ChangeView, FieldView
from reconciler.render.shown import number
from reconciler.render.view import view
from reconciler.render.words import NOT_OURS

PROJECT_FILE: Final = "reconciler.yaml"
"""Where a finding is put that no manifest asks for: a scanner shows none without a place."""
_RULES: Final = {
    "conflict": "the manifest and live moved, apart",
    "drift": "live moved outside git",
    "suspect": "a value that cannot be read back may have moved",
    "change": "the manifest moved",
    "adopt": "an existing object is taken over",
    "unverified": "a value that cannot be read back was never applied",
    "release": "a field is no longer managed",
    "create": "an object is created",
    "update": "an object is updated",
    "delete": "an object is deleted",
    "forget": "an object is no longer managed",
}
_MOVED: Final = LIVE_MOVED | {Cause.ADOPT}
_SARIF_LEVEL: Final = {"error": "error", "warning": "warning", "notice": "note"}


@dataclass(frozen=True, slots=True)
class _Finding:
    change: ChangeView
    rule: str
    level: Level
    message: str
    path: str = ""
    file: str = ""
    line: int = 1
    column: int = 1
    inherited: bool = False


def plan_github(plan: Plan, *, prefix: str = "") -> str:
    """Errors for what deletes, conflicts or is refused; warnings for what moved outside git; notices else.

    A created object is one notice. `prefix` is the project's folder as seen from the repository's root.
    """
    seen = view(plan)
    refused = [
        Annotation("error", f"refused: {o.guard}", each_line((o.message, *o.addresses, f"if you mean it: {o.lift}")))
        for o in seen.objections
    ]  # fmt: skip
    found = [_annotation(f, prefix) for c in seen.changes for f in _findings(c, each_field=False)]
    return commands([*refused, *found])


def plan_sarif(plan: Plan, *, prefix: str = "") -> str:
    """A result a field. Raise TooLong where what deletes or conflicts is more than an upload takes."""
    seen = view(plan)
    found = [f for c in seen.changes for f in _findings(c, each_field=True)]
    found.sort(key=lambda f: not f.change.dangerous)  # what is cut at the end is never one of these
    results = [_result(f, plan.environment, prefix) for f in found]
    return sarif(results, _RULES, category=f"reconciler/{seen.environment}/")


def plan_gitlab(plan: Plan) -> str:
    """`{"create", "update", "delete"}`: the objects that applying it would write. [GitLab terraform report]"""
    done = [{"adopt": "update"}.get(c.action, c.action) for c in plan.writes]
    return encode({action: done.count(action) for action in ("create", "update", "delete")}).decode()


def _findings(change: ChangeView, *, each_field: bool) -> Iterator[_Finding]:
    first = next((f for f in change.fields if f.file), None)
    whole = _Finding(
        change,
        change.action,
        _level(change, None),
        each_line((f"{change.what}: {change.address}", *change.notes)),
        inherited=change.inherited,
    )
    if first is not None:
        whole = replace(whole, file=first.file, line=first.line, column=first.column)
    if change.action == "create" and not each_field:
        named = ", ".join(f.path for f in change.fields)
        fields = f"with {number(len(change.fields), 'field')}: {named}" if named else ""
        yield replace(whole, message=each_line((whole.message, fields)))
    elif not change.fields or change.action == "delete":
        yield whole
    else:
        yield from (_of_field(change, field) for field in change.fields)


def _of_field(change: ChangeView, field: FieldView) -> _Finding:
    told = f" ({field.whose})" if field.whose else ""
    return _Finding(
        change,
        field.cause.value,
        _level(change, field),
        each_line(
            (
                f"{change.what}: {field.path}: {field.values}{told}",
                *(f"{d.sign} {d.text}" for d in field.details),
                field.recorded and f"last applied {field.recorded}",
                field.sign,
            )
        ),
        field.path,
        field.file,
        field.line,
        field.column,
        inherited=change.inherited or bool(field.whence),
    )


def _level(change: ChangeView, field: FieldView | None) -> Level:
    cause = field.cause if field else change.cause
    if change.action == "delete" or cause is Cause.CONFLICT:
        return "error"
    return "warning" if cause in _MOVED and (field or change.action != "adopt") else "notice"


def _annotation(finding: _Finding, prefix: str) -> Annotation:
    whence = f" ({NOT_OURS})" if finding.inherited else ""
    file = located(finding.file, prefix) if finding.file else ""
    title = finding.change.address + whence
    return Annotation(finding.level, title, finding.message, file, finding.line, finding.column)


def _result(finding: _Finding, environment: str, prefix: str) -> Result:
    address, whence = finding.change.address, f" ({NOT_OURS})" if finding.inherited else ""
    told = "; ".join(finding.message.split("\n"))
    parts = (environment, address, finding.path, finding.rule)
    return Result(
        rule=finding.rule,
        level=_SARIF_LEVEL[finding.level],  # type: ignore[arg-type]
        message=f"{address}{whence}: {told}",
        file=located(finding.file or PROJECT_FILE, prefix),
        line=finding.line,
        column=finding.column,
        subject=address,
        fingerprint=sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest(),
        vital=finding.change.dangerous,
        properties={"inherited": True} if finding.inherited else {},
    )
