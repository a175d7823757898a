"""CriteriaGroup: rules that several automations share. It has no object of its own in the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from reconciler.kinds.facts import Fact, Finding
from reconciler.kinds.kind import Kind
from reconciler.kinds.spec import OMITTED, Name, Spec, Text, rules, where
from reconciler.values import Json

CONDITIONS = ("AND", "OR")
WITHOUT_VALUE = ("HAS_VALUE", "DOES_NOT_HAVE_VALUE")
OPERATORS = ("EQUALS", "CONTAINS", *WITHOUT_VALUE)  # [seed]: seen, not said to be all


WITH_VALUE = tuple(operator for operator in OPERATORS if operator not in WITHOUT_VALUE)


class Rule(Spec):
    model_config = rules(
        where("operator", {"enum": [*WITHOUT_VALUE]}, {"properties": {"value": False}}),
        where("operator", {"enum": [*WITH_VALUE]}, {"required": ["value"]}),
    )

    field_name: Annotated[Name, Fact("The field of the record that is looked at.")]
    operator: Annotated[Name, Fact("How it is compared.", known=OPERATORS)]
    value: Annotated[
        Text, Fact("What it is compared with. `HAS_VALUE` and `DOES_NOT_HAVE_VALUE` take none.")
    ] = OMITTED
    condition: Annotated[Text, Fact("How the rule joins the one before it.", known=CONDITIONS)] = OMITTED


class CriteriaGroupSpec(Spec):
    group_condition: Annotated[Text, Fact("How the group joins the one before it.", known=CONDITIONS)] = (
        OMITTED
    )
    rules: Annotated[list[Rule], Fact("The rules of the group, in order.")]


def check_group(spec: Mapping[str, Json]) -> Iterator[Finding]:
    """A rule has a value exactly where its operator takes one. [contract]"""
    rules = spec.get("rules", ())
    assert isinstance(rules, list)  # noqa: S101 - the model has said so
    for index, rule in enumerate(rules):
        operator, given = rule["operator"], "value" in rule
        if operator in WITHOUT_VALUE and given:
            yield Finding(
                ("rules", index, "value"), "value-refused", f"{operator} takes no value", "remove `value`"
            )
        elif operator in WITH_VALUE and not given:
            yield Finding(
                ("rules", index), "value-missing", f"{operator} needs a value", "add `value:` to the rule"
            )


KIND = Kind(
    name="CriteriaGroup",
    doc="A group of rules for `additional_criteria_details`. Without a connection it serves every one.",
    spec=CriteriaGroupSpec,
    check=check_group,
)
