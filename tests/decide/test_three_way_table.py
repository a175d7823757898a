"""The three-way table, as a table. A dash is absence, which is not null."""

from __future__ import annotations

import pytest

from reconciler.changes import Cause
from reconciler.diff import Calm, Verdict, readable_verdict, unreadable_verdict
from reconciler.values import MISSING, Maybe

_ = MISSING

READABLE = [
    # desired, recorded, observed, verdict
    ("x", "x", "x", Calm.IN_SYNC),
    ("x", _, "x", Calm.IN_SYNC),
    ("x", "w", "x", Calm.IN_SYNC),
    ("y", "x", "x", Cause.CHANGE),
    ("x", "x", "y", Cause.DRIFT),
    ("x", "x", None, Cause.DRIFT),
    ("y", "x", "z", Cause.CONFLICT),
    ("x", _, "y", Cause.ADOPT),
    (_, "x", "x", Cause.RELEASE),
    (_, "x", "y", Cause.RELEASE),
    (_, _, "x", Calm.NOT_OURS),
    (None, "x", "x", Cause.CHANGE),
    (None, None, "x", Cause.DRIFT),
    (None, _, None, Calm.IN_SYNC),
    (True, "true", "true", Cause.CHANGE),
]

UNREADABLE = [
    # desired, recorded, a sign moved, verdict
    ("x", "x", False, Calm.ASSERTED),
    ("y", "x", False, Cause.CHANGE),
    ("x", _, False, Cause.UNVERIFIED),
    ("x", _, True, Cause.UNVERIFIED),
    ("x", "x", True, Cause.SUSPECT),
    ("y", "x", True, Cause.CONFLICT),
    (_, "x", False, Cause.RELEASE),
    (_, "x", True, Cause.RELEASE),
    (_, _, True, Calm.NOT_OURS),
    (None, _, False, Cause.UNVERIFIED),
    (None, None, False, Calm.ASSERTED),
    ([], [{"source": "a", "target": "b"}], False, Cause.CHANGE),
]


@pytest.mark.parametrize(("desired", "recorded", "observed", "verdict"), READABLE)
def test_a_field_that_can_be_read(desired: Maybe, recorded: Maybe, observed: Maybe, verdict: Verdict) -> None:
    assert readable_verdict(desired, recorded, observed) is verdict


@pytest.mark.parametrize(("desired", "recorded", "moved", "verdict"), UNREADABLE)
def test_a_field_that_nothing_reads_back(
    desired: Maybe, recorded: Maybe, moved: bool, verdict: Verdict
) -> None:
    assert unreadable_verdict(desired, recorded, sign_moved=moved) is verdict
