"""Automation: when a partner function runs, and for which records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated

from pydantic import Discriminator, Tag

from reconciler.errors import Severity
from reconciler.kinds.criteria_group import CriteriaGroupSpec, check_group
from reconciler.kinds.facts import Fact, Finding
from reconciler.kinds.kind import Kind
from reconciler.kinds.objects import Endpoints, ObjectType, leaves
from reconciler.kinds.spec import OMITTED, TEMPLATE, Flag, Name, Ref, Spec, Text, rules, where
from reconciler.values import Json

CUSTOM = "customDayTime"
_COLLECTION = "/api/v3/integration/{connection}/automation"
_ITEM = _COLLECTION + "/{uuid}"


def _shape(value: object) -> str:
    return "<ref>" if isinstance(value, Ref) or (isinstance(value, Mapping) and "ref" in value) else "<value>"


TextOrRef = Annotated[Annotated[Ref, Tag("<ref>")] | Annotated[Text, Tag("<value>")], Discriminator(_shape)]
GroupOrRef = Annotated[
    Annotated[Ref, Tag("<ref>")] | Annotated[CriteriaGroupSpec, Tag("<value>")], Discriminator(_shape)
]


class AutomationSpec(Spec):
    model_config = rules(
        where(
            "check_on",
            {"not": {"anyOf": [{"const": CUSTOM}, {"type": "string", "pattern": TEMPLATE}]}},
            {"properties": {"custom_day": False, "custom_time": False}},
        ),
        where(
            "description_enabled",
            {"const": False},
            {"properties": {"description": {"type": "string", "pattern": f"^$|{TEMPLATE}"}}},
        ),
    )

    uuid: Annotated[Name, Fact("The object's own uuid, where its name is not unique.", identity=True)] = (
        OMITTED
    )
    name: Annotated[Name, Fact("The name shown in the console.", read="name")] = OMITTED
    display_name: Annotated[Text, Fact("The name shown to users.", read="display_name")] = OMITTED
    code: Annotated[Text, Fact("A short code.", read="code")] = OMITTED
    description_enabled: Annotated[Flag, Fact("Whether the description is used.")] = OMITTED
    description: Annotated[Text, Fact("A sentence for people.", read="description")] = OMITTED
    another_automation: Annotated[
        TextOrRef,
        Fact(
            "The automation that runs next: its remote name, or a `ref` to its manifest.",
            refers_to="Automation",
            by="name",
        ),
    ] = OMITTED
    applies_to: Annotated[Text, Fact("The sort of record, such as `supplier`.", read="applies_to")] = OMITTED
    applies_to_function: Annotated[
        Text, Fact("Which of the records, such as `new`.", read="applies_to_function")
    ] = OMITTED
    automation_type: Annotated[
        Text, Fact("What starts it.", read="automation_type", known=("timerBased",))
    ] = OMITTED
    check_on: Annotated[
        Text, Fact("How often it runs.", read="check_on", known=("4 hours", "8 hours", CUSTOM))
    ] = OMITTED
    custom_day: Annotated[
        Text, Fact(f"The day, such as `thursday`. Only with `check_on: {CUSTOM}`.", read="custom_day")
    ] = OMITTED
    custom_time: Annotated[
        Text, Fact(f"The time, such as `06:45:23`. Only with `check_on: {CUSTOM}`.", read="custom_time")
    ] = OMITTED
    direction: Annotated[
        Text, Fact("Which way records travel.", read="direction", known=("IMPORT", "EXPORT"))
    ] = OMITTED
    do_not_over_write_latest_data: Annotated[Flag, Fact("Whether newer data on the other side stays.")] = (
        OMITTED
    )
    ignore_threshold: Annotated[Text, Fact("The threshold below which differences are ignored.")] = OMITTED
    perform_action: Annotated[
        TextOrRef,
        Fact(
            "The partner function it runs: a uuid, or a `ref` to its manifest.",
            read="perform_function",
            refers_to="PartnerFunction",
            by="uuid",
        ),
    ] = OMITTED
    since_last_look_up: Annotated[Flag, Fact("Whether only records since the last run are looked at.")] = (
        OMITTED
    )
    additional_criteria: Annotated[
        Flag, Fact("Whether the criteria are used.", read="additional_criteria")
    ] = OMITTED
    property_name: Annotated[Text, Fact("The property that is looked at.")] = OMITTED
    additional_criteria_details: Annotated[
        list[GroupOrRef],
        Fact(
            "The groups of rules, in order; a `ref` stands for a shared group. `[]` removes them all.",
            sign="trigger_condition_text",
            send=("integration", "additional_criteria_details"),
            refers_to="CriteriaGroup",
        ),
    ] = OMITTED
    enabled: Annotated[
        Flag, Fact("Whether it runs. Travels as a call of its own.", read="status", switch=True)
    ] = OMITTED


def check(spec: Mapping[str, Json]) -> Iterator[Finding]:
    """Rules between fields. Only what the manifest itself says is judged: live is unknown here. [contract]"""
    custom = [name for name in ("custom_day", "custom_time") if name in spec]
    if spec.get("check_on") != CUSTOM:
        severity = Severity.ERROR if "check_on" in spec else Severity.WARNING
        for name in custom:
            yield Finding(
                (name,), "custom-schedule", f"{name} applies only with check_on: {CUSTOM}",
                f"set check_on to {CUSTOM}, or remove {name}", severity,
            )  # fmt: skip
    if spec.get("description_enabled") is False and spec.get("description"):
        yield Finding(
            ("description",), "description-disabled", "a description needs description_enabled: true",
            "set description_enabled to true, or remove the description",
        )  # fmt: skip
    groups = spec.get("additional_criteria_details", ())
    assert isinstance(groups, list | tuple)  # noqa: S101 - the model has said so
    if groups and spec.get("additional_criteria") is False:
        yield Finding(
            ("additional_criteria_details",), "criteria-disabled",
            "these criteria are not used while additional_criteria is false", severity=Severity.WARNING,
        )  # fmt: skip
    for index, group in enumerate(groups):
        if "ref" not in group:
            for finding in check_group(group):
                yield replace(finding, path=("additional_criteria_details", index, *finding.path))


# [seed] PATCH; [sdk] list, one, create; [php] enable, disable, and a delete without the connection
AUTOMATION = ObjectType(
    name="Automation",
    endpoints=Endpoints(
        item=_ITEM,
        collection=_COLLECTION,
        create=_COLLECTION,
        delete="/api/v3/integration/automation/{uuid}",
        enable=_ITEM + "/enable",
        disable=_ITEM + "/disable",
        item_key="integration_automation",
        list_key="integration_automations",
    ),
    fields=leaves(AutomationSpec, send=("integration", "automation_details")),
    order=1,
    create_needs=("name",),
)

KIND = Kind(
    name="Automation",
    doc="When a partner function runs, and for which records.",
    spec=AutomationSpec,
    object="Automation",
    check=check,
)
