"""A served sample world and a client that is signed in, over a real socket."""

from collections.abc import Iterator

import httpx
import pytest

from reconciler.emulator import CLIENT_ID, CLIENT_SECRET, Running, World, serve

TOKEN_PATH = "/api/v1/oauth2/token"


@pytest.fixture
def server() -> Iterator[Running]:
    with serve(World.sample()) as running:
        yield running


@pytest.fixture
def anonymous(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.base_url, timeout=5) as client:
        yield client


@pytest.fixture
def client(server: Running, anonymous: httpx.Client) -> httpx.Client:
    credentials = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect_uri": "https://x.test/"}
    issued = anonymous.post(TOKEN_PATH, json={"grant_type": "client_credentials", **credentials})
    anonymous.headers["Authorization"] = f"Bearer {issued.json()['access_token']}"
    server.log.clear()
    return anonymous


@pytest.fixture
def au(server: Running) -> str:
    """Where everything of the Australian connection lives."""
    return f"/api/v3/integration/{server.world.connection('xero-au').about['uuid']}"


@pytest.fixture
def automation(server: Running, au: str) -> str:
    """The path of the automation "Supplier export", which has criteria."""
    uuid = server.world.connection("xero-au").automations.named("Supplier export")["uuid"]
    return f"{au}/automation/{uuid}"


@pytest.fixture
def function(server: Running, au: str) -> str:
    """The path of the partner function "Customer import"."""
    uuid = server.world.connection("xero-au").functions.named("Customer import")["uuid"]
    return f"{au}/partner-function/{uuid}"
