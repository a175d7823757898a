"""The request log: what the service saw, to judge clients by.

An entry is made when the outcome is decided and before the answer is sent, so entries stand in the order in which
writes took effect, and who holds an answer finds its request here.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from reconciler.emulator.messages import Call, JsonObject


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. `body` is its JSON (None: no body; text: no JSON), `status` None where no answer was sent,
    `time` monotonic seconds, `faults` the names of the effects that struck it.
    """

    seq: int
    method: str
    path: str
    query: Mapping[str, str]
    body: object
    status: int | None
    time: float
    wrote: bool
    faults: tuple[str, ...] = ()

    def document(self) -> JsonObject:
        return asdict(self)


class RequestLog:
    """Entries since the start or the last `clear`; `seq` goes on counting across a `clear`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self._count = 0

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def entries(self) -> tuple[Entry, ...]:
        with self._lock:
            return tuple(self._entries)

    @property
    def writes(self) -> tuple[Entry, ...]:
        """Those that changed the world."""
        return tuple(entry for entry in self.entries if entry.wrote)

    def calls(self, method: str) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.method == method)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def add(self, call: Call, *, status: int | None, wrote: bool, faults: tuple[str, ...]) -> None:
        body = _readable(call)
        with self._lock:
            self._count += 1
            self._entries.append(
                Entry(
                    self._count,
                    call.method,
                    call.path,
                    call.query,
                    body,
                    status,
                    time.monotonic(),
                    wrote,
                    faults,
                )
            )


def _readable(call: Call) -> object:
    if not call.body:
        return None
    try:
        return call.json_body()
    except ValueError:
        return call.body.decode(errors="replace")
