"""What it costs to start: against an interpreter that does nothing, and which heavy modules come along."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.telling import tell, title

ROOT = Path(__file__).parents[2]
HEAVY = (
    "pydantic", "yaml", "jinja2", "orjson", "httpx", "tenacity", "pyrate_limiter", "sqlalchemy", "deepdiff", "rich",
    "starlette", "uvicorn",
)  # fmt: skip
TIMES = 9
_COMMANDS = {
    "reconciler --help": ["--help"],
    "reconciler validate": ["-C", str(ROOT / "desired_state"), "validate"],
}
_LOADED = (
    "import sys; from reconciler.cli.main import run; run(sys.argv[1:]); "
    f"print(*(m for m in {HEAVY!r} if m in sys.modules), file=sys.stderr)"
)


def starting() -> None:
    title(f"Starting: the median of {TIMES} runs")
    nothing = _seconds(["-c", "pass"])
    tell("python -c pass", f"{nothing * 1000:.0f} ms")
    for name, arguments in _COMMANDS.items():
        seconds = _seconds(["-m", "reconciler", *arguments])
        tell(name, f"{seconds * 1000:.0f} ms, {seconds / nothing:.1f} times that")
        tell("  heavy modules that it imports", _loaded(arguments) or "none")


def _seconds(arguments: Sequence[str]) -> float:
    found = []
    for _ in range(TIMES):
        start = time.perf_counter()
        _python(arguments)
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def _loaded(arguments: Sequence[str]) -> str:
    return _python(["-c", _LOADED, *arguments]).splitlines()[-1]


def _python(arguments: Sequence[str]) -> str:
    """What it says on stderr."""
    done = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True, text=True,
        cwd=ROOT, env={**os.environ},
    )  # fmt: skip
    return done.stderr
