"""From manifests to what is wished for: objects, their fields by path, and one configuration a connection."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, strategies as st

from reconciler.errors import Source
from reconciler.kinds import OBJECTS
from reconciler.manifests import Project
from reconciler.resources import Address, Desired
from reconciler.values import name_of, uuid_of
from tests.manifests.builder import (
    automation,
    documents,
    errors,
    manifest,
    only,
    patient,
    project,
    refused,
    thawed,
    unmarked,
    values,
)

EXPORT_ACCOUNTS = manifest(
    "AccountMapping",
    "direction: export\nenabled: true\ndefault_account_receivable: Sales\n"
    "account_receivable_mapping: {enabled: true, mappings: [{source: Test, target: Sales}]}\n"
    "xero_account_number_field: assigned_by_xero\nsync_to_xero: false",
    name="export-accounts",
)
IMPORT_ACCOUNTS = manifest(
    "AccountMapping",
    "direction: import\nenabled: false\ndefault_account_payable: null\nxero_account_id_field: assigned_by_exsited",
    name="import-accounts",
)
EXPORT_TAX = manifest(
    "TaxMapping",
    "direction: export\ndefault_tax: null\ntax_mapping: {enabled: false, mappings: []}",
    name="export-tax",
)
INVOICES = manifest(
    "InvoiceMapping",
    "enabled: true\ndefault_sales_revenue: Other\nsales_revenue_mapping: {enabled: true, mappings: []}\nsync_to_xero: true",
    name="invoices",
)
CONFIGURATION = {
    "account.export.enabled": True,
    "account.export.default_account_receivable": "Sales",
    "account.export.account_receivable_mapping.enabled": True,
    "account.export.account_receivable_mapping.mappings": [{"source": "Test", "target": "Sales"}],
    "account.export.xero_account_number_field": "assigned_by_xero",
    "account.export.sync_to_xero": False,
    "account.import.enabled": False,
    "account.import.default_account_payable": None,
    "account.import.xero_account_id_field": "assigned_by_exsited",
    "account.export.default_tax": None,
    "account.export.tax_mapping.enabled": False,
    "account.export.tax_mapping.mappings": [],
    "transaction.invoice.export.enabled": True,
    "transaction.invoice.export.default_sales_revenue": "Other",
    "transaction.invoice.export.sales_revenue_mapping.enabled": True,
    "transaction.invoice.export.sales_revenue_mapping.mappings": [],
    "transaction.invoice.export.sync_to_xero": True,
}


def test_a_function_is_an_object_with_its_fields(tmp_path: Path) -> None:
    spec = {
        "name": "Customer import",
        "direction": "IMPORT",
        "object_name": "customer",
        "object_mapping": "customer_customer",
        "event_name": "update",
        "tag": "import_only_inventory",
        "description": "Pulls customers",
        "enabled": True,
    }
    text = manifest("PartnerFunction", json.dumps(spec), name="customer-import")
    found = only(project(tmp_path, {"m.yaml": text}))
    assert found.address == Address("xero-au", "PartnerFunction", "customer-import")
    assert (found.name, found.uuid, found.depends_on) == ("Customer import", None, ())
    assert values(found) == spec


def test_an_automation_is_an_object_with_every_field_that_it_may_have(tmp_path: Path) -> None:
    spec = {
        path: True if field.form.value == "flag" else [] if field.form.value == "list" else f"the {path}"
        for path, field in OBJECTS["Automation"].fields.items()
    } | {"check_on": "customDayTime"}
    found = only(project(tmp_path, {"m.yaml": automation(json.dumps(spec))}))
    assert values(found) == spec


def test_a_manifest_may_name_the_uuid_and_the_name_that_it_is_found_by(tmp_path: Path) -> None:
    found = only(project(tmp_path, {"m.yaml": automation("uuid: 0123\nname: Sync\ncode: a")}))
    assert (found.uuid, found.name) == ("0123", "Sync")
    assert values(found) == {"name": "Sync", "code": "a"}


def test_a_manifest_need_not_say_how_it_is_found(tmp_path: Path) -> None:
    found = only(project(tmp_path, {"m.yaml": automation("code: a")}))
    assert (found.uuid, found.name) == (None, None)


def test_an_empty_spec_wants_nothing_of_its_object(tmp_path: Path) -> None:
    assert values(only(project(tmp_path, {"m.yaml": automation("{}")}))) == {}


@pytest.mark.parametrize(
    "files",
    [
        {"m.yaml": documents(EXPORT_ACCOUNTS, IMPORT_ACCOUNTS, EXPORT_TAX, INVOICES)},
        {"a.yaml": INVOICES, "b/c.yaml": EXPORT_TAX, "d.yml": documents(IMPORT_ACCOUNTS, EXPORT_ACCOUNTS)},
    ],
)
def test_the_fragments_of_a_connection_are_one_configuration(files: dict[str, str], tmp_path: Path) -> None:
    found = only(project(tmp_path, files))
    assert found.address == Address("xero-au", "Configuration")
    assert str(found.address) == "xero-au/Configuration"
    assert (found.uuid, found.name, found.depends_on) == (None, None, ())
    assert values(found) == CONFIGURATION


def test_every_connection_has_a_configuration_of_its_own(tmp_path: Path) -> None:
    other = EXPORT_TAX.replace("xero-au", "xero-nz")
    found = project(tmp_path, {"m.yaml": documents(EXPORT_TAX, other)})
    assert [str(d.address) for d in found.desired] == ["xero-au/Configuration", "xero-nz/Configuration"]


def test_two_fragments_may_share_a_half_and_a_table(tmp_path: Path) -> None:
    one = manifest("TaxMapping", "direction: export\ntax_mapping: {enabled: true}", name="one")
    two = manifest("TaxMapping", "direction: export\ntax_mapping: {mappings: []}\ndefault_tax: A", name="two")
    assert values(only(project(tmp_path, {"m.yaml": documents(one, two)}))) == {
        "account.export.tax_mapping.enabled": True,
        "account.export.tax_mapping.mappings": [],
        "account.export.default_tax": "A",
    }


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("default_tax: ▸A", "default_tax: B"),
        ("default_tax: ▸A", "default_tax: A"),
        ("default_tax: ▸A", "default_tax: null"),
        ("tax_mapping: {enabled: ▸true}", "tax_mapping: {enabled: false}"),
        ("tax_mapping: {mappings: ▸[]}", "tax_mapping: {enabled: false, mappings: []}"),
    ],
)
def test_two_fragments_that_set_one_field_are_told_with_both_places(
    first: str, second: str, tmp_path: Path
) -> None:
    one = manifest("TaxMapping", f"direction: export\n{first}", name="one")
    two = manifest("TaxMapping", f"direction: export\n{second}", name="two")
    files, place = unmarked({"a.yaml": one, "b.yaml": two})
    (told,) = errors(tmp_path, files)
    assert told.rule == "duplicate-field"
    said = f"{told.source} {told.message} {told.hint}"
    assert str(place) in said or f"{place.file}:{place.line}" in said
    assert "b.yaml:6" in said


def test_a_value_knows_where_it_is_written(tmp_path: Path) -> None:
    spec = "direction: export\ndefault_tax: GST\ntax_mapping:\n  enabled: false\n  mappings:\n    - {source: a, target: b}"
    found = only(project(tmp_path, {"x/m.yaml": manifest("TaxMapping", spec)}))
    places = {path: field.source for path, field in found.fields.items()}
    assert places["account.export.default_tax"] == Source("x/m.yaml", 6, 16)
    assert places["account.export.tax_mapping.enabled"] == Source("x/m.yaml", 8, 14)
    rows = places["account.export.tax_mapping.mappings"]
    assert rows is not None
    assert (rows.file, rows.line) == ("x/m.yaml", 10)


def test_an_object_knows_where_it_is_written(tmp_path: Path) -> None:
    text = documents(automation("code: a", name="a"), automation("code: b", name="b"))
    found = project(tmp_path, {"m.yaml": text})
    assert [d.source and d.source.line for d in found.desired] == [1, 7]
    assert [(m.name, m.kind, m.connection, str(m.address)) for m in found.manifests] == [
        ("a", "Automation", "xero-au", "xero-au/Automation/a"),
        ("b", "Automation", "xero-au", "xero-au/Automation/b"),
    ]


def test_a_broken_fragment_takes_nothing_else_with_it(tmp_path: Path) -> None:
    broken = EXPORT_TAX.replace("enabled: false", "enabled: ▸1")
    refused(tmp_path, "wrong-type", {"a.yaml": broken, "b.yaml": EXPORT_ACCOUNTS})


DOCUMENTS: list[dict[str, Any]] = [
    dict(document)
    for document in yaml.safe_load_all(
        documents(
            EXPORT_ACCOUNTS,
            IMPORT_ACCOUNTS,
            EXPORT_TAX,
            INVOICES,
            manifest("PartnerFunction", "name: Pull\nenabled: true", name="pull"),
            manifest(
                "CriteriaGroup", "rules: [{field_name: a, operator: HAS_VALUE}]", name="g", connection=None
            ),
            automation("name: Next\ncheck_on: '{{ vars.interval }}'", name="next"),
            automation(
                "perform_action: {ref: PartnerFunction/pull}\nanother_automation: {ref: Automation/next}\n"
                "custom_time: '06:45:23'\ncustom_day: thursday\ncheck_on: customDayTime\n"
                "additional_criteria_details: [{ref: CriteriaGroup/g}, {rules: []}]"
            ),
        )
    )
]
WRITERS: Sequence[Callable[[object], str]] = (
    json.dumps,
    lambda d: json.dumps(d, indent=2),
    lambda d: yaml.safe_dump(d, sort_keys=False),
    lambda d: yaml.safe_dump(d, sort_keys=True, default_style="'" if _all_text(d) else None),
    lambda d: yaml.safe_dump(d, default_flow_style=True, width=40),
)


def _all_text(value: object) -> bool:
    match value:
        case dict():
            return all(map(_all_text, value.values()))
        case list():
            return all(map(_all_text, value))
        case _:
            return isinstance(value, str)


def _shuffled(value: Any, keys: Callable[[list[str]], list[str]]) -> Any:  # noqa: ANN401 - a document is what it is
    match value:
        case dict():
            return {key: _shuffled(value[key], keys) for key in keys(list(value))}
        case list():
            return [_shuffled(item, keys) for item in value]
        case _:
            return value


def _without_places(found: Project) -> list[tuple[object, ...]]:
    def told(d: Desired) -> tuple[object, ...]:
        return (
            d.address,
            d.uuid,
            d.name,
            d.depends_on,
            sorted((p, repr(thawed(f.value))) for p, f in d.fields.items()),
        )

    return [told(d) for d in found.desired]


@patient
@given(data=st.data())
def test_files_their_order_and_their_style_never_matter(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    files: dict[str, str] = {}
    for document in data.draw(st.permutations(DOCUMENTS)):
        file = data.draw(st.sampled_from(["a.yaml", "b/c.yml", "z/y/x.yaml", "0.yaml"]))
        shuffled = _shuffled(document, lambda keys: data.draw(st.permutations(keys)))
        files[file] = documents(files.get(file, ""), data.draw(st.sampled_from(WRITERS))(shuffled) + "\n")
    found = project(tmp_path_factory.mktemp("shuffled"), files)
    assert found.problems == ()
    plain = project(
        tmp_path_factory.mktemp("plain"), {"m.yaml": "---\n".join(json.dumps(d) + "\n" for d in DOCUMENTS)}
    )
    assert _without_places(found) == _without_places(plain)


def test_what_is_wished_for_comes_in_one_order(tmp_path: Path) -> None:
    found = project(tmp_path, {"m.yaml": "---\n".join(json.dumps(d) + "\n" for d in reversed(DOCUMENTS))})
    addresses = [d.address for d in found.desired]
    assert addresses == sorted(addresses)
    wishes = {d.address.name: values(d) for d in found.desired}
    assert wishes["sync"]["perform_action"] == uuid_of("xero-au/PartnerFunction/pull")
    assert wishes["sync"]["another_automation"] == name_of("xero-au/Automation/next")
