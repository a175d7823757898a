"""Partner functions: every endpoint."""

import httpx

from reconciler.emulator import Running

READ = {
    "uuid",
    "name",
    "description",
    "direction",
    "event_name",
    "provider_name",
    "object_name",
    "mapping_id",
    "enabled",
    "pre_run_script_id",
    "post_run_script_id",
    "tag",
    "created",
    "updated",
    "object_mapping",
}


def test_the_list_answers_with_and_without_the_trailing_slash(client: httpx.Client, au: str) -> None:
    with_slash = client.get(f"{au}/partner-function/").json()
    without = client.get(f"{au}/partner-function").json()
    assert with_slash == without
    assert len(with_slash["partner_functions"]) == 7
    assert all(set(each) == READ for each in with_slash["partner_functions"])


def test_details_are_wrapped_and_all_strings(client: httpx.Client, function: str) -> None:
    one = client.get(function).json()["partner_function"]
    assert set(one) == READ
    assert all(isinstance(value, str) for value in one.values())
    assert (one["name"], one["provider_name"], one["enabled"]) == ("Customer import", "XERO", "true")


def test_a_patch_answers_with_the_bare_object(client: httpx.Client, function: str) -> None:
    before = client.get(function).json()["partner_function"]
    answered = client.patch(function, json={"partner_function": {"tag": "everything"}}).json()
    assert answered == {**before, "tag": "everything", "updated": answered["updated"]}
    assert client.get(function).json()["partner_function"] == answered


def test_updated_moves_at_every_write(client: httpx.Client, function: str) -> None:
    seen = [client.get(function).json()["partner_function"]["updated"]]
    same = {"partner_function": {"tag": "a"}}
    writes = [("PATCH", "", same), ("PATCH", "", same), ("POST", "/disable", None), ("POST", "/enable", None)]
    for method, action, body in writes:
        assert client.request(method, function + action, json=body).status_code == 200
        seen.append(client.get(function).json()["partner_function"]["updated"])
    assert seen == sorted(set(seen))


def test_create_is_wrapped_and_delete_removes_it(client: httpx.Client, au: str) -> None:
    answer = client.post(
        f"{au}/partner-function/", json={"partner_function": {"name": "New", "direction": "EXPORT"}}
    )
    assert answer.status_code == 201
    created = answer.json()["partner_function"]
    assert set(created) == READ
    assert (created["enabled"], created["created"]) == ("true", created["updated"])
    path = f"{au}/partner-function/{created['uuid']}"
    assert client.delete(path).json() == {"message": "Partner function has been deleted successfully"}
    assert client.get(path).status_code == 404


def test_enable_and_disable_answer_with_a_message(client: httpx.Client, function: str) -> None:
    assert client.post(f"{function}/disable").json() == {
        "message": "Partner function has been disabled successfully"
    }
    assert client.get(function).json()["partner_function"]["enabled"] == "false"
    assert client.post(f"{function}/enable").json() == {
        "message": "Partner function has been enabled successfully"
    }
    assert client.get(function).json()["partner_function"]["enabled"] == "true"


def test_a_function_that_an_automation_performs_cannot_be_deleted(
    client: httpx.Client, server: Running, function: str
) -> None:
    refused = client.delete(function)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "IN_USE")
    user = server.world.connection("xero-au").automations.named("Customer sync")["uuid"]
    assert client.delete(f"/api/v3/integration/automation/{user}").status_code == 200
    assert client.delete(function).status_code == 200


def test_an_unknown_function_is_a_404_everywhere(client: httpx.Client, au: str) -> None:
    path = f"{au}/partner-function/no-such-uuid"
    answers = [
        client.get(path),
        client.patch(path, json={"partner_function": {}}),
        client.delete(path),
        client.post(f"{path}/enable"),
        client.post(f"{path}/disable"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 5
