"""What an apply costs, against the bundled emulator in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reconciler.config import STATE
from reconciler.emulator import World
from tests.backends.server import postgresql
from tests.benchmarks.estate import CREDENTIALS, Estate
from tests.benchmarks.record import write_record
from tests.benchmarks.serving import answers
from tests.benchmarks.telling import tell, title

CONCURRENCY = 8


def applying(edited: int) -> None:
    _apply(edited, "SQLite", "sqlite:///.state/bench.db")
    with postgresql() as url:
        if url is None:
            tell("PostgreSQL", "initdb is not installed")
        else:
            _apply(edited, "PostgreSQL", url)


def _apply(edited: int, store: str, url: str) -> None:
    title(f"Applying {edited:,} changes, each a PATCH, to the bundled emulator; the record in {store}")
    estate = Estate(edited * 2)
    with tempfile.TemporaryDirectory(prefix="reconciler-bench-") as scratch:
        world, folder = Path(scratch) / "world.json", Path(scratch) / "project"
        world.write_text(json.dumps(estate.world()))
        with _emulator(world) as base_url:
            estate.write(folder, base_url, CONCURRENCY)
            write_record(folder, answers(World(estate.world())).live, url)
            Estate(estate.automations, edited).write(folder, base_url, CONCURRENCY)
            plan = str(folder.parent / "plan.json")
            _python(url, "reconciler", "-C", str(folder), "plan", "--out", plan)
            _ask("DELETE", base_url)
            found = json.loads(_python(url, "tests.benchmarks.applying", str(folder)))
            entries = _ask("GET", base_url)["entries"]
    _tell(found, edited, Counter(entry["method"] for entry in entries))


def _tell(found: dict[str, Any], edited: int, requests: Counter[str]) -> None:
    each = ", ".join(f"{count} {method}" for method, count in sorted(requests.items()))
    tell("ended with exit code", str(found["code"]))
    tell("requests for each change", f"{requests.total() / edited:.2f} ({each})")
    tell(
        "changes a second",
        f"{edited / found['wall']:.0f} ({found['wall']:.2f} s wall, {found['cpu']:.2f} s CPU)",
    )
    tell("writes to the record for each change", f"{found['commits'] / edited:.2f}")
    tell("of them in one transaction", f"{found['commits'] / found['waves']:.1f}")
    for what, key in (
        ("writing the record (one at a time) : in requests", "waves_seconds"),
        ("waiting for the record : in requests", "commits_seconds"),
    ):
        requests_ = found["requests_seconds"]
        tell(what, f"{found[key] / requests_:.2f} ({found[key]:.1f} s : {requests_:.1f} s, all threads)")
    record, requests_ = found["commits_cpu"], found["requests_cpu"]
    tell(
        "CPU for the record : for requests", f"{record / requests_:.2f} ({record:.2f} s : {requests_:.2f} s)"
    )


@contextmanager
def _emulator(world: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "reconciler", "emulate", "--world", str(world)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def _ask(method: str, base_url: str) -> dict[str, Any]:
    request = urllib.request.Request(f"{base_url}/_emulator/log", method=method)  # noqa: S310 - loopback
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        found: dict[str, Any] = json.load(answer)
    return found


def _python(url: str, module: str, *arguments: str) -> str:
    """What it says on stdout, with its record at `url`."""
    done = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-m", module, *arguments], capture_output=True, check=True, text=True,
        env={**os.environ, **CREDENTIALS, STATE: url},
    )  # fmt: skip
    return done.stdout
