"""Single values of a user's own file replaced in its text: every other byte stays as it was. Pure.

Where a value stands comes from the reader's places; where its text ends, from the same events. What else
a place serves, or is made from, is refused: a shared anchor, a template, `for_each`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined] # exported, but unknown to the stubs

from reconciler.errors import Problem, Severity, Source
from reconciler.manifests.templates import is_template
from reconciler.manifests.writing import spellings
from reconciler.manifests.yaml_reader import is_null

Scalar = str | bool | None
_HEADER_COMMENT = re.compile(r"\s+#[^\r\n]*")


@dataclass(frozen=True, slots=True)
class Edit:
    """`after` for what stands at `source`, which must mean `before`. `label` names it for people.

    Where a `ref` stands there, both are what the `ref` names.
    """

    source: Source
    before: Scalar
    after: Scalar
    label: str
    address: str


@dataclass(frozen=True, slots=True)
class _Place:
    """An event of the file, a scalar or the start of a collection. `shared` names an anchor on or around it."""

    event: Any
    shared: str
    each: bool
    flow: bool


def edit(text: str, edits: Sequence[Edit]) -> tuple[str, list[Problem]]:
    """The text with all edits of it done, and why others cannot be. `text` is a file that was read well."""
    documents = [*_documents(text)]
    places, problems, done = _places(documents), [], []
    for each in edits:
        found = _target(places, each)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            done.append((found, each))
    for place, each in sorted(done, key=lambda pair: -pair[0].event.start_mark.index):
        text = _replaced(text, place, each)
    if done and not _only(chain(*documents), chain(*_documents(text)), done):
        problems.append(
            _problem(done[0][1], "cannot-edit", "this file cannot be edited safely", "edit it by hand")
        )
    return text, problems


def _places(documents: Iterable[Sequence[Any]]) -> list[_Place]:
    """The scalars and collections of a file in order, with what is special about where they stand."""
    found: list[_Place] = []
    for document in documents:
        each = _has_for_each(document)
        anchors: list[str] = []
        flows: list[bool] = []
        for event in document:
            match event:
                case yaml.ScalarEvent() | yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    shared = next(filter(None, [event.anchor or "", *reversed(anchors)]), "")
                    found.append(_Place(event, shared, each, any(flows)))
                    if not isinstance(event, yaml.ScalarEvent):
                        anchors.append(event.anchor or "")
                        flows.append(bool(event.flow_style))
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    anchors.pop()
                    flows.pop()
                case _:
                    pass
    return found


def _documents(text: str) -> Iterator[list[Any]]:
    parser = CParser(text)
    document: list[Any] = []
    while not isinstance(event := parser.get_event(), yaml.StreamEndEvent):
        document.append(event)
        if isinstance(event, yaml.DocumentEndEvent):
            yield document
            document = []


def _has_for_each(document: Sequence[Any]) -> bool:
    """Whether `for_each` is a key of the document itself."""
    depth, is_key = 0, True
    for event in document:
        match event:
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                depth += 1
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                depth -= 1
            case yaml.ScalarEvent() | yaml.AliasEvent():
                pass
            case _:
                continue
        if depth == 1 and not isinstance(event, yaml.MappingStartEvent):
            if is_key and isinstance(event, yaml.ScalarEvent) and event.value == "for_each":
                return True
            is_key = not is_key
    return False


def _target(places: Sequence[_Place], edit: Edit) -> _Place | Problem:
    """The scalar that the edit means, or why it cannot be replaced."""
    start = (edit.source.line - 1, edit.source.column - 1)
    at = next(
        (i for i, p in enumerate(places) if (p.event.start_mark.line, p.event.start_mark.column) == start), -1
    )
    place = places[at] if at >= 0 else None
    if place and isinstance(place.event, yaml.MappingStartEvent):
        inside = places[at + 1 : at + 3]
        is_ref = len(inside) == 2 and inside[0].event.value == "ref"  # noqa: PLR2004 - the key and its value
        place = inside[1] if is_ref else None
    if place is None or not isinstance(place.event, yaml.ScalarEvent):
        return _problem(edit, "cannot-edit", "is no single value in its manifest", "edit it by hand")
    if is_template(place.event.value):
        return _problem(edit, "from-template", "is made by a template", "change what it is made from")
    if place.each:
        return _problem(
            edit,
            "from-for-each",
            "stands in a document with for_each, which makes several objects",
            "edit it by hand",
        )
    if place.shared:
        hint = "write the value out in its own manifest"
        return _problem(
            edit,
            "from-anchor",
            f"stands under the anchor &{place.shared}, which other places may share",
            hint,
        )
    if _meaning(place.event) != _meant(edit.before):
        return _problem(edit, "cannot-edit", "is not what stands in its manifest any more", "plan again")
    return place


def _problem(edit: Edit, rule: str, why: str, hint: str) -> Problem:
    return Problem(
        Severity.ERROR,
        rule,
        f"{edit.label} {why}",
        edit.source,
        f"{hint}; live has {_shown(edit.after)}",
        edit.address,
    )


def _shown(value: Scalar) -> str:
    return next(spellings(value, '"'))


def _meaning(event: Any) -> tuple[str, bool]:  # noqa: ANN401 - the library's events have no common type
    """The text of a scalar, and whether it is null."""
    null = is_null(event)
    return ("" if null else event.value), null


def _meant(value: Scalar) -> tuple[str, bool]:
    if value is None:
        return "", True
    return ("true" if value else "false") if isinstance(value, bool) else value, False


def _replaced(text: str, place: _Place, edit: Edit) -> str:
    event = place.event
    start, end = event.start_mark.index, event.end_mark.index
    scalar = _spelt(edit.after, event.style, flow=place.flow)
    if event.style in ("|", ">"):
        scalar = _instead_of_block(text[start:end], scalar)
    elif start == end and not text[start - 1 : start].isspace():
        scalar = f" {scalar}"
    return text[:start] + scalar + text[end:]


def _spelt(value: Scalar, style: str | None, *, flow: bool) -> str:
    """The first spelling that means the value where it will stand."""
    around = "{{k: {}}}" if flow else "k: {}"
    for scalar in spellings(value, style):
        try:
            events = [p.event for p in _places(_documents(around.format(scalar)))]
        except yaml.YAMLError:
            continue
        if len(events) == 3 and _meaning(events[2]) == _meant(value):  # noqa: PLR2004 - the mapping, its key, its value
            return scalar
    return next(spellings(value, '"'))


def _instead_of_block(block: str, scalar: str) -> str:
    """A block scalar ends with its line, and keeps the comment of its header and the blank lines after it."""
    header, newline, body = block.partition("\n")
    comment = _HEADER_COMMENT.search(header)
    scalar += comment[0] if comment else ""
    if not body.endswith("\n"):
        return scalar
    lines, kept = re.findall(r"[^\n]*\n", body), ""
    while lines and not lines[-1].strip():
        kept = lines.pop() + kept
    return scalar + ("\r" if header.endswith("\r") else "") + newline + kept


def _only(old: Iterable[Any], new: Iterable[Any], done: Sequence[tuple[_Place, Edit]]) -> bool:
    """Whether nothing but the edited values means anything else than before."""
    wanted = {id(place.event): edit for place, edit in done}
    return all(
        _meaning(now) == _meant(wanted[id(was)].after) if id(was) in wanted else _same(was, now)
        for was, now in zip_longest(old, new)
    )


def _same(left: Any, right: Any) -> bool:  # noqa: ANN401
    known = ("anchor", "tag", "value", "style", "flow_style")
    return type(left) is type(right) and all(getattr(left, n, None) == getattr(right, n, None) for n in known)
