"""Connections, read only; and what every path has in common."""

import httpx
import pytest

from reconciler.emulator import Running

PATH = "/api/v2/integration-connections"
AU = "922ffe4a-439f-4b1c-b671-d4387bc2ec59"
FIELDS = {
    "status",
    "uuid",
    "integration_partner",
    "remote_instance_id",
    "remote_instance_name",
    "client_id",
    "client_secret",
    "access_token",
    "refresh_token",
}


def test_the_list_has_both_connections_in_the_documented_shape(client: httpx.Client) -> None:
    body = client.get(PATH).json()
    assert [each["uuid"] for each in body["integration_connection"]] == [
        AU,
        "5b1f6c1e-7d1c-4c55-9c39-0a5d6e1b8f02",
    ]
    assert all(set(each) == FIELDS for each in body["integration_connection"])
    assert body["pagination"]["records"] == 2


def test_one_connection_carries_the_partners_secrets(client: httpx.Client) -> None:
    connection = client.get(f"{PATH}/{AU}").json()["integration_connection"]
    assert set(connection) == FIELDS
    assert connection["client_secret"] == "xero-au-partner-client-secret"


def test_fields_narrows_the_list(client: httpx.Client) -> None:
    listed = client.get(PATH, params={"fields": "uuid,status"}).json()["integration_connection"]
    assert all(set(each) == {"uuid", "status"} for each in listed)


@pytest.mark.parametrize("path", ["automation", "partner-function/", "configuration"])
def test_an_unknown_connection_is_a_404(client: httpx.Client, path: str) -> None:
    refused = client.get(f"/api/v3/integration/no-such-uuid/{path}")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (404, "NOT_FOUND")


def test_an_unknown_path_is_a_structured_404(client: httpx.Client) -> None:
    refused = client.get("/api/v3/nowhere")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (404, "NOT_FOUND")


def test_a_wrong_method_is_a_405_that_names_the_right_ones(
    client: httpx.Client, au: str, server: Running
) -> None:
    refused = client.put(f"{au}/configuration", json={})
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, PATCH")
    assert refused.json()["errors"][0]["code"] == "METHOD_NOT_ALLOWED"
    assert server.log.writes == ()
