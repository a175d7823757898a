"""`reconciler apply` of a saved plan, timed in a process of its own. Prints its figures as JSON.

Its argument is the project's folder; the plan lies beside it.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reconciler.backends.sql import SqlBackend
from reconciler.cli import apply as command
from reconciler.cli.main import run
from reconciler.live import Writer
from tests.benchmarks.stopwatch import Stopwatch

_APPLY = "apply"


class _Spent:
    """Seconds, and of CPU, that the threads of the run have spent in a call, and how many calls there were."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.cpu = 0.0
        self.times = 0
        self._lock = threading.Lock()

    def around(self, owner: type, name: str) -> None:
        """From now on, count every call of `owner.name`."""
        function: Callable[..., Any] = getattr(owner, name)

        def timed(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever the function takes
            start, cpu = time.perf_counter(), time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                with self._lock:
                    self.seconds += time.perf_counter() - start
                    self.cpu += time.thread_time() - cpu
                    self.times += 1

        setattr(owner, name, timed)


def measure(folder: Path) -> dict[str, Any]:
    watch, commits, waves, requests = Stopwatch(), _Spent(), _Spent(), _Spent()
    watch.around(command, "carry_out", _APPLY)
    commits.around(SqlBackend, "commit")
    waves.around(SqlBackend, "_carried")
    requests.around(Writer, "send")
    with contextlib.redirect_stdout(io.StringIO()):
        code = run(["-C", str(folder), "apply", str(folder.parent / "plan.json"), "--auto-approve"])
    return {
        "code": code,
        "wall": watch.wall[_APPLY],
        "cpu": watch.cpu[_APPLY],
        "commits": commits.times,
        "waves": waves.times,
        "waves_seconds": waves.seconds,
        "commits_seconds": commits.seconds,
        "commits_cpu": commits.cpu,
        "requests_seconds": requests.seconds,
        "requests_cpu": requests.cpu,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(Path(sys.argv[1]))))
