"""References between manifests: what they become, and what they cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.resources import Address
from reconciler.values import name_of, uuid_of
from tests.manifests.builder import (
    automation,
    documents,
    errors,
    function,
    manifest,
    project,
    refused,
    rules,
    values,
)

IMPORT = function("customer-import")
GROUP = manifest(
    "CriteriaGroup",
    "group_condition: AND\nrules: [{field_name: AccountNumber, operator: EQUALS, value: '1', condition: AND}]",
    name="has-number",
    connection=None,
)
INLINED = {
    "group_condition": "AND",
    "rules": [{"field_name": "AccountNumber", "operator": "EQUALS", "value": "1", "condition": "AND"}],
}


def wanted(
    root: Path, *texts: str, address: str = "xero-au/Automation/sync"
) -> tuple[dict[str, object], list[str]]:
    """The values and the dependencies of one manifest among `texts`."""
    found = {str(d.address): d for d in project(root, {"m.yaml": documents(*texts)}).desired}
    return dict(values(found[address])), [str(a) for a in found[address].depends_on]


def test_an_action_refers_to_a_function_s_uuid(tmp_path: Path) -> None:
    fields, after = wanted(
        tmp_path, automation("perform_action: {ref: PartnerFunction/customer-import}"), IMPORT
    )
    assert fields == {"perform_action": uuid_of("xero-au/PartnerFunction/customer-import")}
    assert after == ["xero-au/PartnerFunction/customer-import"]


def test_an_automation_refers_to_another_s_name(tmp_path: Path) -> None:
    texts = automation("another_automation: {ref: Automation/next}"), automation("name: Next", name="next")
    fields, after = wanted(tmp_path, *texts)
    assert fields == {"another_automation": name_of("xero-au/Automation/next")}
    assert after == ["xero-au/Automation/next"]


def test_it_depends_on_everything_that_it_refers_to(tmp_path: Path) -> None:
    texts = (
        automation(
            "perform_action: {ref: PartnerFunction/customer-import}\nanother_automation: {ref: Automation/next}"
        ),
        automation("name: Next", name="next"),
        IMPORT,
    )
    assert set(wanted(tmp_path, *texts)[1]) == {
        "xero-au/PartnerFunction/customer-import",
        "xero-au/Automation/next",
    }


def test_text_in_place_of_a_reference_is_sent_as_it_is(tmp_path: Path) -> None:
    fields, after = wanted(
        tmp_path, automation("perform_action: 0123-abc\nanother_automation: Customer sync")
    )
    assert fields == {"perform_action": "0123-abc", "another_automation": "Customer sync"}
    assert after == []


def test_a_shared_group_is_written_out_where_it_is_used(tmp_path: Path) -> None:
    spec = (
        "additional_criteria_details:\n  - {ref: CriteriaGroup/has-number}\n"
        "  - {group_condition: OR, rules: [{field_name: Contact ID, operator: HAS_VALUE, condition: OR}]}\n"
        "  - {ref: CriteriaGroup/has-number}"
    )
    fields, after = wanted(tmp_path, automation(spec), GROUP)
    own = {
        "group_condition": "OR",
        "rules": [{"field_name": "Contact ID", "operator": "HAS_VALUE", "condition": "OR"}],
    }
    assert fields == {"additional_criteria_details": [INLINED, own, INLINED]}
    assert after == []


def test_a_shared_group_is_no_object_of_its_own(tmp_path: Path) -> None:
    spec = "additional_criteria_details: [{ref: CriteriaGroup/has-number}]"
    found = project(tmp_path, {"m.yaml": documents(GROUP, automation(spec))})
    assert [d.address for d in found.desired] == [Address("xero-au", "Automation", "sync")]
    assert found.problems == ()


def test_a_group_without_a_connection_serves_every_one(tmp_path: Path) -> None:
    spec = "additional_criteria_details: [{ref: CriteriaGroup/has-number}]"
    texts = GROUP, automation(spec), automation(spec, connection="xero-nz")
    for address in ("xero-au/Automation/sync", "xero-nz/Automation/sync"):
        assert wanted(tmp_path, *texts, address=address)[0] == {"additional_criteria_details": [INLINED]}


def test_a_group_of_a_connection_serves_that_one_only(tmp_path: Path) -> None:
    bound = GROUP.replace("name: has-number", "name: has-number, connection: xero-nz")
    spec = "additional_criteria_details: [{ref: CriteriaGroup/has-number}]"
    assert wanted(tmp_path, bound, automation(spec, connection="xero-nz"), address="xero-nz/Automation/sync")
    assert rules(tmp_path, {"m.yaml": documents(bound, automation(spec))}) == {"unresolved-reference"}


def test_the_rules_of_a_group_are_checked_where_they_are_written(tmp_path: Path) -> None:
    text = manifest(
        "CriteriaGroup",
        "rules: [{field_name: a, operator: HAS_VALUE, value: ▸b}]",
        name="g",
        connection=None,
    )
    use = automation("additional_criteria_details: [{ref: CriteriaGroup/g}]")
    refused(tmp_path, "value-refused", {"g.yaml": text, "m.yaml": use})


@pytest.mark.parametrize(
    ("spec", "meant"),
    [
        ("perform_action: {ref: ▸PartnerFunction/custmer-import}", "customer-import"),
        ("perform_action: {ref: ▸PartnerFunction/zzzzzzzz}", ""),
        ("another_automation: {ref: ▸Automation/nxt}", "next"),
        ("additional_criteria_details: [{ref: ▸CriteriaGroup/has-numbr}]", "has-number"),
        ('perform_action: {ref: ▸"PartnerFunction/{{ vars.receivables }}"}', ""),
    ],
)
def test_a_reference_to_nothing_is_told_with_what_was_meant(spec: str, meant: str, tmp_path: Path) -> None:
    files = {
        "m.yaml": automation(spec),
        "n.yaml": documents(IMPORT, GROUP, automation("name: N", name="next")),
    }
    told = refused(tmp_path, "unresolved-reference", files)
    assert meant in told.hint


@pytest.mark.parametrize(
    "field", ["perform_action: {ref: ▸PartnerFunction/f}", "another_automation: {ref: ▸Automation/f}"]
)
def test_a_reference_stays_within_its_connection(field: str, tmp_path: Path) -> None:
    others = documents(function("f", "xero-nz"), automation("name: F", name="f", connection="xero-nz"))
    refused(tmp_path, "unresolved-reference", {"m.yaml": automation(field), "n.yaml": others})


@pytest.mark.parametrize(
    "spec",
    [
        "perform_action: {ref: ▸Automation/next}",
        "perform_action: {ref: ▸CriteriaGroup/has-number}",
        "another_automation: {ref: ▸PartnerFunction/customer-import}",
        "additional_criteria_details: [{ref: ▸Automation/next}]",
        "additional_criteria_details: [{ref: ▸PartnerFunction/customer-import}]",
        "perform_action: {ref: ▸customer-import}",
        "perform_action: {ref: ▸PartnerFunction}",
        "perform_action: {ref: ▸PartnerFunction/}",
        "perform_action: {ref: ▸/customer-import}",
        "perform_action: {ref: ▸xero-au/PartnerFunction/customer-import}",
        "perform_action: {ref: ▸partnerfunction/customer-import}",
        "perform_action: {ref: ▸3}",
        "perform_action: {ref: ▸Environment/demo}",
        "perform_action: {ref: ▸Configuration/xero-au}",
    ],
)
def test_a_reference_has_a_shape_and_the_kind_that_fits(spec: str, tmp_path: Path) -> None:
    use = automation("additional_criteria_details: [{ref: CriteriaGroup/has-number}]", name="user")
    others = documents(IMPORT, GROUP, automation("name: N", name="next"), use)
    refused(tmp_path, "wrong-reference", {"m.yaml": automation(spec), "n.yaml": others})


@pytest.mark.parametrize(
    ("rule", "spec"),
    [
        ("wrong-type", "perform_action: {ref: ▸[a]}"),
        ("null-refused", "perform_action: {ref: ▸null}"),
        ("wrong-value", 'perform_action: {ref: ▸""}'),
    ],
)
def test_a_reference_is_text(rule: str, spec: str, tmp_path: Path) -> None:
    refused(tmp_path, rule, automation(spec))


def test_other_fields_take_no_reference(tmp_path: Path) -> None:
    refused(
        tmp_path,
        "wrong-type",
        {"m.yaml": automation("name: ▸{ref: PartnerFunction/customer-import}"), "n.yaml": IMPORT},
    )


@pytest.mark.parametrize("length", [1, 2, 3, 50])
def test_automations_do_not_run_each_other_in_a_circle(length: int, tmp_path: Path) -> None:
    texts = [
        automation(f"another_automation: {{ref: Automation/a{(n + 1) % length}}}", name=f"a{n}")
        for n in range(length)
    ]
    assert {p.rule for p in errors(tmp_path, {"m.yaml": documents(*texts)})} == {"reference-cycle"}


def test_a_circle_is_told_by_the_names_on_it(tmp_path: Path) -> None:
    texts = (
        automation("another_automation: {ref: Automation/b}", name="a"),
        automation("another_automation: {ref: Automation/a}", name="b"),
        automation("another_automation: {ref: Automation/a}", name="outside"),
    )
    told = " ".join(p.message for p in errors(tmp_path, {"m.yaml": documents(*texts)}))
    assert "Automation/a" in told
    assert "Automation/b" in told
    assert "outside" not in told


def test_a_long_chain_is_no_circle(tmp_path: Path) -> None:
    texts = [
        automation(f"another_automation: {{ref: Automation/a{n + 1}}}", name=f"a{n}") for n in range(1_500)
    ]
    found = project(tmp_path, {"m.yaml": documents(*texts, automation("name: Last", name="a1500"))})
    assert len(found.desired) == 1_501


def test_the_order_of_documents_does_not_matter_to_a_reference(tmp_path: Path) -> None:
    first = {"a.yaml": automation("perform_action: {ref: PartnerFunction/customer-import}"), "z.yaml": IMPORT}
    last = {"a.yaml": IMPORT, "z.yaml": first["a.yaml"]}
    one, two = (project(tmp_path / n, files) for n, files in (("1", first), ("2", last)))
    assert [(d.address, values(d)) for d in one.desired] == [(d.address, values(d)) for d in two.desired]
