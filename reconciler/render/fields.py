"""How one field of a change is seen: its values, or what differs inside them, and whose doing it is. Pure."""

from __future__ import annotations

from reconciler.changes import Cause, Change, Create, FieldChange, SignMoved
from reconciler.render.safe import safe
from reconciler.render.seen import DetailView, FieldView
from reconciler.render.shown import is_list, is_listed, show, show_item, summarise
from reconciler.render.words import NOT_OURS, whose
from reconciler.values import Maybe, Missing


def field_view(change: Change, field: FieldChange, *, mixed: bool) -> FieldView:
    """`mixed`: the change has fields of the branch's own and others, so that each has to say which it is."""
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
        whence=NOT_OURS if mixed and field.inherited else "",
        before=before,
        after="" if field.cause is Cause.RELEASE else after,
        recorded=show(field.recorded) if field.cause is Cause.CONFLICT else "",
        details=details,
        file=safe(source.file) if source else "",
        line=source.line if source else 0,
        column=source.column if source else 0,
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
