"""A store of documents in memory, faithful to the letter, for laws and for faults on purpose."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from reconciler.backends.documents.store import Found, Moved, Part, Store, Swap


@dataclass
class Memory:
    """Shared by its clients: it is the place itself. `swaps` counts those that took effect."""

    label: str = "memory"
    head: bytes | None = None
    version: int = 0
    kept: dict[str, bytes] = field(default_factory=dict)
    swaps: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self) -> Found | None:
        with self._lock:
            return Found(self.head, str(self.version)) if self.head is not None else None

    def parts(self, version: str, wanted: Sequence[Part]) -> Sequence[bytes | None]:  # noqa: ARG002
        return [self.kept.get(part.digest) for part in wanted]

    def swap(self, change: Swap) -> str:
        with self._lock:
            if (change.before.version if change.before else "") != (
                str(self.version) if self.head is not None else ""
            ):
                raise Moved
            self.kept.update({part.digest: raw for part, raw in change.parts.items()})
            self.head = change.head
            self.version += 1
            self.swaps += 1
            return str(self.version)

    @contextmanager
    def scratch(self) -> Iterator[Callable[[], Store]]:
        place = type(self)()
        yield lambda: place

    def close(self) -> None:
        pass
