"""Every field of every kind, changed alone: what the plan shows, what is sent, and what moves in the world."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from reconciler.changes import Cause, Evidence
from reconciler.kinds import OBJECTS, Field, Form
from reconciler.outcomes import Result
from reconciler.values import nest
from tests.acting.bench import (
    AU,
    Bench,
    Sent,
    assert_settled,
    group,
    manifests,
    moved,
    rows,
    rule,
    shown,
    wire,
)

AUTOMATION_UUID = "3f14acfb-cfe2-4ea3-bd73-5dafa5b82a90"
FUNCTION_UUID = "e2157b61-8ac1-4d7b-aeba-fd5cf7ce486e"
UUIDS = {"Automation": AUTOMATION_UUID, "PartnerFunction": FUNCTION_UUID, "Configuration": AU}
ADDRESSES = {
    "Automation": "xero-au/Automation/it",
    "PartnerFunction": "xero-au/PartnerFunction/it",
    "Configuration": "xero-au/Configuration",
}
ITEMS = {
    "Automation": f"/api/v3/integration/{AU}/automation/{AUTOMATION_UUID}",
    "PartnerFunction": f"/api/v3/integration/{AU}/partner-function/{FUNCTION_UUID}",
    "Configuration": f"/api/v3/integration/{AU}/configuration",
}
# where only some values are taken: the value before, and the one after
PAIRS: dict[str, tuple[Any, Any]] = {
    "direction": ("IMPORT", "EXPORT"),
    "perform_action": ("581dfb11-c1e5-4df0-ac34-6c2bb50be172", "854f8e6e-8897-43b2-8aa1-402bab90c075"),
    "another_automation": ("Customer sync", "Item import"),
    "check_on": ("4 hours", "90 minutes"),
    "custom_day": ("thursday", "friday"),
    "custom_time": ("06:45:23", "00:00:00"),
    "additional_criteria_details": (
        [group(rule("Email"))],
        [group(rule("Email", "CONTAINS", value="@"), rule("Name")), group(rule("Code"), condition="OR")],
    ),
}
ROWS = (rows(("Test", "Sales")), rows(("Sales", "Test"), ("Test", "Sales")))
# these cannot stand beside the field: the schedule is not custom then, the description not used
APART = {"check_on": ("custom_day", "custom_time"), "description_enabled": ("description",)}


@dataclass(frozen=True)
class Case:
    kind: str
    field: Field
    before: Any
    after: Any

    @property
    def id(self) -> str:
        """Where one value empties the field, or there is another way round: to what it changes."""
        plain = isinstance(self.after, list | str) and self.after
        return f"{self.kind}.{self.field.path}" + ("" if plain else f" to {json.dumps(self.after)}")


def pair(field: Field) -> tuple[Any, Any]:
    if field.path in PAIRS:
        return PAIRS[field.path]
    if field.form is Form.LIST:
        return ROWS
    return (False, True) if field.form is Form.FLAG else ("before", "after")


def cases() -> list[Case]:
    found: list[Case] = []
    for kind, object_type in OBJECTS.items():
        for field in object_type.fields.values():
            old, new = pair(field)
            found.append(Case(kind, field, old, new))
            if field.form is Form.FLAG:
                found.append(Case(kind, field, new, old))
            if field.form is Form.LIST:
                found.append(Case(kind, field, new, []))
            if field.nullable:
                found += [Case(kind, field, old, None), Case(kind, field, None, new)]
            if field.form is Form.TEXT and field.path in (
                "description",
                "tag",
                "display_name",
                "property_name",
            ):
                found.append(Case(kind, field, old, ""))
    return found


def full(case: Case) -> dict[str, Any]:
    """Every field of the object, all managed."""
    apart = APART.get(case.field.path, ())
    fields = OBJECTS[case.kind].fields
    values = {path: pair(each)[0] for path, each in fields.items() if path not in apart}
    if case.kind == "Automation":
        if case.field.path != "check_on":
            values["check_on"] = "customDayTime"
        if "description" in values:
            values["description_enabled"] = True
    return {**values, case.field.path: case.before}


def expected(case: Case) -> Sent:
    """By the contract, not by what the kinds say of themselves."""
    item, path, value = ITEMS[case.kind], case.field.path, wire(case.after)
    if case.field.switch:
        return Sent("POST", f"{item}/{'enable' if case.after else 'disable'}", None)
    if path == "additional_criteria_details":
        return Sent("PATCH", item, {"integration": {path: value}})
    place = {
        "Automation": ("integration", "automation_details", path),
        "PartnerFunction": ("partner_function", path),
        "Configuration": tuple(path.split(".")),
    }[case.kind]
    return Sent("PATCH", item, nest({place: value}))


def leaf(case: Case) -> str:
    """The one leaf of the world's document that may move."""
    path = case.field.path
    if case.kind == "Configuration":
        return f"connections.{AU}.configuration.{path}"
    if case.kind == "PartnerFunction":
        return f"connections.{AU}.partner_functions.{FUNCTION_UUID}.{path}"
    here = f"connections.{AU}.automations.{AUTOMATION_UUID}"
    own = {"enabled": f"{here}.status", "additional_criteria_details": f"{here}.criteria"}
    return own.get(path, f"{here}.details.{path}")


def stored_value(case: Case) -> Any:  # noqa: ANN401 - JSON
    if case.kind == "Automation" and case.field.switch:
        return "ACTIVE" if case.after else "INACTIVE"
    return wire(case.after)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_a_field_changed_alone_is_shown_alone_sent_alone_and_moves_alone(bench: Bench, case: Case) -> None:
    values, uuid = full(case), UUIDS[case.kind]
    uuid = "" if case.kind == "Configuration" else uuid
    bench.write(*manifests(case.kind, values, uuid=uuid))
    bench.done()
    before = bench.world()

    bench.write(*manifests(case.kind, {**values, case.field.path: case.after}, uuid=uuid))
    plan = bench.plan()
    assert shown(plan) == {ADDRESSES[case.kind]: {case.field.path: Cause.CHANGE.value}}
    (shown_field,) = plan.changes[0].fields
    assert shown_field.evidence is (Evidence.OBSERVED if case.field.read else Evidence.ASSERTED)
    assert [Sent.of(r) for r in plan.changes[0].requests] == [expected(case)]

    applied = bench.done(plan)
    assert applied.sent == [expected(case)]
    (outcome,) = applied.outcomes[0].fields
    assert outcome.result is (Result.VERIFIED if case.field.read else Result.ACCEPTED)
    differs = moved(before, bench.world())
    clock = f"connections.{AU}.partner_functions.{FUNCTION_UUID}.updated"
    assert {path: new for path, (_, new) in differs.items() if path != clock} == {
        leaf(case): stored_value(case)
    }
    assert_settled(bench)


@pytest.mark.parametrize("case", cases()[::7], ids=lambda case: case.id)
def test_a_field_managed_alone_leaves_all_others_as_they_are(bench: Bench, case: Case) -> None:
    """The first time as well, when the rest of the object was never seen before."""
    before = bench.world()
    uuid = "" if case.kind == "Configuration" else UUIDS[case.kind]
    bench.write(*manifests(case.kind, {case.field.path: case.after}, uuid=uuid))
    applied = bench.done()
    assert applied.sent in ([], [expected(case)])
    assert {p for p in moved(before, bench.world()) if not p.endswith(".updated")} <= {leaf(case)}
    assert_settled(bench)
