"""In whose plan is drift: each scenario as the base's manifest, the branch's, the record and live."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from reconciler.attribution import attributed
from reconciler.changes import Change
from reconciler.decide import World, decide
from reconciler.kinds import OBJECTS
from reconciler.plan import Plan
from reconciler.planfile import plan_id
from reconciler.resources import Address, Desired, DesiredField, Observed, Recorded, RecordedField
from reconciler.values import MISSING, Json, Maybe
from tests.render.plans import plans

ADDRESS = Address("xero-au", "Automation", "sync")
UUID = "0a1b"
_ = MISSING

FIELDS = [
    # base, branch, recorded, observed, inherited; None in the last for a plan without the field
    ("live moved, the manifest did not", "x", "x", "x", "z", True),
    ("merged and not applied", "y", "y", "x", "x", True),
    ("merged, and live moved too", "y", "y", "x", "z", True),
    ("never applied before, in both", "x", "x", _, "z", True),
    ("released on the base already", _, _, "x", "x", True),
    ("the branch changes it", "x", "y", "x", "x", False),
    ("the branch changes what drifted", "x", "y", "x", "z", False),
    ("the branch changes what was not applied yet", "w", "y", "x", "x", False),
    ("the branch goes back to what is recorded, under a base not applied yet", "y", "x", "x", "z", False),
    ("the branch begins to manage it", _, "y", _, "x", False),
    ("the branch releases it", "x", _, "x", "x", False),
    ("the branch accepts what live has", "x", "z", "x", "z", None),
    ("the branch undoes what was merged and not applied", "y", "x", "x", "x", None),
]


def wish(
    value: Maybe, address: Address = ADDRESS, moved_from: Address | None = None, **more: Json
) -> Desired:
    fields: dict[str, Json] = {**({} if value is MISSING else {"check_on": value}), **more}
    return Desired(
        address,
        {k: DesiredField(v, None) for k, v in fields.items()},
        None,
        name="Sync",
        moved_from=moved_from,
    )


def recorded(address: Address = ADDRESS, **values: Maybe) -> Recorded:
    fields = {k: RecordedField(v, v) for k, v in values.items() if v is not MISSING}
    return Recorded(address, UUID, fields)


def observed(**values: Json) -> Observed:
    fields = {f.path: None for f in OBJECTS["Automation"].readable}
    return Observed(UUID, "Sync", {**fields, **values}, {})


def plan(
    *wishes: Desired,
    record: Recorded | None = None,
    live: Observed | None = None,
    prune: bool = False,
    connection: str = "c1",
) -> Plan:
    world = World(
        {record.address: record} if record else {},
        {("xero-au", "Automation"): {live.uuid: live} if live else {}},
        {"xero-au": connection},
        prune=prune,
    )
    made = decide(wishes, world)
    return Plan("books", "https://x", "plan", "l", 1, "", "", {"xero-au": connection}, made.changes)


def only(found: Plan) -> Change:
    (change,) = found.changes
    return change


@pytest.mark.parametrize(
    ("base", "branch", "had", "live", "inherited"),
    [row[1:] for row in FIELDS],
    ids=[row[0] for row in FIELDS],
)
def test_a_field_is_inherited_where_the_base_would_set_it_alike(
    base: Maybe, branch: Maybe, had: Maybe, live: Json, inherited: bool | None
) -> None:
    record, there = recorded(check_on=had), observed(check_on=live)
    theirs = plan(wish(base), record=record, live=there)
    found = attributed(plan(wish(branch), record=record, live=there), theirs, "c0ffee")
    assert found.base == "c0ffee"
    fields = {f.path: f.inherited for c in found.changes for f in c.fields}
    assert fields == ({} if inherited is None else {"check_on": inherited})
    assert all(c.inherited is inherited for c in found.changes)


def test_a_change_is_inherited_as_a_whole_only_where_all_of_it_is() -> None:
    record, live = recorded(check_on="x", code="a"), observed(check_on="z", code="a")
    base = plan(wish("x", code="a"), record=record, live=live)
    found = only(attributed(plan(wish("x", code="b"), record=record, live=live), base, "c"))
    assert {f.path: f.inherited for f in found.fields} == {"check_on": True, "code": False}
    assert not found.inherited


@pytest.mark.parametrize("on_base", [True, False])
def test_a_creation_is_inherited_where_the_base_creates_it_too(on_base: bool) -> None:
    base = plan(*([wish("x", name="Sync")] if on_base else []))
    assert only(attributed(plan(wish("x", name="Sync")), base, "c")).inherited is on_base


def test_a_creation_with_one_value_of_the_branch_s_own_is_the_branch_s() -> None:
    found = only(attributed(plan(wish("y", name="Sync")), plan(wish("x", name="Sync")), "c"))
    assert {f.path: f.inherited for f in found.fields} == {"check_on": False, "name": True}
    assert not found.inherited


def test_an_object_that_was_removed_outside_git_is_made_again_by_nobody_s_branch() -> None:
    record = recorded(check_on="x", name="Sync")
    made = plan(wish("x", name="Sync"), record=record)
    assert only(attributed(made, made, "c")).inherited


@pytest.mark.parametrize("prune", [True, False])
@pytest.mark.parametrize("gone_on_base", [True, False])
def test_a_deletion_belongs_to_who_removed_the_manifest(prune: bool, gone_on_base: bool) -> None:
    record, live = recorded(check_on="x"), observed(check_on="x")
    base = plan(*([] if gone_on_base else [wish("x")]), record=record, live=live, prune=prune)
    found = only(attributed(plan(record=record, live=live, prune=prune), base, "c"))
    assert found.action == ("delete" if prune else "forget")
    assert found.inherited is gone_on_base


def test_a_deletion_that_was_but_forgetting_on_the_base_is_the_branch_s() -> None:
    record, live = recorded(check_on="x"), observed(check_on="x")
    base = plan(record=record, live=live)
    assert not only(attributed(plan(record=record, live=live, prune=True), base, "c")).inherited


def test_an_adoption_with_nothing_to_send_is_inherited_like_any_other() -> None:
    adopted = plan(wish("x"), live=observed(check_on="x"))
    assert only(adopted).fields == ()
    assert only(attributed(adopted, adopted, "c")).inherited
    assert not only(attributed(adopted, plan(), "c")).inherited


def test_a_renamed_manifest_keeps_what_was_waiting_for_it() -> None:
    old, new = ADDRESS, Address("xero-au", "Automation", "customers")
    live = observed(check_on="z")
    base = plan(wish("x"), record=recorded(old, check_on="x"), live=live)
    renamed = plan(wish("x", new, moved_from=old), record=recorded(new, check_on="x"), live=live)
    assert only(attributed(replace(renamed, moves=((old, new),)), base, "c")).inherited


def test_nothing_of_a_connection_that_the_branch_points_elsewhere_is_inherited() -> None:
    base = plan(wish("x", name="Sync"), connection="c1")
    assert not only(attributed(plan(wish("x", name="Sync"), connection="c2"), base, "c")).inherited


@settings(max_examples=25, deadline=None)
@given(plans, plans)
def test_attribution_changes_nothing_of_what_is_done(branch: Plan, base: Plan) -> None:
    assert plan_id(attributed(branch, base, "c")) == plan_id(branch)


@settings(max_examples=40, deadline=None)
@given(plans)
def test_a_branch_like_its_base_inherits_all_and_one_upon_nothing_none(found: Plan) -> None:
    found = replace(found, moves=())
    once = len({c.address for c in found.changes}) == len(found.changes)
    if once and all(len({f.path for f in c.fields}) == len(c.fields) for c in found.changes):
        assert all(c.inherited for c in attributed(found, found, "c").changes)
    alone = attributed(found, replace(found, changes=()), "c")
    assert not any(c.inherited or any(f.inherited for f in c.fields) for c in alone.changes)
