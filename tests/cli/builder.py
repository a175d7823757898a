"""A user with a shell, somebody else with the web console, and small projects between the two."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

import reconciler
from reconciler.cli.main import run
from reconciler.emulator import CLIENT_ID, CLIENT_SECRET, Entry, Running, World, serve

AU = "922ffe4a-439f-4b1c-b671-d4387bc2ec59"
NZ = "5b1f6c1e-7d1c-4c55-9c39-0a5d6e1b8f02"
CUSTOMER_SYNC = "575a0961-5a6c-4d21-9b18-ea3e78fc415d"
SUPPLIER_EXPORT = "3f14acfb-cfe2-4ea3-bd73-5dafa5b82a90"
CUSTOMER_IMPORT = "581dfb11-c1e5-4df0-ac34-6c2bb50be172"
AUTOMATIONS = f"/api/v3/integration/{AU}/automation"
FUNCTIONS = f"/api/v3/integration/{AU}/partner-function/"
CONFIGURATION = f"/api/v3/integration/{AU}/configuration"

FOLDER = "desired_state"
ROOT = Path(reconciler.__file__).parent.parent
CREDENTIALS = {
    "BOOKS_CLIENT_ID": CLIENT_ID,
    "BOOKS_CLIENT_SECRET": CLIENT_SECRET,
    "BOOKS_REDIRECT_URI": "https://books.test/",
}
PROJECT = """\
apiVersion: reconciler/v1
kind: Project
metadata: {name: books}
spec: {default_environment: books}
"""
SYNC = """\
name: Customer sync
check_on: 4 hours
direction: IMPORT
enabled: true
"""
EXPORT = """\
name: Supplier export
check_on: 8 hours
additional_criteria: true
additional_criteria_details:
  - group_condition: AND
    rules: [{field_name: Account Number, operator: HAS_VALUE, condition: AND}]
"""
IMPORT = """\
name: Customer import
direction: IMPORT
object_name: customer
enabled: true
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:  # noqa: ANN401 - JSON
        """The only JSON document on stdout."""
        return json.loads(self.out)

    @property
    def shown(self) -> str:
        """All of it, for a snapshot."""
        parts = [f"exit code {self.code}"]
        for name, text in (("stdout", self.out), ("stderr", self.err)):
            if text:
                parts += [f"--- {name}", redacted(text).rstrip("\n")]
        return "\n".join(parts) + "\n"


