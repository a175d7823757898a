"""Automations: every endpoint, and what is written but never read back."""

from typing import Any

import httpx

from reconciler.emulator import Running

READ = {
    "check_on",
    "check_on_minutes",
    "additional_criteria",
    "applies_to",
    "applies_to_function",
    "automation_type",
    "code",
    "custom_day",
    "custom_day_time",
    "custom_time",
    "description",
    "direction",
    "display_name",
    "name",
    "perform_function",
    "provider",
    "status",
    "uuid",
    "trigger_condition_text",
    "performActionText",
    "checkOnText",
}
UNREADABLE = {
    "description_enabled": "true",
    "another_automation": "Customer sync",
    "do_not_over_write_latest_data": "true",
    "ignore_threshold": "a threshold nobody reads",
    "since_last_look_up": "false",
    "property_name": "a property nobody reads",
}


def patch(client: httpx.Client, path: str, criteria: object = None, **details: object) -> dict[str, Any]:
    integration: dict[str, object] = {"automation_details": details}
    if criteria is not None:
        integration["additional_criteria_details"] = criteria
    answer = client.patch(path, json={"integration": integration})
    assert answer.status_code == 200, answer.text
    read: dict[str, Any] = answer.json()["integration_automation"]
    return read


def rule(name: str, operator: str, condition: str = "AND", **value: str) -> dict[str, str]:
    return {"field_name": name, "operator": operator, "condition": condition, **value}


def test_list_and_details_give_exactly_the_documented_fields(
    client: httpx.Client, au: str, automation: str
) -> None:
    listed = client.get(f"{au}/automation").json()["integration_automations"]
    assert len(listed) == 6
    assert all(set(each) == READ for each in listed)
    one = client.get(automation).json()["integration_automation"]
    assert one in listed
    assert all(isinstance(value, str) for value in one.values())


def test_a_patch_answers_with_the_new_object_and_get_agrees(client: httpx.Client, automation: str) -> None:
    answered = patch(client, automation, check_on="4 hours", direction="IMPORT")
    assert (answered["check_on"], answered["direction"]) == ("4 hours", "IMPORT")
    assert client.get(automation).json()["integration_automation"] == answered


def test_absent_keys_are_left_alone(client: httpx.Client, server: Running, automation: str) -> None:
    shelf = server.world.connection("xero-au").automations
    before = shelf.named("Supplier export")
    patch(client, automation, code="NEW")
    after = shelf.named("Supplier export")
    assert after == {**before, "details": {**before["details"], "code": "NEW"}}


def test_what_is_unreadable_is_stored_and_never_returned(
    client: httpx.Client, server: Running, automation: str
) -> None:
    answered = patch(client, automation, **UNREADABLE)
    assert set(answered) == READ
    assert "nobody reads" not in client.get(automation).text
    stored = server.world.connection("xero-au").automations.named("Supplier export")["details"]
    assert UNREADABLE.items() <= stored.items()


def test_perform_action_reads_back_as_perform_function(
    client: httpx.Client, server: Running, automation: str
) -> None:
    target = server.world.connection("xero-au").functions.named("Item import")
    answered = patch(client, automation, perform_action=target["uuid"])
    assert (answered["perform_function"], answered["performActionText"]) == (target["uuid"], "Item import")
    assert "perform_action" not in answered


def test_the_interval_is_told_in_minutes_and_words(client: httpx.Client, automation: str) -> None:
    hours = patch(client, automation, check_on="4 hours")
    assert (hours["check_on_minutes"], hours["checkOnText"], hours["custom_day_time"]) == (
        "240",
        "Every 4 hours",
        "",
    )
    custom = patch(
        client, automation, check_on="customDayTime", custom_day="thursday", custom_time="06:45:23"
    )
    assert custom["custom_day_time"] == "thursday 06:45:23"
    assert (custom["check_on_minutes"], custom["checkOnText"]) == ("", "Every thursday at 06:45:23")
    assert patch(client, automation, check_on="when the moon is full")["check_on_minutes"] == ""


def test_criteria_alone_can_be_written_and_show_only_as_text(client: httpx.Client, automation: str) -> None:
    groups = [
        {"group_condition": "AND", "rules": [rule("Account Number", "EQUALS", value="1")]},
        {
            "group_condition": "OR",
            "rules": [rule("Email", "HAS_VALUE"), rule("Tax", "CONTAINS", "OR", value="GST")],
        },
    ]
    answered = patch(client, automation, groups)
    assert (
        answered["trigger_condition_text"]
        == '(Account Number EQUALS "1") OR (Email HAS_VALUE OR Tax CONTAINS "GST")'
    )
    assert set(answered) == READ


def test_criteria_are_replaced_whole_and_can_be_emptied(client: httpx.Client, automation: str) -> None:
    group = {"group_condition": "AND", "rules": [rule("Name", "EQUALS", value="A")]}
    assert patch(client, automation, [group])["trigger_condition_text"] == '(Name EQUALS "A")'
    assert patch(client, automation, code="X")["trigger_condition_text"] == '(Name EQUALS "A")'
    assert patch(client, automation, [])["trigger_condition_text"] == ""


def test_a_created_automation_is_active_and_last_in_the_list(client: httpx.Client, au: str) -> None:
    body = {"integration": {"automation_details": {"name": "Nightly", "direction": "EXPORT"}}}
    answer = client.post(f"{au}/automation", json=body)
    assert answer.status_code == 201
    created = answer.json()["integration_automation"]
    assert set(created) == READ
    assert (created["name"], created["status"], created["code"]) == ("Nightly", "ACTIVE", "")
    assert client.get(f"{au}/automation").json()["integration_automations"][-1] == created


def test_two_automations_may_have_one_name(client: httpx.Client, au: str) -> None:
    body = {"integration": {"automation_details": {"name": "Twin"}}}
    uuids = {
        client.post(f"{au}/automation", json=body).json()["integration_automation"]["uuid"] for _ in "ab"
    }
    assert len(uuids) == 2


def test_disable_and_enable_move_the_status(client: httpx.Client, automation: str) -> None:
    assert client.post(f"{automation}/disable").json() == {
        "message": "Automation has been disabled successfully"
    }
    assert client.get(automation).json()["integration_automation"]["status"] == "INACTIVE"
    assert client.post(f"{automation}/enable").json() == {
        "message": "Automation has been enabled successfully"
    }
    assert client.get(automation).json()["integration_automation"]["status"] == "ACTIVE"


def test_delete_needs_only_the_uuid_of_the_automation(client: httpx.Client, automation: str) -> None:
    uuid = automation.rpartition("/")[2]
    assert client.delete(automation).status_code == 405
    assert client.delete(f"/api/v3/integration/automation/{uuid}").status_code == 200
    assert client.get(automation).status_code == 404
    assert client.delete(f"/api/v3/integration/automation/{uuid}").status_code == 404


def test_another_connections_automation_is_unknown_here(
    client: httpx.Client, server: Running, au: str
) -> None:
    theirs = server.world.connection("xero-nz").automations.named("Customer sync")["uuid"]
    assert client.get(f"{au}/automation/{theirs}").status_code == 404
    assert client.patch(f"{au}/automation/{theirs}", json={}).status_code == 404
    assert client.post(f"{au}/automation/{theirs}/enable").status_code == 404
