"""A project of many changes on a served emulator, and its commands in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.backends import Backend, open_backend
from reconciler.emulator import World, serve
from tests.cli.builder import CREDENTIALS, FOLDER, ROOT, Books

LEASE = "1.0"


class Estate(Books):
    """`size` functions and automations to create and to change, some of them referring to one another."""

    def fill(self, size: int) -> None:
        for number in range(size):
            self.function(f"f{number}", f"name: Function {number}\nobject_name: customer\n")
            after = f"another_automation: {{ref: Automation/a{number - 1}}}\n" if number % 3 == 1 else ""
            self.automation(
                f"a{number}",
                f"name: Automation {number}\ncheck_on: 4 hours\nproperty_name: p{number}\n{after}"
                f"perform_action: {{ref: PartnerFunction/f{number}}}\n",
            )

    def change(self, size: int) -> None:
        for number in range(size):
            self.edit(f"a{number}.yaml", "4 hours", "8 hours")
            self.edit(f"a{number}.yaml", f"p{number}", f"q{number}")

    def run(self, *words: str, kill_at: int = 0) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tests.reliability.driver", str(kill_at), LEASE, *words]
        environ = {**os.environ, **CREDENTIALS, "PYTHONPATH": str(ROOT)}
        return subprocess.run(  # noqa: S603 - ourselves
            command,
            cwd=self.folder.parent,
            env=environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def backend(self) -> Backend:
        return open_backend(f"sqlite:///{self.state}", environment="books", folder=self.folder)

    def names(self, kind: str) -> list[str]:
        """The remote names of all live objects of a kind; a double one stands twice."""
        stored = self.world.connection("xero-au")
        shelf = stored.automations if kind == "Automation" else stored.functions
        return sorted(str(item.get("details", item)["name"]) for item in shelf)


@contextmanager
def estate(folder: Path, size: int) -> Iterator[Estate]:
    with serve(World.sample()) as running:
        made = Estate(running, folder)
        made.fill(size)
        yield made
        made.close()


__all__ = ["FOLDER", "Estate", "estate"]
