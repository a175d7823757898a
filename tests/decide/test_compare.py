"""Two revisions of what is wished for: what counts as a difference, as a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.compare import compare, to_document
from reconciler.errors import Source
from reconciler.resources import Address, Desired, DesiredField
from reconciler.values import Json, uuid_of

A, B = Address("c", "Automation", "a"), Address("c", "Automation", "b")


def wish(address: Address = A, line: int = 1, **fields: Json) -> Desired:
    return Desired(
        address,
        {k: DesiredField(v, Source("m.yaml", line, 1)) for k, v in fields.items()},
        Source("m.yaml", line, 1),
    )


def told(old: list[Desired], new: list[Desired]) -> list[tuple[str, str, list[str]]]:
    return [(d.sign, d.address.name, [f.path for f in d.fields]) for d in compare(old, new)]


SAME: list[tuple[Desired, Desired]] = [
    (wish(code="x"), wish(code="x", line=9)),
    (wish(code="x", name="n"), wish(name="n", code="x")),
    (wish(rules=[{"a": 1, "b": 2}]), wish(rules=[{"b": 2, "a": 1}])),
]
DIFFERENT: list[tuple[Json, Json]] = [
    ("x", "y"),
    ("x", None),
    ("", None),
    (True, "true"),
    ([], None),
    (["a", "b"], ["b", "a"]),
]


@pytest.mark.parametrize(("old", "new"), SAME)
def test_places_and_order_of_keys_are_no_difference(old: Desired, new: Desired) -> None:
    assert compare([old], [new]) == ()


@pytest.mark.parametrize(("old", "new"), DIFFERENT)
def test_a_value_that_means_something_else_is_one(old: Json, new: Json) -> None:
    (found,) = compare([wish(code=old)], [wish(code=new, line=7)])
    (field,) = found.fields
    assert (found.sign, field.before, field.after) == ("~", old, new)
    assert (field.before_at, field.after_at) == (Source("m.yaml", 1, 1), Source("m.yaml", 7, 1))


def test_objects_come_and_go_with_all_of_their_fields() -> None:
    assert told([wish(A, code="x")], [wish(B, code="x", name="n")]) == [
        ("-", "a", ["code"]),
        ("+", "b", ["code", "name"]),
    ]


def test_a_field_that_is_no_longer_managed_differs_from_one_that_is_cleared() -> None:
    document = to_document(compare([wish(code="x", name="n")], [wish(code=None)]), "e", "1", "2")
    assert document["differences"] == [
        {
            "address": "c/Automation/a",
            "difference": "changed",
            "renamed_from": None,
            "fields": [
                {
                    "path": "code",
                    "before": "x",
                    "before_source": {"file": "m.yaml", "line": 1, "column": 1},
                    "after": None,
                    "after_source": {"file": "m.yaml", "line": 1, "column": 1},
                },
                {"path": "name", "before": "n", "before_source": {"file": "m.yaml", "line": 1, "column": 1}},
            ],
        }
    ]


def test_a_renamed_manifest_is_one_difference_with_what_changed_beside() -> None:
    (found,) = compare([wish(A, code="x")], [replace(wish(B, code="y"), moved_from=A)])
    assert (found.sign, found.address, found.renamed_from) == ("~", B, A)
    assert [f.path for f in found.fields] == ["code"]
    (found,) = compare([wish(A, code="x")], [replace(wish(B, code="x"), moved_from=A)])
    assert (found.sign, found.fields) == ("~", ())


def test_a_moved_from_that_has_done_its_work_is_no_difference() -> None:
    assert compare([wish(B)], [replace(wish(B), moved_from=A)]) == ()


def test_how_an_object_is_treated_is_compared_too() -> None:
    now = replace(wish(), uuid="u", protect=True, ignore=frozenset({"code"}))
    assert told([wish()], [now]) == [("~", "a", ["uuid", "lifecycle.protect", "lifecycle.ignore"])]


def test_a_reference_to_another_object_is_a_difference() -> None:
    assert told([wish(perform_action=uuid_of("c/PartnerFunction/f"))], [wish(perform_action="f")]) == [
        ("~", "a", ["perform_action"])
    ]
