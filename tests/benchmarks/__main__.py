"""What the program costs. Prints figures and judges none: machines differ.

Run with the sections that are wanted (plan, changes, state, start, apply, stores), or `profile` for where a plan's
time goes.
"""

from __future__ import annotations

import argparse
import pstats
import sys
import tempfile
from pathlib import Path

from tests.benchmarks import plans
from tests.benchmarks.applies import applying
from tests.benchmarks.keeping import keeping
from tests.benchmarks.starting import starting
from tests.benchmarks.stores import stores

SECTIONS = ("plan", "changes", "state", "start", "apply", "stores")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    words = " ".join(SECTIONS)
    parser.add_argument(
        "sections", nargs="*", metavar="SECTION", help=f"of: {words} profile; all but the last"
    )
    parser.add_argument("--objects", type=int, default=10_000, help="automations on the connection")
    parser.add_argument("--edited", type=int, default=200, help="how many of them change")
    parser.add_argument("--applied", type=int, default=1000, help="how many changes are applied")
    chosen = parser.parse_args()
    sections = {*(chosen.sections or SECTIONS)}
    if unknown := sections - {*SECTIONS, "profile"}:
        parser.error(f"there is no section {', '.join(sorted(unknown))}")
    if {"plan", "changes", "state", "profile"} & sections:
        with plans.setting(chosen.objects) as here:
            if "plan" in sections:
                plans.unchanged(here)
            if "changes" in sections:
                plans.changed(here, chosen.edited)
            if "state" in sections:
                keeping(here)
            if "profile" in sections:
                _profile(here)
    if "start" in sections:
        starting()
    if "apply" in sections:
        applying(chosen.applied)
    if "stores" in sections:
        stores(chosen.objects, chosen.edited)


def _profile(here: plans.Setting) -> None:
    with tempfile.NamedTemporaryFile(suffix=".profile") as file:
        here.plan(profile=file.name)
        figures = pstats.Stats(str(Path(file.name)), stream=sys.stdout)
    figures.sort_stats("tottime").print_stats(45)
    figures.sort_stats("cumulative").print_stats(70)


if __name__ == "__main__":
    main()
