"""Tokens: what the token endpoint gives, and who is let in."""

import httpx
import pytest

from reconciler.emulator import CLIENT_ID, CLIENT_SECRET, World, serve

TOKEN = "/api/v1/oauth2/token"
CONNECTIONS = "/api/v2/integration-connections"
GOOD = {
    "grant_type": "client_credentials",
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
    "redirect_uri": "https://anything.test/",
}


def test_client_credentials_give_a_token_that_opens_the_api(anonymous: httpx.Client) -> None:
    issued = anonymous.post(TOKEN, json=GOOD)
    assert issued.status_code == 200
    assert set(issued.json()) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert issued.json()["expires_in"] == 3600
    bearer = {"Authorization": f"Bearer {issued.json()['access_token']}"}
    assert anonymous.get(CONNECTIONS, headers=bearer).status_code == 200


def test_a_refresh_token_gives_a_new_pair_once(anonymous: httpx.Client) -> None:
    first = anonymous.post(TOKEN, json=GOOD).json()
    renewal = {**GOOD, "grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = anonymous.post(TOKEN, json=renewal)
    assert second.status_code == 200
    assert second.json()["access_token"] != first["access_token"]
    spent = anonymous.post(TOKEN, json=renewal)
    assert (spent.status_code, spent.json()["errors"][0]["code"]) == (400, "INVALID_GRANT")


@pytest.mark.parametrize(
    "wrong", [{"client_id": "other"}, {"client_secret": "other"}, {"client_secret": None}]
)
def test_other_credentials_are_refused_with_a_structured_401(anonymous: httpx.Client, wrong: object) -> None:
    assert isinstance(wrong, dict)
    refused = anonymous.post(TOKEN, json={**GOOD, **wrong})
    assert refused.status_code == 401
    assert refused.json()["errors"][0]["code"] == "INVALID_CLIENT"


def test_an_unknown_grant_and_a_missing_redirect_uri_are_refused(anonymous: httpx.Client) -> None:
    assert anonymous.post(TOKEN, json={**GOOD, "grant_type": "password"}).status_code == 400
    assert anonymous.post(TOKEN, json={**GOOD, "redirect_uri": None}).status_code == 400
    assert anonymous.get(TOKEN).status_code == 405


@pytest.mark.parametrize("header", [None, "Bearer nobody-issued-this", "Bearer", "Basic abc"])
def test_without_a_valid_bearer_token_everything_is_a_401(
    anonymous: httpx.Client, header: str | None
) -> None:
    headers = {"Authorization": header} if header else {}
    for path in (CONNECTIONS, "/api/v3/integration/x/automation", "/nowhere"):
        refused = anonymous.get(path, headers=headers)
        assert refused.status_code == 401
        assert set(refused.json()["errors"][0]) == {"code", "message"}


def test_a_token_expires_after_its_lifetime() -> None:
    with serve(World.sample(), token_lifetime=0) as server, httpx.Client(base_url=server.base_url) as client:
        token = client.post(TOKEN, json=GOOD).json()["access_token"]
        assert client.get(CONNECTIONS, headers={"Authorization": f"Bearer {token}"}).status_code == 401