class Shell:
    """Somebody who types commands, in the folder above the project."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: str) -> Ended:
        self._capsys.readouterr()
        code = run(list(words))
        told = self._capsys.readouterr()
        return Ended(code, told.out, told.err)

    def ok(self, *words: str) -> Ended:
        """A command that has to succeed, without a word beside its result."""
        ended = self(*words)
        assert ended.code == 0, ended.shown
        return ended

    def plan(self, *words: str) -> Any:  # noqa: ANN401 - JSON
        """The plan document."""
        ended = self.ok("plan", "--format", "json", *words)
        assert ended.err == ""
        return ended.document

    def apply(self, *words: str) -> Ended:
        return self.ok("apply", "--auto-approve", *words)


class Console:
    """Somebody else, who changes live behind git's back. None of the client's code is in it."""

    def __init__(self, base_url: str) -> None:
        self._http = httpx.Client(base_url=base_url, timeout=5, trust_env=False)
        body = {
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "redirect_uri": "x",
        }
        self.token: str = self._http.post("/api/v1/oauth2/token", json=body).json()["access_token"]
        self._http.headers["Authorization"] = f"Bearer {self.token}"

    def send(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        answer = self._http.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def automation(self, uuid: str, **details: str) -> None:
        self.send("PATCH", f"{AUTOMATIONS}/{uuid}", {"integration": {"automation_details": details}})

    def criteria(self, uuid: str, *groups: object) -> None:
        body = {"integration": {"additional_criteria_details": list(groups)}}
        self.send("PATCH", f"{AUTOMATIONS}/{uuid}", body)

    def function(self, **fields: str) -> str:
        """A new one; gives its uuid."""
        made = self.send("POST", FUNCTIONS, {"partner_function": fields})
        return str(made["partner_function"]["uuid"])

    def close(self) -> None:
        self._http.close()


def behind_gits_back(world: Path, uuid: str, **details: str) -> None:
    """The same on a world that is kept in a file."""
    with serve(World.load(world)) as running:
        console = Console(running.base_url)
        console.automation(uuid, **details)
        console.close()


class Books:
    """A project on a served emulator: what was sent can be looked at."""

    def __init__(self, running: Running, home: Path) -> None:
        self.running = running
        self.world = running.world
        self.folder = home / FOLDER
        self.state = self.folder / ".state/books.db"
        self.console = Console(running.base_url)
        self.environment()
        self.write("reconciler.yaml", PROJECT)
        running.log.clear()

    def environment(self, policy: str = "", *, name: str = "books", more: str = "") -> None:
        text = environment(self.running.base_url, name=name, policy=policy, more=more)
        self.write(f"environments/{name}.yaml", text)

    def write(self, file: str, text: str) -> None:
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def edit(self, file: str, old: str, new: str) -> None:
        text = (self.folder / file).read_text(encoding="utf-8")
        assert old in text
        self.write(file, text.replace(old, new))

    def remove(self, file: str) -> None:
        (self.folder / file).unlink()

    def automation(self, name: str, spec: str) -> None:
        self.write(f"{name}.yaml", manifest("Automation", name, spec))

    def function(self, name: str, spec: str) -> None:
        self.write(f"{name}.yaml", manifest("PartnerFunction", name, spec))

    @property
    def sent(self) -> list[tuple[str, str, object]]:
        """Every write since the last look, by anybody: method, path and body."""
        found = [_written(entry) for entry in self.running.log if _is_write(entry)]
        self.running.log.clear()
        return found

    def details(self, uuid: str, connection: str = AU) -> dict[str, str]:
        """What is stored of an automation, the unreadable included."""
        stored = self.world.connection(connection).automations.get(uuid)
        assert stored is not None
        found: dict[str, str] = stored["details"]
        return found

    def close(self) -> None:
        self.console.close()


def _is_write(entry: Entry) -> bool:
    return entry.method != "GET" and not entry.path.endswith("/oauth2/token")


def _written(entry: Entry) -> tuple[str, str, object]:
    return entry.method, entry.path, entry.body


def indented(text: str, by: int = 2) -> str:
    return "".join(" " * by + line for line in text.splitlines(keepends=True))


def manifest(kind: str, name: str, spec: str, connection: str = "xero-au") -> str:
    return (
        f"apiVersion: reconciler/v1\nkind: {kind}\nmetadata: {{name: {name}, connection: {connection}}}\n"
        f"spec:\n{indented(spec)}"
    )


def environment(base_url: str, *, name: str = "books", policy: str = "", more: str = "") -> str:
    """`policy` stands as YAML under `spec.policy`, `more` under `spec`."""
    return (
        f"apiVersion: reconciler/v1\nkind: Environment\nmetadata: {{name: {name}}}\nspec:\n"
        f"  api:\n    base_url: {base_url}\n    requests_per_second: 500\n    credentials:\n"
        "      client_id: {env: BOOKS_CLIENT_ID}\n      client_secret: {env: BOOKS_CLIENT_SECRET}\n"
        "      redirect_uri: {env: BOOKS_REDIRECT_URI}\n"
        f"  connections:\n    xero-au: {{uuid: {AU}}}\n    xero-nz: {{uuid: {NZ}}}\n"
        + (f"  policy: {{{policy}}}\n" if policy else "")
        + indented(more)
    )


def process(
    *words: str, environ: Mapping[str, str] | None = None, stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[str]:
    """The program as a process of its own, in the current folder."""
    return subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", "reconciler", *words],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=surroundings(environ),
    )


def in_a_process(*words: str, environ: Mapping[str, str] | None = None) -> Ended:
    with process(*words, environ=environ) as started:
        out, err = started.communicate(timeout=60)
    return Ended(started.returncode, out, err)


def surroundings(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment, with the sources that are under test on the path."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    return {**os.environ, "PYTHONPATH": path, **(more or {})}


_VARYING = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "<time>"),
    (re.compile(r"sha256:[0-9a-f]{64}"), "sha256:<digest>"),
    (re.compile(r'("(?:run|lineage)": )"[0-9a-f-]{36}"'), r'\1"<uuid>"'),
    (re.compile(r"run [0-9a-f]{8}\b"), "run <run>"),
    (re.compile(r"plan [0-9a-f]{12}\b"), "plan <plan>"),
    (re.compile(re.escape(reconciler.__version__)), "<version>"),
)


def redacted(text: str) -> str:
    """Without what differs from run to run."""
    text = text.replace(str(Path.cwd()), "<home>")
    for pattern, instead in _VARYING:
        text = pattern.sub(instead, text)
    return text
