"""The plan as a terminal shows it: snapshots at 80 columns, and laws."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from syrupy.assertion import SnapshotAssertion

from reconciler.changes import Adopt, Cause, Create, Evidence, FieldChange, Forget, Request, Update
from reconciler.plan import Plan
from reconciler.render.layout import measure, wrap
from reconciler.render.safe import safe
from reconciler.render.shown import show
from reconciler.render.text import plan_text
from reconciler.resources import Address
from reconciler.values import MISSING, Maybe
from tests.render.plans import plans, texts
from tests.render.samples import (
    BASE,
    CATCHING_UP,
    CONFIGURATION,
    DELETED,
    DRIFTED,
    EVERYTHING,
    NOTHING,
    REVIEWED,
    SUPPLIER_EXPORT,
    at,
    plan,
)

relaxed = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=40)


def one_field(
    before: Maybe, after: Maybe, cause: Cause = Cause.CHANGE, evidence: Evidence = Evidence.OBSERVED
) -> str:
    field = FieldChange("tag", cause, evidence, before, after, source=at("a.yaml", 1))
    return plan_text(
        plan(Update(Address("x", "Automation", "a"), fields=(field,), requests=(Request("PATCH", "/"),)))
    )


@pytest.mark.parametrize("width", [80, 40])
@pytest.mark.parametrize("name", ["everything", "drift", "nothing", "reviewed"])
def test_plans_at_80_and_40_columns(name: str, width: int, snapshot: SnapshotAssertion) -> None:
    made = {"everything": EVERYTHING, "drift": DRIFTED, "nothing": NOTHING, "reviewed": REVIEWED}[name]
    shown = plan_text(made, width=width)
    assert shown == snapshot
    assert made.empty or all(measure(line) <= width for line in shown.splitlines())


def test_the_branch_s_own_changes_stand_before_and_apart_from_what_was_pending() -> None:
    shown = plan_text(REVIEWED)
    own, _, before = shown.partition(f"Not from this branch (merge base {BASE[:12]})\n")
    assert "supplier-export" in own
    assert "xero-au/Configuration" not in own
    assert before.index("legacy-sync  delete") < before.index("xero-au/Configuration")
    assert "2 changes from this branch (1 in part); 2 pending from before it.\n" in shown
    assert 'direction  "IMPORT" → "EXPORT"   changed outside git; not from this branch' in own
    assert "branch" not in plan_text(replace(REVIEWED, base=""))


def test_requests_are_shown_in_full_on_demand(snapshot: SnapshotAssertion) -> None:
    assert plan_text(plan(SUPPLIER_EXPORT, CONFIGURATION), requests=True) == snapshot


@pytest.mark.parametrize(
    ("made", "line"),
    [
        (NOTHING, "No changes. 41 objects match the manifests."),
        (plan(unchanged=1), "No changes. 1 object matches the manifests."),
        (plan(mode="drift"), "No drift. 41 objects are as last applied."),
        (plan(mode="drift", unchanged=1), "No drift. 1 object is as last applied."),
        (
            replace(NOTHING, catch_up=(CATCHING_UP,)),
            "No changes. 41 objects match the manifests. 1 record will catch up with live, without a call.",
        ),
    ],
)
def test_nothing_to_do_says_so_in_one_line(made: Plan, line: str) -> None:
    assert plan_text(made) == line + "\n"


def test_absent_null_empty_and_the_words_for_them_are_told_apart() -> None:
    values: list[Maybe] = [MISSING, None, "", "null", "(none)", [], {}, False, "false", 0, "0"]
    assert len({one_field(value, "x") for value in values}) == len(values)


@pytest.mark.parametrize(
    ("cause", "evidence", "words"),
    [
        (Cause.CHANGE, Evidence.OBSERVED, "manifest"),
        (Cause.CHANGE, Evidence.ASSERTED, "manifest; believed"),
        (Cause.DRIFT, Evidence.OBSERVED, "changed outside git"),
        (Cause.CONFLICT, Evidence.OBSERVED, "both"),
        (Cause.ADOPT, Evidence.OBSERVED, "first time"),
        (Cause.UNVERIFIED, Evidence.ASSERTED, "unverified"),
        (Cause.SUSPECT, Evidence.ASSERTED, "suspect"),
        (Cause.RELEASE, Evidence.OBSERVED, "released"),
    ],
)
def test_a_field_says_whose_change_it_is(cause: Cause, evidence: Evidence, words: str) -> None:
    line = next(
        ln for ln in one_field("a", "b", cause, evidence).splitlines() if ln.strip().startswith("tag")
    )
    assert line.endswith("  " + words)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Adopt(Address("x", "Automation", "a")), "adopt, already equal"),
        (
            Adopt(Address("x", "Automation", "a"), requests=(Request("PATCH", "/"),)),
            "adopt and update, 1 PATCH",
        ),
        (Forget(Address("x", "Automation", "a")), "forget, live object stays"),
        (Create(Address("x", "Automation", "a"), cause=Cause.DRIFT), "removed outside git"),
        (
            Update(
                Address("x", "Automation", "a"),
                fields=(FieldChange("tag", Cause.RELEASE, Evidence.OBSERVED, "a", recorded="a"),),
            ),
            "release, nothing to send",
        ),
    ],
)
def test_a_change_says_what_will_be_done(change: Adopt | Forget | Create | Update, words: str) -> None:
    assert words in plan_text(plan(change))


def test_an_unknown_old_value_is_not_called_absent() -> None:
    assert "(unknown) → " in one_field(MISSING, "x", Cause.UNVERIFIED, Evidence.ASSERTED)


def test_what_deletes_comes_first_then_conflicts_then_addresses() -> None:
    calm = [
        Update(Address("a", "Automation", f"n{i:03}"), requests=(Request("PATCH", "/"),)) for i in range(200)
    ]
    shown = plan_text(plan(*calm, SUPPLIER_EXPORT, DELETED))
    order = [ln.split()[1] for ln in shown.splitlines() if re.match(r"  [~+>.-] ", ln)]
    assert order == [str(DELETED.address), str(SUPPLIER_EXPORT.address), *(str(c.address) for c in calm)]
    assert len(shown.splitlines()) < 450


def test_colour_is_there_only_when_asked_for_and_changes_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")  # whose wish it is, the command decides, not rich
    plain, coloured = plan_text(EVERYTHING), plan_text(EVERYTHING, colour=True)
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    stripped = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [ln.rstrip() for ln in stripped.splitlines()] == [ln.rstrip() for ln in plain.splitlines()]


@given(plans)
@relaxed
def test_nothing_hostile_reaches_the_terminal(made: Plan) -> None:
    shown = plan_text(made, requests=True)
    assert all(line == safe(line) for line in shown.split("\n"))
    shown.encode()


@given(plans)
@relaxed
def test_every_field_is_named_at_any_width(made: Plan) -> None:
    for width in (40, 80, 200):
        shown = "".join(plan_text(made, width=width).split())
        assert all(f.path in shown for c in made.changes for f in c.fields)
        assert all(str(c.address) in shown for c in made.changes)


@given(plans)
@relaxed
def test_no_line_is_wider_than_the_terminal(made: Plan) -> None:
    if made.empty:
        return
    assert all(measure(line) <= 80 for line in plan_text(made, requests=True).splitlines())


@given(texts, st.integers(1, 100))
def test_wrapping_loses_no_character(text: str, width: int) -> None:
    pieces = wrap(safe(text), width)
    assert "".join(pieces) == safe(text)
    assert all(measure(piece.rstrip()) <= width or len(piece.rstrip()) == 1 for piece in pieces)


@given(texts, st.integers(40, 100))
def test_a_long_value_is_shown_whole_at_any_width(text: str, width: int) -> None:
    field = FieldChange("tag", Cause.CHANGE, Evidence.OBSERVED, "old", text)
    shown = plan_text(plan(Update(Address("x", "Automation", "a"), fields=(field,))), width=width)
    assert "".join(show(text).split()) in "".join(shown.split())
