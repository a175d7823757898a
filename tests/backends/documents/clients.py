"""Clients of a store in memory, and the ways in which it can be made to fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from reconciler.backends.documents.backend import DocumentBackend
from reconciler.backends.documents.store import Moved, Swap, Unsure
from tests.backends.memory import Memory


def client(
    memory: Memory,
    *,
    clock: Callable[[], float] | None = None,
    pause: Callable[[float], None] = lambda _: None,
) -> DocumentBackend:
    return DocumentBackend(
        memory, environment="production", clock=clock, ids=lambda: "lineage", cipher=None, pause=pause
    )


@dataclass
class Faulty(Memory):
    """Each of `faults` is what happens to one of the next swaps, in turn."""

    faults: list[str] = field(default_factory=list)
    late: Swap | None = None

    def swap(self, change: Swap) -> str:
        if self.late is not None:
            late, self.late = self.late, None
            super().swap(late)
        fault = self.faults.pop(0) if self.faults else ""
        if fault in {"lost answer", "412 after success", "cut"}:
            super().swap(change)
        if fault == "late":
            self.late = change
        if fault in {"lost answer", "lost request", "late"}:
            raise Unsure("cannot be reached: the connection died", "check the network")
        if fault == "cut":
            raise KeyboardInterrupt
        if fault == "refused":
            raise Unsure("is refused by the host", "allow it", again=False)
        if fault == "412 after success":
            raise Moved
        return super().swap(change)


@dataclass
class Careless(Memory):
    """Takes every write, whatever version it names: as a store that ignores conditions does."""

    def swap(self, change: Swap) -> str:
        self.kept.update({part.digest: raw for part, raw in change.parts.items()})
        self.head = change.head
        self.version += 1
        return str(self.version)
