"""What is done about one object, from its three sides: the smallest requests, and nothing that was not shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, strategies as st

from reconciler.changes import Adopt, Cause, Create, Delete, Forget, Request, Update
from reconciler.decide import World, decide, last_applied
from reconciler.describe import describe
from reconciler.errors import Source, Undecidable
from reconciler.identity import Live
from reconciler.kinds import OBJECTS
from reconciler.projection import body, observe
from reconciler.resources import Address, Desired, DesiredField, Observed, Recorded, RecordedField
from reconciler.values import MISSING, Json, name_of, uuid_of

CONNECTION = "11111111-0000-0000-0000-000000000000"
HERE = Source("automations.yaml", 3, 5)
SYNC = Address("xero-au", "Automation", "customer-sync")
PULL = Address("xero-au", "PartnerFunction", "customer-import")


def wish(address: Address = SYNC, *, uuid: str | None = None, **fields: Json) -> Desired:
    name = fields.get("name")
    return Desired(
        address,
        {path: DesiredField(value, HERE) for path, value in fields.items()},
        HERE,
        uuid=uuid,
        name=name if isinstance(name, str) else None,
    )


def record(
    address: Address = SYNC, *, uuid: str = "u1", signs: Mapping[str, Json] | None = None, **fields: Json
) -> Recorded:
    readable = {f.path for f in OBJECTS[address.kind].readable}
    return Recorded(
        address,
        uuid,
        {p: RecordedField(v, v if p in readable else None) for p, v in fields.items()},
        signs or {},
    )


def live(address: Address = SYNC, *, uuid: str = "u1", **item: Json) -> Observed:
    return observe(OBJECTS[address.kind], {"uuid": uuid, **item}, CONNECTION)


def world(
    records: list[Recorded], objects: Mapping[Address, list[Observed]], *, prune: bool = False
) -> World:
    found: dict[tuple[str, str], dict[str, Observed]] = {}
    for address, items in objects.items():
        found.setdefault((address.connection, address.kind), {}).update({o.uuid: o for o in items})
    snapshot: Live = found
    return World({r.address: r for r in records}, snapshot, {"xero-au": CONNECTION}, prune=prune)


def test_only_the_leaves_that_changed_are_sent() -> None:
    decision = decide(
        [wish(name="Customer sync", check_on="4 hours")],
        world(
            [record(name="Customer sync", check_on="8 hours")],
            {SYNC: [live(name="Customer sync", check_on="8 hours")]},
        ),
    )
    (change,) = decision.changes
    assert isinstance(change, Update)
    path = f"/api/v3/integration/{CONNECTION}/automation/u1"
    assert change.requests == (
        Request("PATCH", path, {"integration": {"automation_details": {"check_on": "4 hours"}}}),
    )
    assert [f.cause for f in change.fields] == [Cause.CHANGE]


def test_an_equal_object_of_the_same_name_is_adopted_without_a_call() -> None:
    decision = decide([wish(name="Customer sync")], world([], {SYNC: [live(name="Customer sync")]}))
    (change,) = decision.changes
    assert isinstance(change, Adopt)
    assert change.requests == ()
    assert decision.catch_up == (record(name="Customer sync"),)


def test_a_manifest_without_an_object_creates_one_with_every_leaf() -> None:
    decision = decide([wish(name="Customer sync", enabled=False)], world([], {SYNC: []}))
    (change,) = decision.changes
    assert isinstance(change, Create)
    assert [(r.method, r.path.rpartition("/")[2]) for r in change.requests] == [
        ("POST", "automation"),
        ("POST", "disable"),
    ]


def test_two_live_objects_of_one_name_are_a_question() -> None:
    twins = [live(uuid="u1", name="Customer sync"), live(uuid="u2", name="Customer sync")]
    with pytest.raises(Undecidable) as error:
        decide([wish(name="Customer sync")], world([], {SYNC: twins}))
    assert "u1, u2" in error.value.problems[0].message


def test_a_record_without_a_manifest_is_forgotten_and_with_prune_deleted() -> None:
    objects = {SYNC: [live(name="Customer sync")]}
    (kept,) = decide([], world([record(name="Customer sync")], objects)).changes
    (gone,) = decide([], world([record(name="Customer sync")], objects, prune=True)).changes
    assert isinstance(kept, Forget)
    assert kept.requests == ()
    assert isinstance(gone, Delete)
    assert gone.requests == (Request("DELETE", "/api/v3/integration/automation/u1"),)


def test_criteria_are_suspect_once_their_text_has_moved() -> None:
    criteria: Json = [{"group_condition": "AND", "rules": []}]
    decision = decide(
        [wish(name="Customer sync", additional_criteria_details=criteria)],
        world(
            [
                record(
                    name="Customer sync",
                    additional_criteria_details=criteria,
                    signs={"trigger_condition_text": "a"},
                )
            ],
            {SYNC: [live(name="Customer sync", trigger_condition_text="b")]},
        ),
    )
    assert [(f.path, f.cause) for f in decision.changes[0].fields] == [
        ("additional_criteria_details", Cause.SUSPECT)
    ]


def test_an_object_with_another_uuid_is_believed_in_nothing_that_cannot_be_read() -> None:
    decision = decide(
        [wish(name="Customer sync", property_name="p")],
        world(
            [record(uuid="old", name="Customer sync", property_name="p")],
            {SYNC: [live(uuid="new", name="Customer sync")]},
        ),
    )
    assert [(f.path, f.cause) for f in decision.changes[0].fields] == [("property_name", Cause.SUSPECT)]
    assert decision.changes[0].uuid == "new"


def test_what_the_server_made_of_a_value_counts_as_the_value() -> None:
    recorded = Recorded(SYNC, "u1", {"check_on": RecordedField("4 hours", "4 HOURS")})
    decision = decide([wish(check_on="4 hours")], world([recorded], {SYNC: [live(check_on="4 HOURS")]}))
    assert decision.changes == ()


def test_a_function_made_in_the_same_run_is_named_by_its_address() -> None:
    automation = wish(name="Customer sync", perform_action=uuid_of(str(PULL)))
    decision = decide([automation, wish(PULL, name="Customer import")], world([], {SYNC: [], PULL: []}))
    bodies = [c.requests[0].body for c in decision.changes if c.address == SYNC]
    assert bodies == [
        {
            "integration": {
                "automation_details": {"name": "Customer sync", "perform_action": {"uuid_of": str(PULL)}}
            }
        }
    ]


def test_a_reference_to_another_automation_becomes_its_remote_name() -> None:
    other = Address("xero-au", "Automation", "other")
    decision = decide(
        [wish(name="Customer sync", another_automation=name_of(str(other))), wish(other, name="The other")],
        world([], {SYNC: []}),
    )
    values = {c.address: {f.path: f.after for f in c.fields} for c in decision.changes}
    assert values[SYNC]["another_automation"] == "The other"


def test_a_vanished_function_is_made_again_and_its_automation_points_to_the_new_one() -> None:
    records = [
        record(PULL, uuid="f1", name="Customer import"),
        record(name="Customer sync", perform_action="f1"),
    ]
    objects = {PULL: [], SYNC: [live(name="Customer sync", perform_function="f1")]}
    state = world(records, objects)
    decision = decide(last_applied(state.records, []), state)
    causes = {str(c.address): (c.action, c.cause) for c in decision.changes}
    assert causes == {str(PULL): ("create", Cause.DRIFT), str(SYNC): ("update", Cause.DRIFT)}


LEAVES = [f for f in OBJECTS["Automation"].fields.values() if f.form.value == "text" and f.send]
VALUES = st.dictionaries(
    st.sampled_from([f.path for f in LEAVES]), st.sampled_from(["a", "b", ""]), max_size=8
)


@given(desired=VALUES, recorded=VALUES, item=VALUES)
def test_the_request_has_exactly_the_leaves_that_the_plan_shows(
    desired: dict[str, Any], recorded: dict[str, Any], item: dict[str, Any]
) -> None:
    reads = {f.path: f.read[0] for f in LEAVES if f.read}
    observed = live(**{reads[p]: v for p, v in item.items() if p in reads})
    decision = decide([wish(**desired)], world([record(**recorded)], {SYNC: [observed]}))
    for change in decision.changes:
        shown = {f.path: f.after for f in change.fields if f.after is not MISSING}
        sent = [r.body for r in change.requests]
        assert sent == ([body(OBJECTS["Automation"], shown)] if shown else [])
        assert not {f.path for f in change.fields} - desired.keys() - recorded.keys()


def test_a_rule_put_in_front_is_one_line() -> None:
    rules: list[Json] = [{"field_name": name, "operator": "HAS_VALUE"} for name in "ab"]
    extra: Json = {"field_name": "z", "operator": "HAS_VALUE"}
    (detail,) = describe([{"rules": rules}], [{"rules": [extra, *rules]}])
    assert (detail.sign, detail.where, detail.after) == ("+", "rule 1 in group 1", extra)


def test_rows_are_described_by_their_source() -> None:
    old: Json = [{"source": "Test", "target": "Sales"}, {"source": "Gone", "target": "x"}]
    new: Json = [{"source": "Test", "target": "Other"}]
    assert [(d.sign, d.where, d.before, d.after) for d in describe(old, new)] == [
        ("~", 'row "Test"', "Sales", "Other"),
        ("-", 'row "Gone"', "x", MISSING),
    ]


def test_of_long_lists_items_are_paired_by_place_and_equal_ones_are_not_told() -> None:
    """To match thousands of equal rules with each other would take minutes."""
    rule = {"field_name": "a", "operator": "EQUALS", "value": "1"}
    old = [{"rules": [rule] * 5_000}]
    new = [{"rules": [*[rule] * 4_000, {**rule, "value": "2"}, *[rule] * 1_000]}]
    told = [(d.sign, d.where, d.before, d.after) for d in describe(old, new)]
    assert told == [
        ("~", "value of rule 4001 in group 1", "1", "2"),
        ("+", "rule 5001 in group 1", MISSING, rule),
    ]
