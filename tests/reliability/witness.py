"""The emulator's log, which also looks into the record at the moment when a write takes effect.

A write is announced where its intent stands in the record at that moment, as any other process reads it: before the
answer is sent, so nothing that its sender did afterwards can have put it there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reconciler.backends import Backend
from reconciler.emulator import RequestLog
from reconciler.emulator.messages import Call
from reconciler.state import Intent
from tests.acting.bench import wire


class Witness(RequestLog):
    """`unannounced` names every write without an intent; `seen` counts all."""

    def __init__(self) -> None:
        super().__init__()
        self.record: Callable[[], Backend] | None = None
        self.unannounced: list[str] = []
        self.seen = 0
        self._backend: Backend | None = None

    def look_into(self, record: Callable[[], Backend]) -> None:
        """From now on; the record need not exist yet."""
        self.leave()
        self.record = record

    def leave(self) -> None:
        if self._backend is not None:
            self._backend.close()
        self.record = self._backend = None

    def add(self, call: Call, *, status: int | None, wrote: bool, faults: tuple[str, ...]) -> None:
        super().add(call, status=status, wrote=wrote, faults=faults)
        if call.method == "GET" or not call.path.startswith("/api/v3/") or self.record is None:
            return
        if self._backend is None:
            self._backend = self.record()
        self.seen += 1
        if not any(announces(intent, call) for intent in self._backend.load().intents.values()):
            self.unannounced.append(f"{call.method} {call.path}")


def announces(intent: Intent, call: Call) -> bool:
    requests: Any = intent.requests
    body = call.json_body() if call.body else None
    return any(
        request["method"] == call.method
        and _fits(request["path"], call.path)
        and wire(request["body"]) == body
        for request in requests
    )


def _fits(template: str, path: str) -> bool:
    head, _, tail = template.partition("{uuid}")
    return path.startswith(head) and path.endswith(tail) and ("{uuid}" in template or path == template)
