"""Two revisions of the manifests, side by side: for a terminal, a comment, a program. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from reconciler.changes import Cause
from reconciler.compare import Difference, FieldDifference, to_document
from reconciler.planfile import encode
from reconciler.render.fields import details_of
from reconciler.render.layout import EMPTY, Line, Span, hanging, to_text
from reconciler.render.markdown_change import block, cell
from reconciler.render.markup import code
from reconciler.render.safe import safe
from reconciler.render.seen import FieldView
from reconciler.render.shown import is_list, number, show, summarise
from reconciler.render.text import field_lines
from reconciler.values import Maybe, Missing, is_name_of, is_uuid_of

DiffFormat: TypeAlias = Literal["text", "json", "markdown"]
DIFF_FORMATS: Final[tuple[DiffFormat, ...]] = ("text", "json", "markdown")
_WORDS: Final[Mapping[Literal["+", "-", "~"], str]] = {"+": "added", "-": "removed", "~": "changed"}
_STYLE: Final = {"+": "green", "-": "red", "~": "yellow"}


@dataclass(frozen=True, slots=True)
class Sides:
    """What is compared: the environment, and each revision in a few words."""

    environment: str
    old: str
    new: str

    @property
    def title(self) -> str:
        return f"{safe(self.environment)}: {safe(self.old)} → {safe(self.new)}"


def render_diff(
    differences: Sequence[Difference],
    sides: Sides,
    form: DiffFormat,
    *,
    width: int = 80,
    colour: bool = False,
) -> str:
    """`width` and `colour` are for text. Ends with a newline."""
    match form:
        case "json":
            return encode(to_document(differences, sides.environment, sides.old, sides.new)).decode()
        case "markdown":
            return "\n".join(_markdown(differences, sides)) + "\n"
        case "text":
            return to_text(_text(differences, sides, max(width, 40)), colour=colour)


def _text(differences: Sequence[Difference], sides: Sides, width: int) -> Iterator[Line]:
    if differences:
        yield from hanging("", f"Manifests for {sides.title}", width, "bold")
        yield EMPTY
    for difference in differences:
        yield from hanging(f"{difference.sign} ", _headed(difference), width, _STYLE[difference.sign])
        yield from field_lines([_view(difference, f) for f in difference.fields], width)
        yield EMPTY
    yield (Span(_sum(differences), "bold"),)


def _markdown(differences: Sequence[Difference], sides: Sides) -> Iterator[str]:
    yield f"## Manifests for {code(safe(sides.environment))}: {code(safe(sides.old))} → {code(safe(sides.new))}"
    yield ""
    yield f"**{_sum(differences)}**"
    for difference in differences:
        yield ""
        yield f"**{_WORDS[difference.sign]}** {code(_headed(difference))}"
        yield ""
        yield "| field | old | new | manifest |"
        yield "|---|---|---|---|"
        views = [_view(difference, f) for f in difference.fields]
        for view in views:
            row = (
                code(view.path),
                cell(view, view.before),
                cell(view, view.after),
                code(view.source) if view.source else "",
            )
            yield "| " + " | ".join(text.replace("|", "\\|") for text in row) + " |"
        for view in views:
            yield from block(view)


def _headed(difference: Difference) -> str:
    old = difference.renamed_from
    return safe(str(difference.address)) + (f" (was {safe(str(old))})" if old else "")


def _sum(differences: Sequence[Difference]) -> str:
    """`3 objects differ: 1 added, 2 changed.`"""
    if not differences:
        return "The manifests ask for the same."
    signs = Counter(d.sign for d in differences)
    told = ", ".join(f"{signs[sign]} {word}" for sign, word in _WORDS.items() if signs[sign])
    return f"{number(len(differences), 'object')} differ{'s' if len(differences) == 1 else ''}: {told}."


def _view(difference: Difference, field: FieldDifference) -> FieldView:
    """As a plan shows a field, with its place where a plan says whose change it is."""
    details = details_of(field.before, field.after) if difference.sign == "~" else ()
    before, after = (_shown(v, bool(details)) for v in (field.before, field.after))
    if details and before == after:
        before = ""
    place = field.after_at or field.before_at
    return FieldView(
        path=safe(field.path),
        cause=Cause.CHANGE,
        whose=f"{safe(place.file)}:{place.line}" if place else "",
        whence="",
        before="" if difference.sign == "+" else before,
        after="" if difference.sign == "-" else after,
        recorded="",
        details=details,
        file=safe(place.file) if place else "",
        line=place.line if place else 0,
        column=place.column if place else 0,
        sign="",
    )


def _shown(value: Maybe, in_detail: bool) -> str:
    if isinstance(value, Missing):
        return "(not managed)"
    if is_uuid_of(value):
        return f"(uuid of {safe(value['uuid_of'])})"
    if is_name_of(value):
        return f"(name of {safe(value['name_of'])})"
    return summarise(value) if in_detail and is_list(value) else show(value)
