"""The world as data: the sample, the file, ids and times."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from reconciler.emulator import CLIENT_ID, CLIENT_SECRET, World, serve

AU = "922ffe4a-439f-4b1c-b671-d4387bc2ec59"


@contextmanager
def signed_in(base_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base_url, timeout=5) as client:
        credentials = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect_uri": "x"}
        issued = client.post("/api/v1/oauth2/token", json={"grant_type": "client_credentials", **credentials})
        client.headers["Authorization"] = f"Bearer {issued.json()['access_token']}"
        yield client


def test_the_sample_is_the_same_every_time_and_refers_only_to_itself() -> None:
    world = World.sample()
    assert world.document() == World.sample().document()
    for connection in world.connections.values():
        for automation in connection.automations:
            assert connection.functions.get(automation["details"]["perform_action"])
            other = automation["details"]["another_automation"]
            assert not other or connection.automations.names(other)


def test_the_sample_is_accepted_by_the_service_that_serves_it() -> None:
    world = World.sample()
    with serve(world) as server, signed_in(server.base_url) as client:
        for uuid, connection in world.connections.items():
            base = f"/api/v3/integration/{uuid}"
            for each in list(connection.automations):
                body = {
                    "automation_details": each["details"],
                    "additional_criteria_details": each["criteria"],
                }
                answer = client.patch(f"{base}/automation/{each['uuid']}", json={"integration": body})
                assert answer.status_code == 200, answer.text
            assert client.patch(f"{base}/configuration", json=connection.configuration).status_code == 200
    assert world.document() == World.sample().document()


def test_an_empty_world_has_its_connections_and_nothing_on_them() -> None:
    world = World.empty({"one": "uuid-1"})
    with serve(world) as server, signed_in(server.base_url) as client:
        assert client.get("/api/v3/integration/uuid-1/automation").json()["pagination"]["records"] == 0
        assert client.get("/api/v3/integration/uuid-1/partner-function/").json()["pagination"]["records"] == 0
        flags = client.get("/api/v3/integration/uuid-1/configuration").text
    assert '"true"' not in flags
    assert world.connection("one").configuration["account"]["export"]["default_tax"] is None


def test_a_world_with_a_path_is_saved_after_every_write(tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    with serve(World.sample(file)) as server, signed_in(server.base_url) as client:
        client.get(f"/api/v3/integration/{AU}/automation")
        assert not file.exists()
        created = client.post(
            f"/api/v3/integration/{AU}/partner-function/", json={"partner_function": {"name": "Café ✓"}}
        ).json()["partner_function"]
        assert World.load(file).connection("xero-au").functions.named("Café ✓")["uuid"] == created["uuid"]
        client.patch(
            f"/api/v3/integration/{AU}/configuration", json={"account": {"export": {"default_tax": "T"}}}
        )
    assert [each.name for each in tmp_path.iterdir()] == ["world.json"]
    assert World.load(file).document() == server.world.document()
    with serve(World.load(file)) as again, signed_in(again.base_url) as client:
        found = client.get(f"/api/v3/integration/{AU}/partner-function/{created['uuid']}")
        assert found.json()["partner_function"] == created


def test_a_refused_write_is_not_saved(tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    with serve(World.sample(file)) as server, signed_in(server.base_url) as client:
        assert client.patch(f"/api/v3/integration/{AU}/configuration", json={"x": 1}).status_code == 400
    assert not file.exists()


def test_a_save_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "world.json"
    World.sample().save(file)
    before = file.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        World.empty({}).save(file)
    assert file.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["world.json"]


@pytest.mark.parametrize(
    "content", ["[]", "{}", '{"connections": 1}', '{"connections": [{"uuid": "x"}]}', "{"]
)
def test_a_file_that_is_no_world_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "world.json"
    file.write_text(content)
    with pytest.raises(ValueError, match=r"world|Expecting"):
        World.load(file)


def test_a_world_without_a_path_cannot_be_saved_nowhere() -> None:
    with pytest.raises(ValueError, match="no path"):
        World.sample().save()


def test_ids_and_clock_can_be_given() -> None:
    numbers = iter(range(9))
    world = World(
        World.empty({"one": "uuid-1"}).document(),
        ids=lambda: f"id-{next(numbers)}",
        clock=lambda: datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC),
    )
    base = "/api/v3/integration/uuid-1/partner-function/"
    with serve(world) as server, signed_in(server.base_url) as client:
        created = client.post(base, json={"partner_function": {"name": "A"}}).json()["partner_function"]
        assert (created["uuid"], created["mapping_id"]) == ("id-0", "id-1")
        assert created["updated"] == "2025-01-02T03:04:05.000Z"
        updated = client.patch(f"{base}id-0", json={"partner_function": {"tag": "x"}}).json()
        assert updated["updated"] == "2025-01-02T03:04:05.001Z"


def test_an_edit_behind_the_services_back_is_seen_by_the_next_read() -> None:
    world = World.sample()
    shelf = world.connection("xero-au").automations
    old = shelf.named("Invoice export")
    with serve(world) as server, signed_in(server.base_url) as client:
        with world.writing():
            shelf.put({**old, "details": {**old["details"], "check_on": "1 day"}})
        read = client.get(f"/api/v3/integration/{AU}/automation/{old['uuid']}").json()[
            "integration_automation"
        ]
    assert read["check_on_minutes"] == "1440"


def test_an_unknown_name_is_a_key_error() -> None:
    world = World.sample()
    with pytest.raises(KeyError):
        world.connection("nobody")
    with pytest.raises(KeyError):
        world.connection("xero-au").functions.named("nobody")


def test_the_document_is_plain_json() -> None:
    document = World.sample().document()
    assert json.loads(json.dumps(document)) == document
