"""What an experiment gives: a promise, what was done to break it, and how often it broke."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Figure:
    """`tried` counts attempts; `broken` says, in a sentence each, how the promise did not hold."""

    promise: str
    tried: int = 0
    broken: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def hold(self, condition: bool, otherwise: str) -> None:
        if not condition:
            self.broken.append(otherwise)


@dataclass(frozen=True, slots=True)
class Bench:
    """An empty folder, a source of chance whose seed is printed, and how much to do (1 is the default)."""

    folder: Path
    chance: random.Random
    scale: float

    def times(self, count: int) -> int:
        return max(1, round(count * self.scale))


Experiment = Callable[[Bench], Figure]
