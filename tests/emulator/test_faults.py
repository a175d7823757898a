"""Every kind of fault, as a real client meets it."""

import socket
import time
from typing import Any

import httpx
import pytest

from reconciler.emulator import (
    BadPage,
    Cut,
    Delay,
    Drop,
    ExpireTokens,
    Fault,
    Garbage,
    Rewrite,
    Running,
    Slow,
    Stale,
    Status,
    Truncate,
)


def write(client: httpx.Client, path: str, **details: object) -> httpx.Response:
    return client.patch(path, json={"integration": {"automation_details": details}})


def stored(server: Running) -> dict[str, Any]:
    details: dict[str, Any] = server.world.connection("xero-au").automations.named("Supplier export")[
        "details"
    ]
    return details


def test_a_status_comes_with_a_structured_error_and_retry_after(
    client: httpx.Client, server: Running, automation: str
) -> None:
    server.faults.add(Fault(Status(429, retry_after="7"), method="PATCH"))
    refused = write(client, automation, code="NEW")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "7")
    assert refused.json() == {"errors": [{"code": "TOO_MANY_REQUESTS", "message": "Too Many Requests"}]}
    assert stored(server)["code"] == "AU-SUPP-OUT"


@pytest.mark.parametrize(
    ("body", "text"), [({"why": "x"}, '{"why": "x"}'), ("plain", "plain"), (b"\x00", "\x00")]
)
def test_a_status_may_have_a_body_of_its_own(
    client: httpx.Client, server: Running, automation: str, body: str, text: str
) -> None:
    server.faults.add(Fault(Status(520, body)))
    assert client.get(automation).text == text


def test_a_status_after_the_commit_hides_a_write(
    client: httpx.Client, server: Running, automation: str
) -> None:
    server.faults.add(Fault(Status(502, committed=True)))
    assert write(client, automation, code="NEW").status_code == 502
    assert stored(server)["code"] == "NEW"
    assert [(entry.status, entry.wrote) for entry in server.log] == [(502, True)]


def test_a_cut_before_the_handler_leaves_nothing_written(
    client: httpx.Client, server: Running, automation: str
) -> None:
    server.faults.add(Fault(Cut()))
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        write(client, automation, code="NEW")
    assert stored(server)["code"] == "AU-SUPP-OUT"
    assert [(entry.status, entry.wrote, entry.faults) for entry in server.log] == [(None, False, ("Cut",))]


def test_a_cut_after_the_commit_loses_only_the_answer(
    client: httpx.Client, server: Running, automation: str
) -> None:
    server.faults.add(Fault(Cut(committed=True)))
    with pytest.raises(httpx.RemoteProtocolError):
        write(client, automation, code="NEW")
    assert stored(server)["code"] == "NEW"
    assert [(entry.status, entry.wrote) for entry in server.log] == [(None, True)]


def test_a_cut_may_be_a_reset(client: httpx.Client, server: Running, automation: str) -> None:
    server.faults.add(Fault(Cut(reset=True)))
    with pytest.raises(httpx.ReadError, match="reset"):
        client.get(automation)


