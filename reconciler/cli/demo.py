"""`demo`: the whole story on the emulator, in a scratch folder, with the commands that a user types."""

from __future__ import annotations

import contextlib
import io
import json
import shlex
import tempfile
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import click

from reconciler.cli import sample
from reconciler.cli.main import Settings, run
from reconciler.cli.output import Output
from reconciler.emulator import CLIENT_ID, CLIENT_SECRET, World, serve
from reconciler.errors import ReconcilerError

_WORLD = ".state/demo.world.json"
_AU = "922ffe4a-439f-4b1c-b671-d4387bc2ec59"
_SUPPLIER_EXPORT = "3f14acfb-cfe2-4ea3-bd73-5dafa5b82a90"


@click.command("demo")
@click.pass_obj
def demo_command(settings: Settings) -> None:
    """Tell the whole story on the emulator, in a scratch folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="reconciler-demo-") as scratch:
        folder = Path(scratch) / "desired_state"
        sample.copy_to(folder)
        _Story(folder, settings.output).tell()


class _Story:
    """Each step says what happens, runs the real command, and checks how it ended."""

    def __init__(self, folder: Path, output: Output) -> None:
        self._folder = folder
        self._output = output
        self._steps = 0

    def tell(self) -> None:
        self._step("A project in git: two connections, their manifests, three environments.", "validate")
        self._step("What would happen? Some objects are ours already, some differ.", "plan")
        self._step("Carry it out.", "apply --auto-approve", tail=9)
        self._step("Again: nothing left to do.", "plan")
        self._edit(
            "vars.interval goes from 4 to 8 hours",
            "environments/demo.yaml",
            "interval: 4 hours",
            "interval: 8 hours",
        )
        self._step("The manifest moved, so that is a change.", "plan --detailed-exitcode", code=2)
        self._step("Carry it out.", "apply --auto-approve", tail=4)
        self._console(
            "somebody switches Supplier export to 30 minutes, and its criteria too, behind git's back",
            {
                "automation_details": {"check_on": "30 minutes"},
                "additional_criteria_details": [
                    {"group_condition": "AND", "rules": [{"field_name": "Name", "operator": "HAS_VALUE"}]}
                ],
            },
        )
        self._step(
            "Drift is seen. The criteria cannot be read back, but a sign of them moved.",
            "drift --detailed-exitcode",
            code=3,
        )
        self._step("Heal it: back to what was last applied.", "apply --only drift --auto-approve", tail=6)
        self._console(
            "somebody sets customDayTime there", {"automation_details": {"check_on": "customDayTime"}}
        )
        self._edit(
            "and somebody else sets 12 hours here",
            "environments/demo.yaml",
            "interval: 8 hours",
            "interval: 12 hours",
        )
        self._step("Both moved, apart. Nobody guesses: nothing is sent.", "apply --auto-approve", code=4)
        self._output.result("\nThat was all of it. Your own: reconciler init my-project")

    def _step(self, why: str, command: str, *, code: int = 0, tail: int = 0) -> None:
        """Run a command as a user would; of a long answer that was shown before, only the end."""
        self._steps += 1
        self._output.result(f"\n{self._steps}. {why}\n$ reconciler {command}\n")
        self._output.flush()
        arguments = ["-C", str(self._folder), "-e", "demo", *shlex.split(command)]
        ended = self._with_tail(arguments, tail) if tail else run(arguments)
        if ended != code:
            raise ReconcilerError(
                f"the demo expected exit code {code} here, not {ended}", hint="this is a bug: report it"
            )

    def _with_tail(self, arguments: list[str], lines: int) -> int:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            ended = run(arguments)
        self._output.result("\n".join(["…", *said.getvalue().splitlines()[-lines:]]))
        return ended

    def _edit(self, what: str, file: str, old: str, new: str) -> None:
        self._output.result(f"\n   In git: {what}.")
        path = self._folder / file
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    def _console(self, what: str, change: Mapping[str, object]) -> None:
        self._output.result(f"\n   In the web console: {what}.")
        with serve(World.load(self._folder / _WORLD)) as running:
            token = _call(
                "POST", f"{running.base_url}/api/v1/oauth2/token", "",
                {
                    "grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
                    "redirect_uri": "http://localhost",
                },
            )["access_token"]  # fmt: skip
            path = f"/api/v3/integration/{_AU}/automation/{_SUPPLIER_EXPORT}"
            _call("PATCH", running.base_url + path, str(token), {"integration": change})


def _call(method: str, url: str, token: str, body: Mapping[str, object]) -> dict[str, object]:
    """A request by somebody who is not us: none of our own code is in it."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method=method)  # noqa: S310 - loopback
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        found: dict[str, object] = json.load(answer)
    return found
