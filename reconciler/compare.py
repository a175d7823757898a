"""Two revisions of what is wished for, object by object: added, removed, renamed, changed. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from reconciler.errors import Source
from reconciler.resources import Address, Desired, DesiredField
from reconciler.values import MISSING, Json, Maybe, Missing, same


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """`before` or `after` is MISSING where the field is not managed on that side; the places are where they are."""

    path: str
    before: Maybe
    after: Maybe
    before_at: Source | None
    after_at: Source | None


@dataclass(frozen=True, slots=True)
class Difference:
    """`sign` is + for an object that only the second revision has, - for one of the first, ~ for both.

    `renamed_from` is the address in the first revision, where a manifest says by `moved_from` that it moved.
    """

    sign: Literal["+", "-", "~"]
    address: Address
    fields: tuple[FieldDifference, ...]
    renamed_from: Address | None = None


def compare(old: Sequence[Desired], new: Sequence[Desired]) -> tuple[Difference, ...]:
    """What differs, sorted by address. Where a value stands, or in which file, is no difference."""
    left, right = ({d.address: d for d in side} for side in (old, new))
    renamed = {
        d.moved_from
        for d in new
        if d.moved_from is not None
        and d.moved_from in left
        and d.moved_from not in right
        and d.address not in left
    }
    found = [*_gone(left, right, renamed)]
    for address, desired in right.items():
        origin = desired.moved_from if desired.moved_from in renamed else None
        was = left.get(origin or address)
        fields = tuple(_fields(was, desired))
        if was is None or fields or origin:
            found.append(Difference("+" if was is None else "~", address, fields, origin))
    return tuple(sorted(found, key=lambda d: d.address))


def _gone(
    left: Mapping[Address, Desired],
    right: Mapping[Address, Desired],
    renamed: Collection[Address],
) -> Iterator[Difference]:
    for address, desired in left.items():
        if address not in right and address not in renamed:
            yield Difference("-", address, tuple(_fields(desired, None)))


def _fields(old: Desired | None, new: Desired | None) -> Iterator[FieldDifference]:
    left, right = _leaves(old), _leaves(new)
    for path in [*right, *(p for p in left if p not in right)]:
        was, now = left.get(path), right.get(path)
        before: Maybe = was.value if was else MISSING
        after: Maybe = now.value if now else MISSING
        if not same(before, after):
            yield FieldDifference(
                path, before, after, was.source if was else None, now.source if now else None
            )


def _leaves(desired: Desired | None) -> Mapping[str, DesiredField]:
    """The managed leaves, and what the manifest says beside them of how its object is treated."""
    if desired is None:
        return {}
    beside: dict[str, Json] = {}
    if desired.uuid:
        beside["uuid"] = desired.uuid
    if desired.protect:
        beside["lifecycle.protect"] = True
    if desired.ignore:
        beside["lifecycle.ignore"] = sorted(desired.ignore)
    return {**{k: DesiredField(v, desired.source) for k, v in beside.items()}, **desired.fields}


def to_document(differences: Sequence[Difference], environment: str, old: str, new: str) -> dict[str, Json]:
    """As `diff --format json` prints it. What is MISSING is left out."""
    words = {"+": "added", "-": "removed", "~": "changed"}
    return {
        "environment": environment,
        "from": old,
        "to": new,
        "summary": {word: sum(d.sign == sign for d in differences) for sign, word in words.items()},
        "differences": [
            {
                "address": str(d.address),
                "difference": words[d.sign],
                "renamed_from": str(d.renamed_from) if d.renamed_from else None,
                "fields": [_field(f) for f in d.fields],
            }
            for d in differences
        ],
    }


def _field(field: FieldDifference) -> dict[str, Json]:
    found: dict[str, Json] = {"path": field.path}
    for key, value, source in (
        ("before", field.before, field.before_at),
        ("after", field.after, field.after_at),
    ):
        if not isinstance(value, Missing):
            found[key] = value
            if source is not None:
                found[f"{key}_source"] = {"file": source.file, "line": source.line, "column": source.column}
    return found