def test_a_cut_is_seen_on_the_socket_itself(client: httpx.Client, server: Running, automation: str) -> None:
    server.faults.add(Fault(Cut()))
    with socket.create_connection((client.base_url.host, client.base_url.port or 0), timeout=5) as raw:
        raw.sendall(f"GET {automation} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert raw.recv(100) == b""


@pytest.mark.parametrize("keep", [None, 0, 10, 10_000_000])
def test_a_truncated_body_breaks_its_own_promise(
    client: httpx.Client, server: Running, automation: str, keep: int | None
) -> None:
    server.faults.add(Fault(Truncate(keep)))
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        client.get(automation)
    assert client.get(automation).status_code == 200


def test_a_delay_keeps_the_client_waiting(client: httpx.Client, server: Running, automation: str) -> None:
    server.faults.add(Fault(Delay(0.2)))
    start = time.monotonic()
    assert client.get(automation).status_code == 200
    assert time.monotonic() - start >= 0.2


def test_a_delay_after_the_commit_times_out_though_the_write_took(
    client: httpx.Client, server: Running, automation: str
) -> None:
    server.faults.add(Fault(Delay(30, committed=True)))
    with pytest.raises(httpx.ReadTimeout):
        client.patch(automation, json={"integration": {"automation_details": {"code": "NEW"}}}, timeout=0.2)
    assert stored(server)["code"] == "NEW"
    assert len(server.log.writes) == 1


def test_a_slow_body_arrives_whole(client: httpx.Client, server: Running, automation: str) -> None:
    plain = client.get(automation).json()
    server.faults.add(Fault(Slow(0.3)))
    start = time.monotonic()
    assert client.get(automation).json() == plain
    assert time.monotonic() - start >= 0.2


def test_expired_tokens_are_refused_until_new_ones_are_issued(
    client: httpx.Client, server: Running, automation: str
) -> None:
    server.faults.add(Fault(ExpireTokens()))
    assert [client.get(automation).status_code for _ in range(2)] == [401, 401]


@pytest.mark.parametrize(
    ("garbage", "content"),
    [
        (Garbage(), b"<html><body><h1>Scheduled maintenance</h1></body></html>"),
        (Garbage(b"\xff\x00{", "application/json"), b"\xff\x00{"),
        (Garbage("\udcff", "application/json"), b"\xff"),
    ],
)
def test_garbage_comes_with_a_200(
    client: httpx.Client, server: Running, automation: str, garbage: Garbage, content: bytes
) -> None:
    server.faults.add(Fault(garbage))
    answer = write(client, automation, code="NEW")
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-type"] == garbage.media_type
    assert stored(server)["code"] == "AU-SUPP-OUT"


@pytest.mark.parametrize("field", ["code", "integration.automation_details.code"])
def test_a_dropped_field_is_answered_with_2xx_and_not_stored(
    client: httpx.Client, server: Running, automation: str, field: str
) -> None:
    server.faults.add(Fault(Drop(field)))
    answer = write(client, automation, code="NEW", direction="IMPORT")
    assert answer.status_code == 200
    assert answer.json()["integration_automation"]["code"] == "AU-SUPP-OUT"
    assert (stored(server)["code"], stored(server)["direction"]) == ("AU-SUPP-OUT", "IMPORT")
    sent: Any = server.log.entries[0].body
    assert sent["integration"]["automation_details"]["code"] == "NEW"


def test_a_field_can_be_rewritten_as_it_is_stored(
    client: httpx.Client, server: Running, automation: str
) -> None:
    server.faults.add(Fault(Rewrite("check_on")), Fault(Rewrite("code", "fixed", "SET")))
    answer = write(client, automation, check_on="4 hours", code="sent").json()["integration_automation"]
    assert (answer["check_on"], answer["code"]) == ("4 HOURS", "SET")


def test_a_field_inside_a_list_can_be_rewritten(client: httpx.Client, server: Running, au: str) -> None:
    server.faults.add(Fault(Rewrite("target", "strip")))
    mappings = [{"source": "a", "target": " b "}]
    client.patch(f"{au}/configuration", json={"account": {"export": {"tax_mapping": {"mappings": mappings}}}})
    written = server.world.connection("xero-au").configuration["account"]["export"]["tax_mapping"]
    assert written == {"enabled": "true", "mappings": [{"source": "a", "target": "b"}]}


def test_a_lagging_replica_serves_the_version_before_for_n_reads(
    client: httpx.Client, server: Running, automation: str, au: str
) -> None:
    write(client, automation, code="NEW")
    client.patch(f"{au}/configuration", json={"account": {"export": {"enabled": "false"}}})
    server.faults.add(Fault(Stale(), path="*/automation*", times=2), Fault(Stale(), path="*/configuration"))
    codes = [client.get(automation).json()["integration_automation"]["code"] for _ in range(2)]
    assert codes == ["AU-SUPP-OUT", "AU-SUPP-OUT"]
    assert client.get(automation).json()["integration_automation"]["code"] == "NEW"
    flags = [client.get(f"{au}/configuration").json()["integration"]["account"]["export"] for _ in range(2)]
    assert [each["account_to_xero_enabled"] for each in flags] == ["true", "false"]


def test_a_lagging_list_misses_what_is_new_and_shows_what_is_gone(
    client: httpx.Client, server: Running, au: str, automation: str
) -> None:
    client.post(f"{au}/automation", json={"integration": {"automation_details": {"name": "Brand new"}}})
    client.delete(f"/api/v3/integration/automation/{automation.rpartition('/')[2]}")
    server.faults.add(Fault(Stale()))
    lagging, current = (
        [each["name"] for each in client.get(f"{au}/automation").json()["integration_automations"]]
        for _ in "ab"
    )
    assert ("Brand new" in lagging, "Supplier export" in lagging) == (False, True)
    assert ("Brand new" in current, "Supplier export" in current) == (True, False)


def test_a_write_through_a_lagging_replica_is_not_lost(
    client: httpx.Client, server: Running, automation: str
) -> None:
    server.faults.add(Fault(Stale()))
    write(client, automation, code="NEW")
    assert stored(server)["code"] == "NEW"


def test_all_rules_that_are_due_strike_together(
    client: httpx.Client, server: Running, automation: str
) -> None:
    server.faults.add(Fault(Delay(0.1)), Fault(Drop("code")), Fault(Cut(committed=True)))
    with pytest.raises(httpx.RemoteProtocolError):
        write(client, automation, code="NEW", direction="IMPORT")
    assert (stored(server)["code"], stored(server)["direction"]) == ("AU-SUPP-OUT", "IMPORT")


def test_a_replica_lags_only_so_long(client: httpx.Client, server: Running, automation: str) -> None:
    write(client, automation, code="NEW")
    server.faults.add(Fault(Stale(0.3), "GET", times=None))

    def seen() -> str:
        return str(client.get(automation).json()["integration_automation"]["code"])

    assert seen() == "AU-SUPP-OUT"
    deadline = time.monotonic() + 10
    while seen() != "NEW":
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("how", "names", "next_page"),
    [
        ("repeat", slice(0, 2), "elsewhere"),
        ("shift", slice(3, 5), "elsewhere"),
        ("short", slice(2, 3), "elsewhere"),
        ("empty", slice(0, 0), "NULL"),
        ("ends", slice(2, 4), "NULL"),
    ],
)
def test_a_page_can_be_another_than_it_says(
    client: httpx.Client,
    server: Running,
    how: Any,  # noqa: ANN401 - one of the literals
    names: slice,
    next_page: str,
    automation: str,
) -> None:
    path = automation.rpartition("/")[0]
    whole = client.get(path, params={"limit": 100}).json()["integration_automations"]
    server.faults.add(Fault(BadPage(how), offset=2))
    assert client.get(path, params={"limit": 2}).json()["integration_automations"] == whole[:2]
    page = client.get(path, params={"limit": 2, "offset": 2}).json()
    assert page["integration_automations"] == whole[names]
    about = page["pagination"]
    assert (about["offset"], about["records"], about["next_page"]) == (2, len(whole), next_page)
