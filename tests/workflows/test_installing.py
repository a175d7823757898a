"""What the action's first step installs, for real: the source that it came with, in an environment of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from reconciler import __version__
from tests.workflows.runner import ROOT

PARTS = ("pyproject.toml", "README.md", "LICENSE", "reconciler", "desired_state", ".github/actions")


def installed(source: Path, runner: Path, package: str = "") -> subprocess.CompletedProcess[str]:
    """Run the step, offline: what the wheel needs is taken from the environment that runs this test."""
    runner.mkdir(exist_ok=True)
    tools = runner / "tools"
    tools.mkdir(exist_ok=True)
    python = tools / "python"
    # a plain `venv` would unpack a pip from the internet's day of its release; ours is there already
    python.write_text(
        f'#!/bin/sh\nset -e\n"{sys.executable}" -m venv --without-pip "$3"\n'
        f'echo "{sysconfig.get_path("purelib")}" > "$("$3/bin/python" -c '
        '"import sysconfig; print(sysconfig.get_path(\'purelib\'))")/beside.pth"\n'
    )
    python.chmod(0o755)
    return subprocess.run(  # noqa: S603
        [source / ".github/actions/reconciler/install.sh"],
        env={
            "PATH": os.pathsep.join((str(tools), "/usr/bin", "/bin")), "RUNNER_TEMP": str(runner),
            "GITHUB_PATH": str(runner / "path"), "PACKAGE": package, "HOME": str(runner),
            "PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_CACHE_DIR": "1",
        },
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for part in PARTS:
        path = tmp_path / "source" / part
        path.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, path, ignore=shutil.ignore_patterns(".state", "__pycache__"))
        else:
            shutil.copy(ROOT / part, path)
    return tmp_path / "source"


def test_the_program_it_came_with_is_on_path_afterwards(source: Path, tmp_path: Path) -> None:
    runner = tmp_path / "runner"
    done = installed(source, runner)
    assert done.returncode == 0, done.stderr
    (folder,) = (runner / "path").read_text().split()
    version = subprocess.run(  # noqa: S603
        [f"{folder}/reconciler", "--version"], capture_output=True, text=True, check=True
    )
    assert version.stdout.strip() == f"reconciler, version {__version__}"
    where = subprocess.run(  # noqa: S603
        [f"{folder}/python", "-I", "-c", "import reconciler; print(reconciler.__file__)"],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert where.stdout.startswith(str(runner))


def test_a_second_use_in_a_job_installs_nothing_again(source: Path, tmp_path: Path) -> None:
    program = tmp_path / "runner/reconciler/bin/reconciler"
    program.parent.mkdir(parents=True)
    program.touch(0o755)
    assert installed(source, tmp_path / "runner").returncode == 0
    assert not (program.parent / "python").exists()


def test_a_copy_of_the_action_alone_says_what_to_set(source: Path, tmp_path: Path) -> None:
    shutil.rmtree(source / "reconciler")
    done = installed(source, tmp_path / "runner")
    assert done.returncode == 64
    assert "Set the default of its input `package`" in done.stdout
