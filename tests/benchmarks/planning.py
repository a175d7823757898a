"""`reconciler plan` in a process of its own, timed stage by stage. Prints its figures as JSON.

Its arguments are the project's folder and, for cProfile's figures, a file.
"""

from __future__ import annotations

import contextlib
import cProfile
import importlib
import io
import json
import sys
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.stopwatch import Stopwatch, peak_mib

# What is timed: a module, the name in it that the program calls, and the stage that it is.
_STAGES = (
    ("reconciler.manifests.project", "read", "read YAML"),
    ("reconciler.cli.session", "load", "templates and models"),
    ("reconciler.config", "commit_of", "ask git for the commit"),
    ("reconciler.backends.ledger", "read_state", "load the record"),
    ("reconciler.pipeline", "read_live", "read the live lists"),
    ("reconciler.pipeline", "decide", "decide"),
    ("reconciler.planfile", "dump", "write the plan file"),
    ("reconciler.cli.plan", "render_plan", "render text"),
)
_IMPORTS, _REST, DIFFS = "start and imports", "all the rest", "deepdiff, its import included"
STAGES = (_IMPORTS, *(stage for _, _, stage in _STAGES), DIFFS, _REST)


def measure(folder: Path) -> dict[str, Any]:
    watch = Stopwatch()
    watch.start(_REST)
    watch.start(_IMPORTS, cpu=0.0)
    modules = {
        name: importlib.import_module(name) for name in (*(m for m, _, _ in _STAGES), "reconciler.describe")
    }
    run = importlib.import_module("reconciler.cli.main").run
    watch.stop()
    for module, name, stage in _STAGES:
        watch.around(modules[module], name, stage)
    _around_diffs(modules["reconciler.describe"], watch)
    file, said = folder.parent / "plan.json", io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        code = run(["-C", str(folder), "plan", "--out", str(file)])
    watch.stop()
    document = json.loads(file.read_bytes())
    return {
        "code": code,
        "stages": {stage: (watch.wall[stage], watch.cpu[stage]) for stage in STAGES},
        "mib": peak_mib(),
        "diffs": watch.calls[DIFFS],
        "deepdiff_imported": "deepdiff" in sys.modules,
        "said": said.getvalue().splitlines()[-2:],
        "text_bytes": len(said.getvalue()),
        "file_bytes": file.stat().st_size,
        "changes": len(document["changes"]),
        "changed_lists": sum(isinstance(f.get("after"), list) for c in document["changes"] for f in c["fields"]),
        "forms": _forms(file) if document["changes"] else {},
    }  # fmt: skip


def _around_diffs(describe: Any, watch: Stopwatch) -> None:  # noqa: ANN401 - a module
    """Around what calls deepdiff once, and run to its end: we must not import deepdiff ourselves."""
    lazy = describe._inside
    describe._inside = lambda old, new: list(lazy(old, new))
    watch.around(describe, "_inside", DIFFS)


def _forms(file: Path) -> dict[str, tuple[float, int]]:
    """Seconds and characters of each other format, from the saved plan."""
    from reconciler.cli.plan import read_plan  # noqa: PLC0415 - timed above
    from reconciler.render import PLAN_FORMATS, render_plan  # noqa: PLC0415

    found: dict[str, tuple[float, int]] = {}
    start = time.perf_counter()
    plan = read_plan(file)
    found["read back"] = (time.perf_counter() - start, file.stat().st_size)
    for form in PLAN_FORMATS:
        start = time.perf_counter()
        text = render_plan(plan, form)
        found[form] = (time.perf_counter() - start, len(text))
    return found


def main() -> None:
    folder, *profile = map(Path, sys.argv[1:])
    with cProfile.Profile() if profile else contextlib.nullcontext() as profiler:
        figures = measure(folder)
    if profiler is not None:
        profiler.dump_stats(profile[0])
    sys.stdout.write(json.dumps(figures))


if __name__ == "__main__":
    main()
