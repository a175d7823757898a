"""One experiment on one store, as a process of its own performs it."""

from __future__ import annotations

import os
import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.cli.builder import CREDENTIALS
from tests.reliability.experiments import EXPERIMENTS, ON_EVERY_STORE
from tests.reliability.promise import Bench, Figure
from tests.reliability.stores import SHARES, Missing


@dataclass(frozen=True, slots=True)
class Task:
    """One experiment on one store."""

    name: str
    store: str
    seed: int
    scale: float

    @property
    def share(self) -> float:
        return self.scale * (SHARES[self.store] if self.name in ON_EVERY_STORE else 1.0)

    @property
    def command(self) -> str:
        """What repeats it alone."""
        state = f" --state {self.store}" if self.name in ON_EVERY_STORE else ""
        return (
            f"python -m tests.reliability --only {self.name}{state} --seed {self.seed} --scale {self.scale:g}"
        )


def performed(task: Task) -> tuple[Figure, float]:
    """The figure, and how many seconds it took."""
    os.environ.update(CREDENTIALS)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="reliability-") as folder:
        chance = random.Random(f"{task.seed} {task.name} {task.store}")  # noqa: S311 - an experiment's
        try:
            figure = EXPERIMENTS[task.name](Bench(Path(folder), chance, task.share, task.store))
        except Missing as missing:
            figure = Figure(task.name, skipped=[f"{task.store}: {missing}"])
        except Exception as error:  # noqa: BLE001 - the others are to go on
            figure = Figure(task.name, broken=[f"{task.store}: it broke off: {error!r}"])
    return figure, time.monotonic() - began
