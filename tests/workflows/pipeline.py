"""A GitLab runner as far as our template uses one: `extends` put in, the lines of a job run in one shell."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.workflows.runner import ROOT

TEMPLATE = ROOT / ".github/ci-templates/gitlab.yml"


def job(name: str) -> dict[str, Any]:
    """A job with what it extends put in, the later over the earlier."""
    document = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
    whole: dict[str, Any] = {}
    for part in (*document[name].get("extends", ()), name):
        for key, value in document[part].items():
            whole[key] = {**whole.get(key, {}), **value} if isinstance(value, dict) else value
    return whole


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    log: str


def run(name: str, workspace: Path, tools: Path, given: Mapping[str, str]) -> Ended:
    """`before_script` and `script` as the runner joins them: in one bash that stops at what fails."""
    whole = job(name)
    home = workspace.parent / "home"
    variables = {
        "CI": "true", "GITLAB_CI": "true", "CI_PROJECT_DIR": str(workspace), "HOME": str(home),
        "LANG": "C.UTF-8", "PATH": os.pathsep.join((str(tools), "/usr/bin", "/bin")),
        "RECONCILER_ENVIRONMENT": "demo", "RECONCILER_PACKAGE": "reconciler @ https://example.test/0.1.0", **given,
    }  # fmt: skip
    for key, value in whole["variables"].items():
        variables[key] = value.replace("$CI_PROJECT_DIR", str(workspace))
    variables["RECONCILER_HOME"] = str(home / "venv")
    shutil.rmtree(home, ignore_errors=True)  # a container of its own for each job
    home.mkdir()
    done = subprocess.run(  # noqa: S603 - our own template
        ["bash", "-eo", "pipefail", "-c", "\n".join([*whole["before_script"], *whole["script"]])],  # noqa: S607
        cwd=workspace, env=variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        timeout=120,
    )  # fmt: skip
    return Ended(done.returncode, done.stdout)
