"""`init`, `emulate` and `demo`: the first minutes with the program."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator
from syrupy.assertion import SnapshotAssertion

from reconciler.emulator import CLIENT_ID, CLIENT_SECRET, World
from tests.cli.builder import Shell, in_a_process, process


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_new_project_validates_plans_and_applies(
    home: Path, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    assert shell("init").shown == snapshot
    assert shell("validate").out == "Valid, no problems.\n"
    assert shell("plan").shown == snapshot
    shell.apply()
    assert shell("plan", "--detailed-exitcode").code == 0
    assert shell("-e", "production", "validate").code == 0
    assert (home / "desired_state/.gitignore").read_text() == ".state/\n"


@pytest.mark.parametrize("words", [["init", "mine"], ["-C", "mine", "init"]])
def test_it_may_stand_elsewhere(words: list[str], home: Path, shell: Shell) -> None:
    ended = shell.ok(*words)
    assert "-C mine" in ended.err
    assert {str(home / line) for line in ended.out.splitlines()} == {
        str(home / "mine" / name) for name in tree(home / "mine")
    }
    assert shell("-C", "mine", "validate").code == 0


def test_an_editor_finds_the_schema_of_every_file_without_a_network(home: Path, shell: Shell) -> None:
    shell.ok("init")
    written = (home / "desired_state/schema.json").read_text()
    assert written == shell.ok("schema").out
    validator = Draft202012Validator(json.loads(written))
    files = sorted((home / "desired_state").rglob("*.yaml"))
    assert len(files) == 4
    for file in files:
        marked = re.match(r"# yaml-language-server: \$schema=(\S+)\n", file.read_text())
        assert marked, file
        assert (file.parent / marked[1]).resolve() == home / "desired_state/schema.json"
        for document in yaml.safe_load_all(file.read_text()):
            assert list(validator.iter_errors(document)) == []


def test_a_second_time_is_refused_and_nothing_is_written_over(home: Path, shell: Shell) -> None:
    shell.ok("init")
    (home / "desired_state/reconciler.yaml").write_text("# mine\n")
    (home / "desired_state/environments/demo.yaml").unlink()
    before = tree(home)
    ended = shell("init")
    assert (ended.code, ended.out) == (4, "")
    assert "reconciler.yaml" in ended.err
    assert tree(home) == before


def token(address: str, client: str = CLIENT_ID, secret: str = CLIENT_SECRET) -> httpx.Response:
    body = {"grant_type": "client_credentials", "redirect_uri": "https://anything.test"}
    return httpx.post(
        f"{address}/api/v1/oauth2/token",
        json={**body, "client_id": client, "client_secret": secret},
        timeout=10,
        trust_env=False,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_emulator_says_where_it_is_and_takes_only_its_own_credentials(
    number: signal.Signals, home: Path
) -> None:
    with process("emulate") as started:
        assert started.stdout
        assert started.stderr
        address = started.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        told = started.stderr.readline()
        assert (CLIENT_ID in told, CLIENT_SECRET in told) == (True, True)
        assert token(address).status_code == 200
        assert token(address, secret="other").status_code == 401
        assert token(address, client="other").status_code == 401
        world = httpx.get(f"{address}/_emulator/world", timeout=10, trust_env=False).json()
        assert world == World.sample().document()
        started.send_signal(number)
        out, err = started.communicate(timeout=30)
    assert (out, err) == ("", "")
    if number is signal.SIGINT:
        assert started.returncode in {0, 130}
    assert list(home.iterdir()) == []


def test_another_world_is_served_and_its_file_left_alone(home: Path) -> None:
    path = home / "world.json"
    World.empty({"xero-uk": "11111111-1111-4111-8111-111111111111"}).save(path)
    before = path.read_bytes()
    with process("emulate", "--world", "world.json") as started:
        assert started.stdout
        address = started.stdout.readline().strip()
        headers = {"Authorization": f"Bearer {token(address).json()['access_token']}"}
        made = httpx.post(
            f"{address}/api/v3/integration/11111111-1111-4111-8111-111111111111/automation",
            json={"integration": {"automation_details": {"name": "New"}}},
            headers=headers,
            timeout=10,
            trust_env=False,
        )
        assert made.status_code == 201
        started.send_signal(signal.SIGINT)
        started.communicate(timeout=30)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [None, "{", "[]", "[" * 100_000, json.dumps({"connections": [{}]})])
def test_what_is_no_world_is_wrong_usage(content: str | None, home: Path, shell: Shell) -> None:
    if content is not None:
        (home / "world.json").write_text(content)
    ended = shell("emulate", "--world", "world.json")
    assert (ended.code, ended.out) == (64, "")
    assert "world.json is no world" in ended.err


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_what_is_no_port_is_wrong_usage(port: str, shell: Shell) -> None:
    ended = shell("emulate", "--port", port)
    assert (ended.code, ended.out) == (64, "")


def test_the_demo_tells_its_story_and_leaves_nothing_behind(home: Path) -> None:
    scratch = home / "scratch"
    scratch.mkdir()
    ended = in_a_process("demo", environ={"TMPDIR": str(scratch)})
    assert ended.code == 0, ended.shown
    assert "Traceback" not in ended.err
    assert "$ reconciler plan" in ended.out
    assert "No changes. 11 objects match the manifests." in ended.out
    assert list(scratch.iterdir()) == []
