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
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from reconciler.backends.sql import SqlBackend
from reconciler.cli import apply as command
from reconciler.cli.main import run
from tests.benchmarks.stopwatch import Stopwatch

_APPLY = "apply"


class _Held:
    """Seconds for which the record was held by a write, and how many writes there were."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.times = 0
        self._lock = threading.Lock()

    def around(self, transaction: Any) -> Any:  # noqa: ANN401 - a method of the program's
        @contextmanager
        def timed(*args: Any, **kwargs: Any) -> Iterator[Any]:  # noqa: ANN401
            start = time.perf_counter()
            inner: AbstractContextManager[Any] = transaction(*args, **kwargs)
            with inner as connection:
                yield connection
            with self._lock:
                self.seconds += time.perf_counter() - start
                self.times += 1

        return timed


def measure(folder: Path) -> dict[str, Any]:
    watch, held = Stopwatch(), _Held()
    watch.around(command, "carry_out", _APPLY)
    setattr(SqlBackend, "_existing", held.around(SqlBackend._existing))  # noqa: B010 - mypy minds the plain way
    with contextlib.redirect_stdout(io.StringIO()):
        code = run(["-C", str(folder), "apply", str(folder.parent / "plan.json"), "--auto-approve"])
    return {
        "code": code,
        "wall": watch.wall[_APPLY],
        "cpu": watch.cpu[_APPLY],
        "held": held.seconds,
        "commits": held.times,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(Path(sys.argv[1]))))
