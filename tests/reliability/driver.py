"""`reconciler`, in a process that dies at a numbered point: before or after a transaction, or a request.

    python -m tests.reliability.driver KILL_AT LEASE_SECONDS ARGUMENTS…

Points count from 1; 0 never dies. The number of points passed is the last line on stderr.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from reconciler.backends.sql import SqlBackend
from reconciler.cli import running
from reconciler.cli.main import run
from reconciler.live import RetryPolicy, Writer, connect


class Points:
    def __init__(self, kill_at: int) -> None:
        self._kill_at = kill_at
        self.passed = 0

    def here(self) -> None:
        self.passed += 1
        if self.passed == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever it takes
            self.here()
            try:
                return function(*args, **kwargs)
            finally:
                self.here()

        return watched


def main() -> None:
    points = Points(int(sys.argv[1]))
    running.LEASE_SECONDS = float(sys.argv[2])
    # the same tries, with shorter waits between
    connect.__wrapped__.__kwdefaults__["policy"] = RetryPolicy(first_wait=0.02, longest_wait=0.1)  # type: ignore[attr-defined]
    SqlBackend.commit = points.around(SqlBackend.commit)  # type: ignore[method-assign]
    Writer.send = points.around(Writer.send)  # type: ignore[method-assign]
    code = run(sys.argv[3:])
    sys.stderr.write(f"{points.passed}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
