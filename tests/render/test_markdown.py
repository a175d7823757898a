"""The plan in a comment: snapshots, and GitHub's own parser as the judge that nothing gets out of its code."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from syrupy.assertion import SnapshotAssertion

from reconciler.changes import Cause, Delete, Evidence, FieldChange, Objection, Request, Update
from reconciler.plan import Plan
from reconciler.render import AZURE_COMMENT, BITBUCKET_COMMENT, GITHUB_COMMENT, TooLong, plan_markdown
from reconciler.render.limits import units
from reconciler.render.markup import code, fenced, prose
from reconciler.render.safe import safe
from reconciler.render.shown import show
from reconciler.resources import Address
from tests.render.plans import ATTACKS, plans
from tests.render.samples import BASE, DELETED, DRIFTED, EVERYTHING, NOTHING, REVIEWED, at, plan
from tests.render.seeing import Seen

relaxed = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
OURS = {
    "h2", "h3", "h4", "p", "strong", "blockquote", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "code", "pre",
    "details", "summary",
}  # fmt: skip


def updates(count: int, *, connection: str = "x", inherited: bool = False, size: int = 20) -> list[Update]:
    return [
        Update(
            Address(connection, "Automation", f"n{i:04}"),
            fields=(
                FieldChange("tag", Cause.CHANGE, Evidence.OBSERVED, "old", f"new {i} " + "v" * size, source=at("a.yaml", i + 1)),
            ),
            requests=(Request("PATCH", f"/automation/{i}", {"tag": "new" + "v" * size}),),
            inherited=inherited,
        )
        for i in range(count)
    ]  # fmt: skip


def deletes(count: int) -> list[Delete]:
    return [
        Delete(
            Address("y", "Automation", f"d{i:04}"), uuid=f"{i:036}", requests=(Request("DELETE", f"/{i}"),)
        )
        for i in range(count)
    ]


@pytest.mark.parametrize("name", ["everything", "drift", "nothing", "reviewed"])
def test_the_sample_plans(name: str, snapshot: SnapshotAssertion) -> None:
    made = {"everything": EVERYTHING, "drift": DRIFTED, "nothing": NOTHING, "reviewed": REVIEWED}[name]
    assert plan_markdown(made) == snapshot


@given(plans)
@relaxed
def test_no_value_makes_an_element_or_an_attribute(made: Plan) -> None:
    page = Seen(plan_markdown(made))
    assert set(page.tags) <= OURS
    assert page.attributes <= {"lang"}
    assert page.tags["h2"] == 1
    with_fields = [c for c in made.changes if c.fields]
    assert page.tags["table"] == len(with_fields)
    assert page.tags["tr"] == len(with_fields) + sum(len(c.fields) for c in with_fields)
    assert page.tags["details"] == page.tags["summary"]


@given(plans)
@relaxed
def test_text_outside_code_means_nothing_to_github(made: Plan) -> None:
    text = Seen(plan_markdown(made)).text
    assert not re.search(r"@\w|#\d|GH-\d|://|www\.|<|&\w|\b[0-9a-f]{7,}\b", text)


@given(plans)
@relaxed
def test_every_field_and_every_object_is_named(made: Plan) -> None:
    shown = plan_markdown(made)
    assert all(str(c.address) in shown and all(f.path in shown for f in c.fields) for c in made.changes)
    assert all(line == safe(line) or "⚠️" in line for line in shown.split("\n"))


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_code_span_holds_what_it_was_given(attack: str) -> None:
    text = safe(attack)
    page = Seen(f"a {code(text)} b")
    assert (set(page.tags), page.text.split()) == ({"p", "code"}, ["a", "b"])
    assert page.code == [text or "(empty)"] or page.code[0].strip() == text.strip()


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_cell_shows_what_it_was_given(attack: str) -> None:
    field = FieldChange("tag", Cause.CHANGE, Evidence.OBSERVED, attack[:40], "new")
    held = Seen(plan_markdown(plan(Update(Address("x", "Automation", "a"), fields=(field,))))).code
    assert show(attack[:40]) in held or any(f"- {show(attack[:40])}" in h for h in held)


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_fence_is_not_closed_from_within(attack: str) -> None:
    page = Seen("\n".join(fenced([safe(attack), "end"], "diff")))
    assert set(page.tags) == {"pre", "code"}
    assert page.code == [f"{safe(attack)}\nend\n"]


@pytest.mark.parametrize(
    "attack", [a for a in ATTACKS if not re.fullmatch(r"[\w .;,]*", a) or a.startswith("www")]
)
def test_prose_that_could_mean_something_is_code(attack: str) -> None:
    assert prose(safe(attack)).startswith("`")


@pytest.mark.parametrize(
    "mention", ["@octocat", "#123", "o/r#1", "GH-7", "4f2c9aa4", "ada@example.com", "www.x.org"]
)
def test_a_name_that_a_forge_would_link_stands_in_code(mention: str) -> None:
    made = plan(
        replace(DELETED, name=mention, uuid=mention),
        Update(Address("x", "Automation", "a"), fields=(FieldChange("tag", Cause.DRIFT, Evidence.OBSERVED, mention, "y"),)),
        objections=(Objection("freeze", f"nothing is applied until {mention}"),),
    )  # fmt: skip
    page = Seen(plan_markdown(made))
    assert mention not in page.text
    assert sum(mention in piece for piece in page.code) == 3


def test_the_branch_s_own_changes_stand_before_and_apart_from_what_was_pending() -> None:
    shown = plan_markdown(REVIEWED)
    own, _, before = shown.partition(f"### Not from this branch (merge base `{BASE[:12]}`)")
    assert "2 changes from this branch (1 in part); 2 pending from before it." in own
    assert "supplier-export" in own
    assert "xero-au/Configuration" not in own
    assert before.index("⚠️ **delete**") < before.index("xero-au/Configuration")
    direction, *_ = [line for line in shown.splitlines() if line.startswith("| `direction` | `")]
    assert "changed outside git; not from this branch" in direction


def test_nothing_is_set_apart_where_nobody_looked_at_the_merge_base() -> None:
    assert "branch" not in plan_markdown(replace(REVIEWED, base=""))


def test_what_deletes_or_conflicts_stands_open_before_what_is_folded() -> None:
    made = plan(*updates(200), DELETED, objections=(Objection("max_changes", "too many"),))
    shown = plan_markdown(made)
    assert (
        shown.index("[!CAUTION]") < shown.index(f"**delete** `{DELETED.address}`") < shown.index("<code>x/")
    )
    assert shown.count("<details><summary>update") == 200


def test_a_comment_loses_detail_in_stages_and_says_so() -> None:
    made = plan(*updates(120, size=300), *deletes(3))
    whole = units(plan_markdown(made))
    seen = set()
    for limit in (whole, whole - 1, 80_000, 25_000, 6_000, 2_500):
        shown = plan_markdown(made, limit=limit)
        assert units(shown) <= limit
        assert all(str(d.address) in shown for d in made.changes if isinstance(d, Delete))
        assert ("Shortened to fit" in shown) == (limit < whole)
        seen |= set(
            re.findall(r"without their requests|long values and notes|by address only|only counted", shown)
        )
    assert len(seen) == 4


def test_what_was_pending_before_the_branch_gives_way_first() -> None:
    made = replace(plan(*updates(40), *updates(40, connection="y", inherited=True)), base=BASE)
    shown = plan_markdown(made, limit=units(plan_markdown(made)) - 4_000)
    own, _, before = shown.partition("### Not from this branch")
    assert own.count("PATCH /automation/") > before.count("PATCH /automation/")


@pytest.mark.parametrize("limit", [BITBUCKET_COMMENT, GITHUB_COMMENT, AZURE_COMMENT])
def test_two_thousand_changes_fit_a_comment_with_every_delete_in_it(limit: int) -> None:
    made = plan(*updates(2000), *deletes(40))
    shown = plan_markdown(made, limit=limit)
    assert limit * 0.8 < units(shown) <= limit
    assert all(f"`y/Automation/d{i:04}`" in shown for i in range(40))
    assert "What deletes or conflicts is all here." in shown


def test_a_delete_is_never_cut_but_refused_loudly() -> None:
    with pytest.raises(TooLong) as refused:
        plan_markdown(plan(*updates(5), *deletes(400)), limit=BITBUCKET_COMMENT)
    instead = refused.value.instead
    assert units(instead) <= 1_000
    assert "400 changes" in instead
    assert "none of it is shown" in instead
    assert "d0001" not in instead


@given(plans, st.integers(1_000, 20_000))
@relaxed
def test_no_limit_is_ever_passed_and_no_danger_ever_cut(made: Plan, limit: int) -> None:
    try:
        shown = plan_markdown(made, limit=limit)
    except TooLong as refused:
        shown = refused.instead
    else:
        for change in made.changes:
            if isinstance(change, Delete) or any(f.cause is Cause.CONFLICT for f in change.fields):
                assert str(change.address) in shown
                assert all(f.path in shown for f in change.fields)
    assert units(shown) <= limit
    page = Seen(shown)
    assert set(page.tags) <= OURS
    assert page.tags["h2"] == 1
