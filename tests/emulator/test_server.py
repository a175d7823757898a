"""The server itself: quick, quiet, several at once, a clean end; and an island."""

import ast
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

import reconciler.emulator
from reconciler.emulator import CLIENT_ID, CLIENT_SECRET, Delay, Fault, Faults, World, serve

FOREVER = """
from reconciler.emulator import World, run_forever
run_forever(World.sample(), "127.0.0.1", 0, lambda url: print(url, flush=True))
print("ended", flush=True)
"""


def token(base_url: str) -> str:
    body = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    issued = httpx.post(f"{base_url}/api/v1/oauth2/token", json={**body, "redirect_uri": "x"})
    return f"Bearer {issued.json()['access_token']}"


def test_it_starts_and_stops_quickly_and_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    start = time.monotonic()
    with serve(World.sample()) as server:
        started = time.monotonic() - start
        assert httpx.get(server.base_url).status_code == 401
        stop = time.monotonic()
    assert started < 0.3
    assert time.monotonic() - stop < 1
    assert capfd.readouterr() == ("", "")


def test_the_end_cuts_what_is_still_in_the_air_and_commits_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    world = World.sample()
    uuid = world.connection("xero-au").about["uuid"]
    with ThreadPoolExecutor() as threads:
        with serve(world, faults=Faults([Fault(Delay(60), method="PATCH")])) as server:
            path = f"{server.base_url}/api/v3/integration/{uuid}/configuration"
            headers = {"Authorization": token(server.base_url)}
            pending = threads.submit(httpx.patch, path, json={}, headers=headers, timeout=30)
            time.sleep(0.3)
            stop = time.monotonic()
        assert time.monotonic() - stop < 1
        with pytest.raises(httpx.TransportError):
            pending.result(timeout=5)
    assert world.revision == 0
    assert capfd.readouterr() == ("", "")


def test_after_the_end_nothing_listens_and_no_thread_is_left() -> None:
    before = set(threading.enumerate())
    with serve(World.sample()) as server:
        port = httpx.URL(server.base_url).port
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port or 0), timeout=1)
    assert set(threading.enumerate()) <= before


def test_several_servers_live_beside_each_other() -> None:
    with serve(World.sample()) as one, serve(World.empty({"x": "uuid-x"})) as other:
        assert one.base_url != other.base_url
        headers = {"Authorization": token(one.base_url)}
        assert httpx.get(f"{one.base_url}/api/v2/integration-connections", headers=headers).status_code == 200
        assert (
            httpx.get(f"{other.base_url}/api/v2/integration-connections", headers=headers).status_code == 401
        )


def test_concurrent_writes_are_all_stored() -> None:
    world = World.empty({"x": "uuid-x"})
    with serve(world) as server, httpx.Client(headers={"Authorization": token(server.base_url)}) as client:
        path = f"{server.base_url}/api/v3/integration/uuid-x/partner-function/"

        def create(number: int) -> int:
            return client.post(path, json={"partner_function": {"name": str(number)}}).status_code

        with ThreadPoolExecutor(8) as threads:
            assert set(threads.map(create, range(100))) == {201}
    assert len(world.connection("x").functions) == 100
    assert len(server.log.writes) == 100


def test_small_answers_do_not_wait_for_delayed_acknowledgements() -> None:
    with serve(World.sample()) as server, httpx.Client() as client:
        client.get(server.base_url)
        start = time.monotonic()
        for _ in range(20):
            client.patch(server.base_url, json={})
        # with Nagle's algorithm on, each would take 40 ms
        assert time.monotonic() - start < 0.5


def test_a_page_of_a_long_list_costs_no_more_than_a_page() -> None:
    world = World.sample()
    connection = world.connection("xero-au")
    template = connection.automations.named("Supplier export")
    for number in range(10_000):
        connection.automations.put({**template, "uuid": f"uuid-{number}"})
    with serve(world) as server, httpx.Client(headers={"Authorization": token(server.base_url)}) as client:
        path = f"{server.base_url}/api/v3/integration/{connection.about['uuid']}/automation"
        start = time.monotonic()
        for offset in range(0, 10_000, 1000):
            page = client.get(path, params={"limit": 100, "offset": offset}).json()
            assert len(page["integration_automations"]) == 100
        assert (time.monotonic() - start) / 10 < 0.1


def test_run_forever_ends_cleanly_at_ctrl_c() -> None:
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", FOREVER], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        base_url = process.stdout.readline().strip()
        assert httpx.get(f"{base_url}/_emulator/world").json() == World.sample().document()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=5)
    assert (process.returncode, out, err) == (0, "ended\n", "")


def test_the_emulator_is_an_island() -> None:
    for file in Path(reconciler.emulator.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or "."]
            for name in names:
                root = name.partition(".")[0]
                ours = name.startswith("reconciler.emulator")
                assert ours or root in ("starlette", "uvicorn") or root in sys.stdlib_module_names, (
                    file,
                    name,
                )
