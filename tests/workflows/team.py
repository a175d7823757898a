"""A team: a repository with a project, its forge, and the machine that runs the workflows."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from reconciler.emulator import World
from tests.workflows.runner import ROOT, Ended, Runner
from tests.workflows.tools import Forge

MANIFEST = "desired_state/xero-nz/automations.yaml"


@dataclass
class Team:
    repository: Path
    forge: Forge
    runner: Runner
    variables: Mapping[str, str]

    @classmethod
    def at(cls, folder: Path, **environ: str) -> Self:
        """The team whose things lie in a folder; `environ` is what its machine knows beside the job."""
        forge = Forge(folder / "tools")
        runner = Runner(folder / "settings", folder / "runner", forge.folder, environ)
        return cls(folder / "settings", forge, runner, {"RECONCILER_STATE": f"sqlite:///{folder}/record.db"})

    def git(self, *words: str) -> str:
        done = subprocess.run(  # noqa: S603
            ["git", *words], cwd=self.repository, capture_output=True, text=True, check=True  # noqa: S607
        )  # fmt: skip
        return done.stdout.strip()

    def edit(self, old: str, new: str, file: str = MANIFEST) -> None:
        path = self.repository / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def branch(self, name: str, old: str, new: str, file: str = MANIFEST) -> str:
        """A branch with one edit of a file; gives its commit."""
        self.git("switch", "-qc", name, "main")
        self.edit(old, new, file)
        self.git("commit", "-qam", name)
        return self.git("rev-parse", "HEAD")

    def merge(self, name: str) -> str:
        self.git("switch", "-q", "main")
        self.git("merge", "-q", "--no-ff", "-m", f"Merge {name}", name)
        self.git("update-ref", "refs/remotes/origin/main", "main")
        return self.git("rev-parse", "HEAD")

    def pull_request(
        self, number: int, head: str, *, fork: bool = False, author: str = "grace"
    ) -> dict[str, object]:
        """The context of a check of it."""
        owner = "stranger/r" if fork else "o/r"
        return {
            "repository": "o/r", "event_name": "pull_request", "ref": f"refs/pull/{number}/merge",
            "ref_name": f"{number}/merge", "sha": head, "base_ref": "main",
            "event": {"number": number, "pull_request": {
                "number": number, "head": {"sha": head, "repo": {"full_name": owner}},
                "base": {"sha": self.git("rev-parse", "main"), "ref": "main"}, "user": {"login": author}}},
        }  # fmt: skip

    def check(self, job: str, github: Mapping[str, object]) -> Ended | None:
        return self.runner.job(
            "plan.yml", job, github=github, variables=self.variables, matrix={"environment": "demo"}
        )

    def apply(self, sha: str, **inputs: str) -> Ended:
        github: dict[str, object] = {
            "repository": "o/r", "event_name": "workflow_dispatch" if inputs else "push",
            "ref": "refs/heads/main", "ref_name": "main", "sha": sha, "event": {},
        }  # fmt: skip
        ended = self.runner.job(
            "apply.yml", "apply", github=github, inputs=inputs, variables=self.variables,
            matrix={"environment": "demo"},
        )  # fmt: skip
        assert ended
        return ended

    def live(self, uuid: str, connection: str = "xero-nz") -> Mapping[str, str]:
        """What the service has of an automation."""
        world = World.load(self.repository / "desired_state/.state/demo.world.json")
        stored = world.connection(connection).automations.get(uuid)
        assert stored
        details: Mapping[str, str] = stored["details"]
        return details


def founded(folder: Path, program: Path) -> Team:
    """The sample project in a repository, with nothing applied yet."""
    team = Team.at(folder)
    shutil.copytree(
        ROOT / "desired_state", team.repository / "desired_state", ignore=shutil.ignore_patterns(".state")
    )
    team.forge.install(program)
    team.git("init", "-q", "-b", "main")
    team.git("config", "user.name", "Grace")
    team.git("config", "user.email", "grace@harbour.test")
    team.git("add", ".")
    team.git("commit", "-qm", "Settings")
    team.git("remote", "add", "origin", str(team.repository))
    team.git("update-ref", "refs/remotes/origin/main", "main")
    return team
