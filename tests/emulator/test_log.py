"""The request log, and the endpoints for another process."""

import httpx
import pytest

from reconciler.emulator import Running


def test_every_request_is_logged_with_what_it_did(
    client: httpx.Client, server: Running, automation: str, au: str
) -> None:
    body = {"integration": {"automation_details": {"code": "NEW"}}}
    client.get(f"{au}/automation", params={"limit": "5"})
    client.patch(automation, json=body)
    client.patch(automation, content=b"no json")
    read, wrote, refused = server.log
    assert (read.method, read.path, read.query) == ("GET", f"{au}/automation", {"limit": "5"})
    assert (read.body, read.status, read.wrote) == (None, 200, False)
    assert (wrote.body, wrote.status, wrote.wrote) == (body, 200, True)
    assert (refused.body, refused.status, refused.wrote) == ("no json", 400, False)
    assert server.log.writes == (wrote,)
    assert server.log.calls("PATCH") == (wrote, refused)


def test_entries_are_numbered_and_timed_in_order(
    client: httpx.Client, server: Running, automation: str
) -> None:
    client.get(automation)
    server.log.clear()
    assert len(server.log) == 0
    for _ in range(3):
        client.get(automation)
    sequence = [entry.seq for entry in server.log]
    assert sequence == [3, 4, 5]
    assert [entry.time for entry in server.log] == sorted(entry.time for entry in server.log)


def test_the_log_is_read_and_cleared_over_http(client: httpx.Client, automation: str) -> None:
    client.get(automation)
    entries = client.get("/_emulator/log").json()["entries"]
    assert [(each["method"], each["path"], each["status"]) for each in entries] == [("GET", automation, 200)]
    assert client.delete("/_emulator/log").status_code == 200
    assert client.get("/_emulator/log").json() == {"entries": []}


def test_faults_are_set_and_cleared_over_http(client: httpx.Client, automation: str) -> None:
    rules = [
        {"effect": "status", "code": 503, "retry_after": "1", "method": "GET", "path": "*/automation/*"},
        {"effect": "expire_tokens", "path": "/never"},
    ]
    assert client.post("/_emulator/faults", json={"faults": rules}).status_code == 200
    assert [client.get(automation).status_code for _ in range(2)] == [503, 200]
    client.post("/_emulator/faults", json={"faults": [{"effect": "cut", "times": None}]})
    assert client.delete("/_emulator/faults").status_code == 200
    assert client.get(automation).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"faults": [{}]},
        {"faults": [{"effect": "unheard of"}]},
        {"faults": [{"effect": "status"}]},
        {"faults": [{"effect": "status", "code": "503"}]},
        {"faults": [{"effect": "cut", "sharp": True}]},
        {"faults": [{"effect": "cut", "nth": 0}]},
    ],
)
def test_a_fault_that_cannot_be_understood_is_refused(anonymous: httpx.Client, body: object) -> None:
    assert anonymous.post("/_emulator/faults", json=body).status_code == 400


def test_the_world_is_read_and_replaced_over_http(client: httpx.Client, server: Running) -> None:
    world = client.get("/_emulator/world").json()
    assert world == server.world.document()
    world["connections"].pop(0)
    assert client.put("/_emulator/world", json=world).status_code == 200
    assert client.get("/api/v2/integration-connections").json()["pagination"]["records"] == 1
    assert client.put("/_emulator/world", json={"connections": [1]}).status_code == 400
    assert server.world.document() == world


def test_the_emulators_own_endpoints_are_not_logged_and_nothing_else_is_there(
    anonymous: httpx.Client, server: Running
) -> None:
    assert anonymous.get("/_emulator/nothing").status_code == 404
    assert anonymous.post("/_emulator/log").status_code == 404
    assert len(server.log) == 0
