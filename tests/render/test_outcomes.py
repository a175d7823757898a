"""The end of an apply: what it says, and what it never says."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from syrupy.assertion import SnapshotAssertion

from reconciler.outcomes import FieldOutcome, Outcome, Result, Status, summary, to_document, untouched
from reconciler.render import JOB_SUMMARY
from reconciler.render.limits import units
from reconciler.render.outcomes import outcomes_markdown, outcomes_text
from reconciler.render.safe import safe
from reconciler.resources import Address
from tests.render.plans import outcomes
from tests.render.seeing import Seen

EXPORT = Address("xero-au", "Automation", "supplier-export")
MIXED = (
    Outcome(
        Address("xero-au", "PartnerFunction", "customer-import"),
        "create",
        Status.DONE,
        fields=(FieldOutcome("name", Result.VERIFIED), FieldOutcome("tag", Result.VERIFIED)),
    ),
    Outcome(
        EXPORT,
        "update",
        Status.FAILED,
        "success was answered, but 1 field is not there",
        (
            FieldOutcome("check_on", Result.VERIFIED),
            FieldOutcome("display_name", Result.NORMALISED, '"Supplier  export" became "Supplier export"'),
            FieldOutcome("property_name", Result.ACCEPTED),
            FieldOutcome("direction", Result.DROPPED, 'sent "EXPORT", live has "IMPORT"'),
        ),
    ),
    Outcome(Address("xero-au", "Automation", "nightly"), "update", Status.ALREADY),
    Outcome(Address("xero-au", "Configuration"), "update", Status.STALE),
    Outcome(Address("xero-au", "Automation", "weekly"), "update", Status.BLOCKED, f"waits for {EXPORT}"),
    Outcome(Address("xero-nz", "PartnerFunction", "legacy-sync"), "delete", Status.NOT_TRIED),
    Outcome(Address("xero-nz", "Configuration"), "update", Status.UNKNOWN),
)


def test_a_mixed_end(snapshot: SnapshotAssertion) -> None:
    assert outcomes_text(MIXED) == snapshot


@given(outcomes)
def test_nothing_was_sent_is_said_only_when_that_is_certain(ended: list[Outcome]) -> None:
    shown = outcomes_text(ended)
    sure = not ended or untouched(ended)
    assert ("Nothing was sent" in shown.splitlines()[-1] or "Nothing to apply" in shown) == sure
    assert not (
        sure and any(o.status in {Status.DONE, Status.FAILED, Status.UNKNOWN} or o.fields for o in ended)
    )


@given(outcomes)
def test_every_change_and_every_field_not_verified_is_told_in_neutral_lines(ended: list[Outcome]) -> None:
    lines = outcomes_text(ended).split("\n")
    shown = "".join("".join(lines).split())
    for outcome in ended:
        assert str(outcome.address) in shown
        told = [f for f in outcome.fields if f.result is not Result.VERIFIED]
        assert all("".join(safe(f.path).split()) in shown for f in told)
    assert all(line == safe(line) for line in lines)


@pytest.mark.parametrize("status", list(Status))
def test_every_status_is_counted(status: Status) -> None:
    assert summary([Outcome(EXPORT, "update", status)])[status.value] == 1
    assert str(status) in outcomes_text([Outcome(EXPORT, "update", status)]).splitlines()[-1]


def test_the_document_has_every_outcome() -> None:
    document = to_document(MIXED, "sha256:aa", "run-1")
    assert document["plan"] == "sha256:aa"
    assert document["summary"] == {
        "done": 1, "already": 1, "failed": 1, "stale": 1, "blocked": 1, "not tried": 1, "unknown": 1,
    }  # fmt: skip
    assert document["outcomes"][1]["fields"][3] == {  # type: ignore[index,call-overload]
        "path": "direction", "result": "dropped", "detail": 'sent "EXPORT", live has "IMPORT"',
    }  # fmt: skip


def test_a_mixed_end_in_a_job_summary(snapshot: SnapshotAssertion) -> None:
    assert outcomes_markdown(MIXED) == snapshot
    assert outcomes_markdown(()) == "## Nothing to apply.\n"


@given(outcomes)
@settings(deadline=None)
def test_a_job_summary_has_a_row_a_change_and_no_element_of_a_value_s_own(ended: list[Outcome]) -> None:
    page = Seen(outcomes_markdown(ended))
    assert set(page.tags) <= {"h2", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "br"}
    assert page.tags["tr"] == (len(ended) + 1 if ended else 0)
    assert not re.search(r"@\w|#\d|GH-\d|://|www\.|<|\b[0-9a-f]{7,}\b", page.text)
    assert all(str(o.address) in page.code for o in ended)


def test_where_room_is_short_successes_are_counted_and_failures_stay() -> None:
    many = [Outcome(Address("x", "Automation", f"n{i}"), "update", Status.DONE) for i in range(3000)]
    shown = outcomes_markdown([*many, *MIXED], limit=JOB_SUMMARY // 8)
    assert units(shown) <= JOB_SUMMARY // 8
    assert "3002 changes that succeeded not listed." in shown
    assert all((str(o.address) in shown) == (o.status not in {Status.DONE, Status.ALREADY}) for o in MIXED)
