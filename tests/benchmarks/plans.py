"""What a plan of ten thousand objects costs: requests, seconds by stage, memory, calls of deepdiff."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.emulator import World
from tests.benchmarks.estate import CREDENTIALS, Estate
from tests.benchmarks.planning import STAGES
from tests.benchmarks.record import write_record
from tests.benchmarks.serving import Answers, Served, answers, served
from tests.benchmarks.telling import tell, title

CONCURRENCY = 8
LATENCY = 0.02
NOT_PAGES = 2  # the token and the configuration


@dataclass(frozen=True, slots=True)
class Setting:
    folder: Path
    estate: Estate
    answers: Answers
    server: Served

    def plan(self, *, edited: int = 0, concurrency: int = CONCURRENCY, profile: str = "") -> dict[str, Any]:
        """The figures of one plan, with the requests that it sent."""
        Estate(self.estate.automations, edited).write(self.folder, self.server.base_url, concurrency)
        self.server.count()
        done = subprocess.run(  # noqa: S603 - this very interpreter
            [sys.executable, "-m", "tests.benchmarks.planning", str(self.folder), *([profile] if profile else [])],
            stdout=subprocess.PIPE, check=True, env={**os.environ, **CREDENTIALS},
        )  # fmt: skip
        return {**json.loads(done.stdout), "requests": self.server.count()}


@contextmanager
def setting(automations: int) -> Iterator[Setting]:
    """A project, its record and its live service, all in agreement."""
    estate = Estate(automations)
    prepared = answers(World(estate.world()))
    with (
        tempfile.TemporaryDirectory(prefix="reconciler-bench-") as scratch,
        served(prepared.bodies) as server,
    ):
        folder = Path(scratch) / "project"
        estate.write(folder, server.base_url, CONCURRENCY)
        write_record(folder, prepared.live)
        yield Setting(folder, estate, prepared, server)


def unchanged(here: Setting) -> None:
    title(
        f"A plan over {here.estate.automations:,} automations, {here.estate.functions:,} partner functions, nothing changed"
    )
    found = here.plan()
    _tell_plan(here, found)
    cpu = {stage: seconds for stage, (_, seconds) in found["stages"].items()}
    tell("YAML's share of the CPU", f"{cpu['read YAML'] / sum(cpu.values()):.0%}")
    _tell_threads(here)


def changed(here: Setting, edited: int) -> None:
    title(f"The same with {edited} of them changed")
    found = here.plan(edited=edited)
    _tell_plan(here, found)
    lists = max(1, found["changed_lists"])
    tell("changes in the plan, lists among their fields", f"{found['changes']}, {found['changed_lists']}")
    tell("deepdiff calls for each list that changed", f"{found['diffs'] / lists:.1f}")
    tell(
        "plan file",
        f"{found['file_bytes'] / 1024:,.0f} KiB, {found['file_bytes'] / max(1, found['changes']):,.0f} bytes a change",
    )
    for name, (seconds, size) in found["forms"].items():
        tell(f"{name} of that plan", f"{seconds * 1000:,.0f} ms, {size / 1024:,.0f} KiB")


def _tell_plan(here: Setting, found: dict[str, Any]) -> None:
    tell("what it says", " ".join(found["said"]).strip())
    tell(
        "requests sent, pages to be had",
        f"{found['requests']} = {here.answers.pages} pages + {found['requests'] - here.answers.pages} others "
        f"(token, configuration: {NOT_PAGES})",
    )
    walls, cpus = zip(*found["stages"].values(), strict=True)
    for stage in STAGES:
        wall, cpu = found["stages"][stage]
        tell(stage, f"{wall:6.2f} s wall {cpu:6.2f} s CPU {cpu / sum(cpus):6.0%}")
    tell("in all", f"{sum(walls):6.2f} s wall {sum(cpus):6.2f} s CPU")
    tell("peak memory", f"{found['mib']:,.0f} MiB")
    tell("deepdiff", f"{found['diffs']} calls, {'' if found['deepdiff_imported'] else 'not '}imported")


def _tell_threads(here: Setting) -> None:
    for wait in (0.0, LATENCY):
        here.server.slow(wait)
        one, many = (
            here.plan(concurrency=threads)["stages"]["read the live lists"][0] for threads in (1, CONCURRENCY)
        )
        tell(
            f"live lists, 1 thread to {CONCURRENCY}, answers after {wait * 1000:.0f} ms",
            f"{one:.2f} s to {many:.2f} s: {one / many:.1f} times",
        )
    here.server.slow(0.0)
