"""What the service refuses: a 400 that names every problem, and nothing written."""

import json
from typing import Any

import httpx
import pytest

from reconciler.emulator import Running


def details(**fields: object) -> dict[str, Any]:
    return {"integration": {"automation_details": fields}}


def criteria(*groups: object) -> dict[str, Any]:
    return {"integration": {"automation_details": {}, "additional_criteria_details": list(groups)}}


def rules(*written: object) -> dict[str, Any]:
    return criteria({"group_condition": "AND", "rules": list(written)})


def export(**fields: object) -> dict[str, Any]:
    return {"account": {"export": fields}}


AT = "integration.automation_details"
RULE = "integration.additional_criteria_details[0].rules[0]"
NAMED = {"field_name": "Name", "operator": "EQUALS", "value": "x", "condition": "AND"}

AUTOMATION = [
    ([], ""),
    ("text", ""),
    ({}, "integration"),
    ({"integration": [], "more": 1}, "integration"),
    ({"integration": {"automation_detail": {}}}, "integration.automation_detail"),
    (details(additional_criteria=True), f"{AT}.additional_criteria"),
    (details(additional_criteria="True"), f"{AT}.additional_criteria"),
    (details(since_last_look_up=""), f"{AT}.since_last_look_up"),
    (details(ignore_threshold=2), f"{AT}.ignore_threshold"),
    (details(description=None), f"{AT}.description"),
    (details(name=""), f"{AT}.name"),
    (details(direction="SIDEWAYS"), f"{AT}.direction"),
    (details(direction="import"), f"{AT}.direction"),
    (details(perform_function="x"), f"{AT}.perform_function"),
    (details(status="ACTIVE"), f"{AT}.status"),
    (details(perform_action="no-such-uuid"), f"{AT}.perform_action"),
    (details(another_automation="Nobody"), f"{AT}.another_automation"),
    ({"integration": {"additional_criteria_details": {}}}, "integration.additional_criteria_details"),
    (criteria("group"), "integration.additional_criteria_details[0]"),
    (criteria({"group_condition": "AND"}), "integration.additional_criteria_details[0].rules"),
    (
        criteria({"group_condition": "XOR", "rules": []}),
        "integration.additional_criteria_details[0].group_condition",
    ),
    (rules({"operator": "EQUALS", "value": "x"}), f"{RULE}.field_name"),
    (rules({"field_name": "Name", "value": "x"}), f"{RULE}.operator"),
    (rules({**NAMED, "condition": "NOT"}), f"{RULE}.condition"),
    (rules({**NAMED, "id": "7"}), f"{RULE}.id"),
    (rules({**NAMED, "value": 7}), f"{RULE}.value"),
    (rules({**NAMED, "operator": "HAS_VALUE"}), f"{RULE}.value"),
    (rules({**NAMED, "operator": "DOES_NOT_HAVE_VALUE", "value": ""}), f"{RULE}.value"),
    (rules({"field_name": "Name", "operator": "EQUALS"}), f"{RULE}.value"),
]
FUNCTION = [
    ({}, "partner_function"),
    ({"partner_function": {"name": ""}}, "partner_function.name"),
    ({"partner_function": {"enabled": "true"}}, "partner_function.enabled"),
    ({"partner_function": {"uuid": "x"}}, "partner_function.uuid"),
    ({"partner_function": {"tag": None}}, "partner_function.tag"),
    ({"partner_function": {"direction": "BOTH"}}, "partner_function.direction"),
]
CONFIGURATION = [
    ({"purchase": {}}, "purchase"),
    ({"account": {"sideways": {}}}, "account.sideways"),
    (export(enabled=True), "account.export.enabled"),
    (export(enabled=None), "account.export.enabled"),
    (export(xero_account_number_field=None), "account.export.xero_account_number_field"),
    (export(xero_account_id_field="x"), "account.export.xero_account_id_field"),
    (export(tax_mapping=None), "account.export.tax_mapping"),
    (export(tax_mapping={"mappings": None}), "account.export.tax_mapping.mappings"),
    (export(tax_mapping={"mappings": [{"source": "x"}]}), "account.export.tax_mapping.mappings[0].target"),
    ({"account": {"import": {"sync_to_xero": "true"}}}, "account.import.sync_to_xero"),
]


def assert_refused(server: Running, answer: httpx.Response, field: str) -> None:
    assert answer.status_code == 400
    assert field in [error.get("field", "") for error in answer.json()["errors"]]
    assert all(error["code"] and error["message"] for error in answer.json()["errors"])
    assert server.log.writes == ()


@pytest.mark.parametrize(("body", "field"), AUTOMATION)
def test_a_bad_automation_is_refused(
    client: httpx.Client, server: Running, automation: str, body: object, field: str
) -> None:
    assert_refused(server, client.patch(automation, json=body), field)


@pytest.mark.parametrize(("body", "field"), FUNCTION)
def test_a_bad_partner_function_is_refused(
    client: httpx.Client, server: Running, function: str, body: object, field: str
) -> None:
    assert_refused(server, client.patch(function, json=body), field)


@pytest.mark.parametrize(("body", "field"), CONFIGURATION)
def test_a_bad_configuration_is_refused(
    client: httpx.Client, server: Running, au: str, body: object, field: str
) -> None:
    assert_refused(server, client.patch(f"{au}/configuration", json=body), field)


@pytest.mark.parametrize("body", [b"", b"{", b'{"integration": NaN}', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_refused(
    client: httpx.Client, server: Running, automation: str, body: bytes
) -> None:
    assert_refused(server, client.patch(automation, content=body), "")


def test_create_needs_a_name(client: httpx.Client, server: Running, au: str) -> None:
    without_details: dict[str, Any] = {"integration": {"additional_criteria_details": []}}
    assert_refused(server, client.post(f"{au}/automation", json=details(code="x")), f"{AT}.name")
    assert_refused(server, client.post(f"{au}/automation", json=without_details), AT)
    unnamed = client.post(f"{au}/partner-function/", json={"partner_function": {"tag": "x"}})
    assert_refused(server, unnamed, "partner_function.name")


def test_every_problem_is_named_at_once(client: httpx.Client, automation: str) -> None:
    errors = client.patch(automation, json=details(name=1, direction="x", unknown="x")).json()["errors"]
    assert {error["field"] for error in errors} == {f"{AT}.name", f"{AT}.direction", f"{AT}.unknown"}


@pytest.mark.parametrize(
    "body",
    [
        rules({"field_name": "Name", "operator": "SOUNDS_LIKE", "value": "x"}),
        rules({"field_name": "Name", "operator": "IS_MODIFIED"}),
        details(check_on="every full moon", applies_to="wombat", automation_type="other"),
        details(another_automation="", perform_action=""),
        details(description="\ud800 is no character"),
        details(),
    ],
)
def test_open_sets_and_empty_references_are_accepted(
    client: httpx.Client, automation: str, body: object
) -> None:
    # dumped here, as httpx cannot send a lone surrogate that JSON can spell
    assert client.patch(automation, content=json.dumps(body)).status_code == 200
    assert client.get(automation).status_code == 200


def test_another_connections_function_is_no_reference_here(
    client: httpx.Client, server: Running, automation: str
) -> None:
    theirs = server.world.connection("xero-nz").functions.named("Invoice export")["uuid"]
    assert_refused(
        server, client.patch(automation, json=details(perform_action=theirs)), f"{AT}.perform_action"
    )
