"""When two values are one: as JSON has it, not as Python."""

from __future__ import annotations

import pytest

from reconciler.values import MISSING, Maybe, same

ALIKE: tuple[tuple[Maybe, Maybe], ...] = (
    (1, 1.0),
    ("1", "1"),
    (True, True),
    (None, None),
    (MISSING, MISSING),
    ([1, [True]], (1.0, (True,))),
    ({"a": 1, "b": None}, {"b": None, "a": 1}),
)
APART: tuple[tuple[Maybe, Maybe], ...] = (
    (True, 1),
    (False, 0),
    (True, "true"),
    (1, "1"),
    (0, None),
    ("", None),
    ([], None),
    ({}, None),
    (None, MISSING),
    ("", MISSING),
    ([], {}),
    ("ab", ["a", "b"]),
    ([1, 2], [2, 1]),
    ([1], [1, 1]),
    ({"a": None}, {}),
    ({"a": [True]}, {"a": [1]}),
)


@pytest.mark.parametrize(("left", "right"), ALIKE)
def test_these_are_one_value(left: Maybe, right: Maybe) -> None:
    assert same(left, right)
    assert same(right, left)


@pytest.mark.parametrize(("left", "right"), APART)
def test_these_are_two(left: Maybe, right: Maybe) -> None:
    assert not same(left, right)
    assert not same(right, left)
