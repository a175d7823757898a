"""Our own check: the one script, on every Python, and the story that users see first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workflows.runner import ROOT, Runner, read


def machine(folder: Path, **scripts: str) -> Runner:
    """A check-out with our script, and programs in place of those that would run this test again."""
    workspace, tools = folder / "work", folder / "tools"
    (workspace / ".ci").mkdir(parents=True)
    (workspace / ".ci/run").write_bytes((ROOT / ".ci/run").read_bytes())
    (workspace / ".ci/run").chmod(0o755)
    tools.mkdir()
    for name, body in {
        "make": 'echo "$@" >> ../made',
        "pg_config": "echo /opt/pg/bin",
        "id": "echo 1000",
        **scripts,
    }.items():
        (tools / name).write_text(f"#!/bin/sh\n{body}\n")
        (tools / name).chmod(0o755)
    return Runner(workspace, folder / "runner", tools)


def test_it_checks_tests_and_tells_the_story(tmp_path: Path) -> None:
    ended = machine(tmp_path).job("ci.yml", "check", github={"event_name": "push"})
    assert ended
    assert not ended.failed, ended.log
    assert (tmp_path / "made").read_text().splitlines() == ["lint", "test", "demo"]
    assert (tmp_path / "runner/.path").read_text().strip() == "/opt/pg/bin"


@pytest.mark.parametrize("target", ["lint", "test", "demo"])
def test_it_fails_with_whatever_fails(tmp_path: Path, target: str) -> None:
    ended = machine(tmp_path, make=f'[ "$1" != {target} ]').job("ci.yml", "check", github={})
    assert ended
    assert ended.failed


def test_a_browser_that_cannot_be_installed_stops_nothing(tmp_path: Path) -> None:
    runner = machine(tmp_path, id="echo 0", **{"apt-get": "exit 100"})
    if (Path("/usr/bin/chromium")).exists():
        pytest.skip("there is a browser, so that none is installed")
    ended = runner.job("ci.yml", "check", github={})
    assert ended
    assert not ended.failed
    assert "no chromium could be installed" in ended.log


def test_it_runs_on_every_python_that_is_promised() -> None:
    job = read(ROOT / ".github/workflows/ci.yml")["jobs"]["check"]
    assert job["strategy"]["matrix"]["python"][0] == "3.11"
    assert 'requires-python = ">=3.11"' in (ROOT / "pyproject.toml").read_text()
