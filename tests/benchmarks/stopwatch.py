"""Wall and CPU seconds per stage, taken around functions of the program while its real commands run."""

from __future__ import annotations

import functools
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

_STATUS = Path("/proc/self/status")


class Stopwatch:
    """Each stage without the stages inside of it. For one thread; CPU seconds are the whole process's."""

    def __init__(self) -> None:
        self.wall: defaultdict[str, float] = defaultdict(float)
        self.cpu: defaultdict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()
        self._running: list[tuple[str, float, float]] = []

    def start(self, stage: str, *, wall: float | None = None, cpu: float | None = None) -> None:
        """Begin a stage now, or at moments that have passed already."""
        self._running.append(
            (
                stage,
                time.perf_counter() if wall is None else wall,
                time.process_time() if cpu is None else cpu,
            )
        )
        self.calls[stage] += 1

    def stop(self) -> None:
        stage, wall, cpu = self._running.pop()
        spent = (time.perf_counter() - wall, time.process_time() - cpu)
        for seconds, took in ((self.wall, spent[0]), (self.cpu, spent[1])):
            seconds[stage] += took
            if self._running:
                seconds[self._running[-1][0]] -= took

    def around(self, owner: object, name: str, stage: str) -> None:
        """From now on, time every call of `owner.name`."""
        function: Callable[..., Any] = getattr(owner, name)

        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever the function takes
            self.start(stage)
            try:
                return function(*args, **kwargs)
            finally:
                self.stop()

        setattr(owner, name, timed)


def peak_mib() -> float:
    """The most memory that this process has held. ru_maxrss counts what the parent held before, too."""
    if _STATUS.exists():
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
