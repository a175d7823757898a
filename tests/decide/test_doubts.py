"""A write of ours whose answer was lost: what it may have done is no conflict, and nothing of it is believed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.changes import Cause
from reconciler.decide import decide
from reconciler.values import Json
from tests.decide.test_decide import SYNC, live, record, wish, world

SIGNS = {"trigger_condition_text": "(A)"}


def causes(desired: str, observed: str, sent: str | None, criteria: Json) -> dict[str, Cause]:
    """Recorded are `4 hours` and criteria of `a`; `sent` is what an unanswered PATCH had in its body."""
    old: Json = [{"rules": [{"field_name": "a", "operator": "HAS_VALUE"}]}]
    seen = world(
        [record(check_on="4 hours", name="Sync", additional_criteria_details=old, signs=SIGNS)],
        {SYNC: [live(name="Sync", check_on=observed, trigger_condition_text="(B)")]},
    )
    if sent is not None:
        body: Json = {"integration": {"automation_details": {"check_on": sent}}}
        seen = replace(seen, doubts={SYNC: [body]})
    wanted = wish(name="Sync", check_on=desired, additional_criteria_details=criteria)
    return {f.path: f.cause for c in decide([wanted], seen).changes for f in c.fields}


NEW: Json = [{"rules": [{"field_name": "b", "operator": "HAS_VALUE"}]}]


@pytest.mark.parametrize(
    ("desired", "observed", "sent", "expected"),
    [
        ("8 hours", "8 hours", "8 hours", None),
        ("8 hours", "4 hours", "8 hours", Cause.CHANGE),
        ("1 hour", "8 hours", "8 hours", Cause.CHANGE),  # it arrived, and the manifest has moved on
        ("1 hour", "2 hours", "8 hours", Cause.CONFLICT),  # that was somebody else
        ("1 hour", "8 hours", None, Cause.CONFLICT),
    ],
)
def test_what_our_own_lost_write_left_in_live_is_no_conflict(
    desired: str, observed: str, sent: str | None, expected: Cause | None
) -> None:
    assert causes(desired, observed, sent, NEW).get("check_on") is expected


def test_what_cannot_be_read_is_sent_again_and_a_sign_that_we_may_have_moved_is_no_conflict() -> None:
    assert causes("8 hours", "8 hours", "8 hours", NEW)["additional_criteria_details"] is Cause.CHANGE
    assert causes("8 hours", "8 hours", None, NEW)["additional_criteria_details"] is Cause.CONFLICT
