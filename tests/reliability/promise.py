"""What an experiment gives: a promise, what was done to break it, and how often it broke."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Figure:
    """`promise` is one sentence. `attempts` counts each sort of attempt; `broken` says, in a sentence each, how the
    promise did not hold; `skipped` what could not be tried on this machine.
    """

    promise: str
    attempts: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def tried(self, what: str, count: int = 1) -> None:
        self.attempts[what] = self.attempts.get(what, 0) + count

    def hold(self, condition: bool, otherwise: str) -> None:
        if not condition:
            self.broken.append(otherwise)

    @property
    def told(self) -> str:
        """`1,000 hand-overs, 200 pauses past the lease`."""
        return ", ".join(f"{count:,} {what}" for what, count in self.attempts.items())


@dataclass(frozen=True, slots=True)
class Bench:
    """An empty folder, a source of chance whose seed is printed, how much to do (1 is the default), and the store that
    the record is kept in.
    """

    folder: Path
    chance: random.Random
    scale: float
    store: str = "sqlite"

    def times(self, count: int) -> int:
        return max(1, round(count * self.scale))


Experiment = Callable[[Bench], Figure]
