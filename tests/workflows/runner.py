"""A GitHub runner as far as our workflows use one: their own steps run in bash, as they are written.

What the steps of others do is played: a check-out is the repository that is there, an artifact a folder.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.forge.sites import TOKEN
from tests.workflows.expressions import evaluated, interpolated, shown

ROOT = Path(__file__).parents[2]
WORKFLOWS = ROOT / ".github/workflows"
# as the runner starts them: with `shell: bash`, and without a word about the shell
SHELLS = {"bash": ("bash", "--noprofile", "--norc", "-eo", "pipefail"), "": ("bash", "-e")}


def read(path: Path) -> Any:  # noqa: ANN401 - YAML
    """YAML 1.1 takes the key `on` for a boolean, GitHub does not."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {("on" if key is True else key): value for key, value in document.items()}


@dataclass
class Done:
    """How a step ended. `code` is None where it was skipped."""

    name: str
    code: int | None
    log: str = ""
    outputs: dict[str, str] = field(default_factory=dict)


@dataclass
class Ended:
    """How a job ended, and what it left."""

    steps: list[Done]
    summary: str
    artifacts: Mapping[str, Path]

    @property
    def failed(self) -> bool:
        return any(step.code for step in self.steps)

    @property
    def log(self) -> str:
        return "\n".join(f"--- {step.name}\n{step.log}" for step in self.steps)

    def step(self, name: str) -> Done:
        return next(step for step in self.steps if step.name == name)


