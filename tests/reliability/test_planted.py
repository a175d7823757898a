"""The planted bugs fit the code as it is; `make planted` plants each of them and lets the tests find it."""

from __future__ import annotations

import ast

import pytest

from tests.cli.builder import ROOT
from tests.reliability.bugs import BUGS, Bug


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.what)
def test_a_bug_can_be_planted_and_its_tests_are_there(bug: Bug) -> None:
    text = (ROOT / "reconciler" / bug.file).read_text(encoding="utf-8")
    assert text.count(bug.old) == 1
    planted = text.replace(bug.old, bug.new)
    assert planted != text
    ast.parse(planted)
    for place in bug.found_by.split():
        assert (ROOT / place).exists()


def test_there_are_many_of_them() -> None:
    assert len(BUGS) >= 20
    assert len({bug.what for bug in BUGS}) == len(BUGS)
