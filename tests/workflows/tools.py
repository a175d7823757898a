"""What stands on a runner's PATH: Python that makes virtual environments, and the forge's command `gh`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

# A virtual environment costs seconds. This one has the sources under test in it, and writes down what pip
# was asked for; test_installing has a real one.
_PYTHON = """\
#!{python}
import os, sys
home = os.path.dirname(os.path.abspath(__file__))
# "$@" is what it was called with
def program(path, *words):
    with open(path, "w") as file:
        file.write(f"#!/bin/sh\\nexec {{' '.join(words).replace('$@', chr(34) + '$@' + chr(34))}}\\n")
    os.chmod(path, 0o755)
if sys.argv[1:3] == ["-m", "venv"]:
    bin = os.path.join(sys.argv[3], "bin")
    os.makedirs(bin)
    program(os.path.join(bin, "python"), os.path.join(home, "python"), "$@")
    program(os.path.join(bin, "reconciler"), {program!r}, "$@")
    # it holds its own output against its schema, which takes it a quarter of a minute here
    program(os.path.join(bin, "cyclonedx-py"), {python!r}, "-m", "cyclonedx_py", "$@", "--no-validate")
elif sys.argv[1:3] == ["-m", "pip"]:
    with open(os.path.join(home, "pip.log"), "a") as file:
        print(*sys.argv[3:], file=file)
else:
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
"""

_GH = """\
#!{python}
import json, os, shutil, subprocess, sys
home = os.path.dirname(os.path.abspath(__file__))
words = sys.argv[1:]
with open(os.path.join(home, "gh.log"), "a") as file:
    print(json.dumps(words), file=file)
assert os.environ.get("GH_TOKEN"), "gh wants a token"
world = json.load(open(os.path.join(home, "forge.json")))
option = lambda name: words[words.index(name) + 1]
if words[0] == "api":
    assert words[1].startswith(f"repos/{{os.environ['GITHUB_REPOSITORY']}}/pulls?state=closed&base=main"), words
    found = world["pulls"]
elif words[:2] == ["run", "list"]:
    found = [{{"databaseId": r["id"]}} for r in world["runs"] if r["sha"] == option("--commit")][:1]
elif words[:2] == ["run", "download"]:
    run = next(r for r in world["runs"] if str(r["id"]) == words[2])
    if option("--name") not in run["artifacts"]:
        sys.exit("no artifact matches any of the names or patterns provided")
    sys.exit(shutil.copytree(run["artifacts"][option("--name")], option("--dir")) and 0)
elif words[:2] == ["release", "create"]:
    sys.exit(0)
subprocess.run(["jq", "-r", option("--jq")], input=json.dumps(found).encode(), check=True)
"""


@dataclass
class Forge:
    """What `gh` finds: pull requests that are closed, and the runs of their checks with what they kept."""

    folder: Path
    pulls: list[dict[str, object]] = field(default_factory=list)
    runs: list[dict[str, object]] = field(default_factory=list)

    def install(self, program: Path) -> None:
        """Put them there; `program` is what does as reconciler does."""
        self.folder.mkdir()
        for name, text in (("python", _PYTHON), ("gh", _GH)):
            path = self.folder / name
            path.write_text(dedent(text).format(python=sys.executable, program=str(program)))
            path.chmod(0o755)
        self._save()

    def merged(self, number: int, *, head: str, merge: str, artifacts: Mapping[str, Path]) -> None:
        """A pull request that was merged after its check had kept these artifacts."""
        pull = {"number": number, "merged_at": "2026-01-01T00:00:00Z", "head": {"sha": head}}
        self.pulls.insert(0, {**pull, "merge_commit_sha": merge})
        kept = {name: str(path) for name, path in artifacts.items()}
        self.runs.append({"id": 100 + number, "sha": head, "artifacts": kept})
        self._save()

    def is_merge_of(self, number: int, commit: str) -> None:
        self._pull(number)["merge_commit_sha"] = commit
        self._save()

    def is_closed(self, number: int) -> None:
        """It was closed without a merge after all."""
        self._pull(number)["merged_at"] = None
        self._save()

    def _pull(self, number: int) -> dict[str, object]:
        return next(pull for pull in self.pulls if pull["number"] == number)

    @property
    def asked(self) -> list[list[str]]:
        return [json.loads(line) for line in (self.folder / "gh.log").read_text().splitlines()]

    @property
    def installed(self) -> list[str]:
        """What pip was asked for."""
        return (self.folder / "pip.log").read_text().splitlines()

    def _save(self) -> None:
        (self.folder / "forge.json").write_text(json.dumps({"pulls": self.pulls, "runs": self.runs}))