@dataclass
class Runner:
    """One machine with one check-out. `path` stands first on PATH; `variables` are the environment's own."""

    workspace: Path
    temporary: Path
    path: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    token: str = TOKEN
    artifacts: Mapping[str, Path] = field(default_factory=dict)
    """What the jobs before have kept."""
    _kept: dict[str, Path] = field(default_factory=dict)

    def job(
        self,
        workflow: str,
        job: str,
        *,
        github: Mapping[str, Any],
        inputs: Mapping[str, str] | None = None,
        variables: Mapping[str, str] | None = None,
        matrix: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> Ended | None:
        """Run a job of a workflow; None where its condition does not hold."""
        document = read(WORKFLOWS / workflow)
        body = document["jobs"][job]
        context = {
            "github": {"token": self.token, "workspace": str(self.workspace), **github},
            "vars": variables or {}, "secrets": secrets or {}, "inputs": inputs or {}, "matrix": matrix or {},
            "runner": {"os": "Linux", "temp": str(self.temporary)}, "steps": {}, "job": {"failed": False},
        }  # fmt: skip
        if "if" in body and not _holds(body["if"], context):
            return None
        shutil.rmtree(self.temporary, ignore_errors=True)
        self.temporary.mkdir()
        self._file("summary").touch()
        self._kept, before = {}, self.artifacts
        environ = {**_rendered(document.get("env"), context), **_rendered(body.get("env"), context)}
        steps = list(self._steps(body["steps"], context, environ, ROOT))
        self.artifacts = {**before, **self._kept}
        return Ended(steps, self._file("summary").read_text(), self._kept)

    def _steps(
        self, steps: list[dict[str, Any]], context: dict[str, Any], environ: Mapping[str, str], action: Path
    ) -> Iterator[Done]:
        for step in steps:
            condition = str(step.get("if", "success()"))
            if "always()" not in condition:
                condition = f"success() && ({condition.removeprefix('${{').removesuffix('}}')})"
            if not _holds(condition, context):
                yield Done(step["name"], None)
                continue
            done = self._step(step, context, {**environ, **_rendered(step.get("env"), context)}, action)
            context["job"]["failed"] |= bool(done.code)
            if "id" in step:
                context["steps"][step["id"]] = {"outputs": done.outputs}
            yield done

    def _step(
        self, step: dict[str, Any], context: dict[str, Any], environ: Mapping[str, str], action: Path
    ) -> Done:
        if "run" in step:
            assert "${{" not in step["run"], "what stands in a script may be a stranger's words"
            return self._run(step, context, environ, action)
        name, given = step["uses"].partition("@")[0], _rendered(step.get("with"), context)
        if name.startswith("$/"):
            return self._composite(step["name"], ROOT / name[2:], given, context, environ)
        if name == "actions/upload-artifact":
            return self._upload(step["name"], given)
        if name == "actions/download-artifact":
            shutil.copytree(
                self.artifacts[given["name"]], self.workspace / given.get("path", "."), dirs_exist_ok=True
            )
        return Done(step["name"], 0)

    def _composite(
        self,
        name: str,
        folder: Path,
        given: Mapping[str, str],
        context: dict[str, Any],
        environ: Mapping[str, str],
    ) -> Done:
        document = read(folder / "action.yml")
        unknown = given.keys() - document["inputs"].keys()
        assert not unknown, f"{folder.name} has no input {unknown}"
        inputs = {key: given.get(key) or what.get("default", "") for key, what in document["inputs"].items()}
        inner = {**context, "inputs": inputs, "steps": {}, "job": {"failed": False}}
        done = list(self._steps(document["runs"]["steps"], inner, environ, folder))
        outputs = {key: shown(interpolated(o["value"], inner)) for key, o in document["outputs"].items()}
        return Done(name, next((d.code for d in done if d.code), 0), "\n".join(d.log for d in done), outputs)

    def _run(
        self, step: dict[str, Any], context: dict[str, Any], environ: Mapping[str, str], action: Path
    ) -> Done:
        for name in ("output", "path", "env", "summary"):
            self._file(name).touch()
        self._file("output").write_text("")
        self._file("event").write_text(json.dumps(context["github"].get("event", {})))
        before = self._file("path").read_text().split()
        done = subprocess.run(  # noqa: S603 - our own workflows
            [*SHELLS[step.get("shell", "")], "-c", step["run"]],
            cwd=self.workspace,
            env={
                **self._base(context["github"]), **environ, "GITHUB_ACTION_PATH": str(action),
                "PATH": os.pathsep.join([*reversed(before), str(self.path), "/usr/bin", "/bin"]),
            },
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=120,
        )  # fmt: skip
        lines = self._file("output").read_text().splitlines()
        return Done(step["name"], done.returncode, done.stdout, dict(line.split("=", 1) for line in lines))

    def _upload(self, name: str, given: Mapping[str, str]) -> Done:
        """Several files lie in an artifact from the folder that they share."""
        paths = [self.workspace / line for line in given["path"].split()]
        there = [path for path in paths if path.exists()]
        if not there:
            return Done(name, 1 if given.get("if-no-files-found") == "error" else 0, "no files were found")
        folder = Path(tempfile.mkdtemp(prefix="artifact-", dir=self.temporary.parent)) / given["name"]
        for path in there:
            if path.is_dir():
                shutil.copytree(path, folder, dirs_exist_ok=True)
            else:
                folder.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, folder)
        self._kept[given["name"]] = folder
        return Done(name, 0)

    def _base(self, github: Mapping[str, Any]) -> dict[str, str]:
        """What every step finds in its environment. Nothing of this machine's own is in it."""
        return {
            "CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_REPOSITORY": github.get("repository", "o/r"), "GITHUB_ACTOR": "ada", "GITHUB_SERVER_URL": "https://github.test",
            "RUNNER_TEMP": str(self.temporary), "HOME": str(self.temporary), "LANG": "C.UTF-8",
            **{f"GITHUB_{name.upper()}": str(github.get(name, "")) for name in ("sha", "ref", "ref_name", "event_name", "base_ref", "run_id")},
            **{f"GITHUB_{name}": str(self._file(low)) for name, low in
               (("OUTPUT", "output"), ("PATH", "path"), ("ENV", "env"), ("STEP_SUMMARY", "summary"), ("EVENT_PATH", "event"))},
            **self.variables,
        }  # fmt: skip

    def _file(self, name: str) -> Path:
        return self.temporary / f".{name}"


def _rendered(values: Mapping[str, Any] | None, context: Mapping[str, Any]) -> dict[str, str]:
    return {key: shown(interpolated(str(value), context)) for key, value in (values or {}).items()}


def _holds(condition: str, context: Mapping[str, Any]) -> bool:
    return bool(evaluated(condition.strip().removeprefix("${{").removesuffix("}}"), context))
