"""When an issue is opened, left alone, closed and opened again. What happens on a forge: tests/cli/test_drift_report."""

from __future__ import annotations

import pytest

from reconciler.forge.tracking import Items, Sight, Step, fresh, items_in, judge

NONE: Items = {}
OLD: Items = {"au": frozenset({"a"})}
MORE: Items = {"au": frozenset({"a", "b"})}
BROKEN = frozenset({"nz"})


@pytest.mark.parametrize(
    ("is_open", "known", "earlier", "broken", "step"),
    [
        (None, NONE, NONE, frozenset(), Step.NOTHING),
        (None, NONE, NONE, BROKEN, Step.NOTHING),
        (None, OLD, NONE, frozenset(), Step.OPENED),
        (None, OLD, NONE, BROKEN, Step.OPENED),
        (True, OLD, OLD, frozenset(), Step.UPDATED),
        (True, MORE, OLD, BROKEN, Step.UPDATED),
        (True, NONE, OLD, frozenset(), Step.CLOSED),
        (True, NONE, OLD, BROKEN, Step.UPDATED),
        (False, NONE, NONE, frozenset(), Step.NOTHING),
        (False, NONE, OLD, BROKEN, Step.NOTHING),
        (False, OLD, NONE, frozenset(), Step.REOPENED),
        (False, OLD, OLD, frozenset(), Step.LEFT),
        (False, OLD, MORE, frozenset(), Step.LEFT),
        (False, MORE, OLD, frozenset(), Step.REOPENED),
    ],
)
def test_each_step_follows_from_what_is_known_and_what_was(
    is_open: bool | None, known: Items, earlier: Items, broken: frozenset[str], step: Step
) -> None:
    assert judge(is_open, known, earlier, broken) is step


def test_of_a_connection_that_cannot_be_read_the_old_drift_stands() -> None:
    sight = Sight({"au": frozenset({"x"})}, frozenset({"nz"}))
    known = sight.with_unread({"au": frozenset({"a"}), "nz": frozenset({"n"})})
    assert known == {"au": frozenset({"x"}), "nz": frozenset({"n"})}
    assert fresh(known, {"au": frozenset({"a"}), "nz": frozenset({"n"})}) == {"au": frozenset({"x"})}


@pytest.mark.parametrize("items", [None, [], "x", {"au": "x"}, {"au": None}, {"au": []}, {"au": {}}])
def test_a_memory_that_somebody_broke_is_none(items: object) -> None:
    assert items_in({"items": items}) == {}  # type: ignore[dict-item]


def test_of_a_memory_only_words_are_believed() -> None:
    assert items_in({"items": {"au": ["a", 1, None]}}) == {"au": frozenset({"a"})}
