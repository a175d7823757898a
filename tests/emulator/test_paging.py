"""Pages, and both ends of them."""

import httpx
import pytest

from reconciler.emulator import Running


@pytest.fixture
def path(server: Running) -> str:
    """The list of 45 partner functions."""
    connection = server.world.connection("xero-nz")
    template = next(iter(connection.functions))
    for number in range(40):
        connection.functions.put({**template, "uuid": f"uuid-{number}", "name": f"{number:02}"})
    return f"/api/v3/integration/{connection.about['uuid']}/partner-function/"


def test_a_page_is_twenty_unless_asked_otherwise(client: httpx.Client, path: str) -> None:
    body = client.get(path).json()
    assert len(body["partner_functions"]) == 20
    link = f"{client.base_url.copy_with(path=path)}?limit=20&offset=20"
    assert body["pagination"] == {
        "records": 45,
        "limit": 20,
        "offset": 0,
        "previous_page": "NULL",
        "next_page": link,
    }


def test_the_last_page_ends_with_the_string_null(client: httpx.Client, path: str) -> None:
    body = client.get(path, params={"offset": 40}).json()
    assert len(body["partner_functions"]) == 5
    assert body["pagination"]["next_page"] == "NULL"
    assert body["pagination"]["previous_page"].endswith("limit=20&offset=20")


def test_a_page_that_ends_exactly_at_the_end_is_the_last(client: httpx.Client, path: str) -> None:
    assert client.get(path, params={"limit": 9, "offset": 36}).json()["pagination"]["next_page"] == "NULL"


def test_beyond_the_end_is_an_empty_page(client: httpx.Client, path: str) -> None:
    body = client.get(path, params={"offset": 999}).json()
    assert body["partner_functions"] == []
    assert (body["pagination"]["records"], body["pagination"]["next_page"]) == (45, "NULL")


def test_the_pages_together_are_the_list_in_a_stable_order(client: httpx.Client, path: str) -> None:
    whole = client.get(path, params={"limit": 100}).json()["partner_functions"]
    pages = [
        client.get(path, params={"limit": 7, "offset": at}).json()["partner_functions"]
        for at in range(0, 45, 7)
    ]
    assert [each for page in pages for each in page] == whole
    assert len(whole) == 45


def test_a_limit_above_a_hundred_is_cut_to_it(client: httpx.Client, path: str) -> None:
    assert client.get(path, params={"limit": 1000}).json()["pagination"]["limit"] == 100


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=x", "limit=", "offset=-1", "offset=1.5"])
def test_what_is_no_count_is_refused(client: httpx.Client, path: str, query: str) -> None:
    assert client.get(f"{path}?{query}").status_code == 400


def test_order_by_sorts_either_way(client: httpx.Client, path: str) -> None:
    query = {"order_by": "name", "direction": "desc", "limit": "100"}
    names = [each["name"] for each in client.get(path, params=query).json()["partner_functions"]]
    assert names == sorted(names, reverse=True)
    assert client.get(path, params={"order_by": "no_such_field"}).status_code == 400
    assert client.get(path, params={"order_by": "name", "direction": "sideways"}).status_code == 400
