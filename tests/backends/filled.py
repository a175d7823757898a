"""A closed SQLite file with one of everything in it, for tests that damage it."""

from __future__ import annotations

from pathlib import Path

from reconciler.backends import open_backend
from reconciler.state import HistoryEntry, Intent, State, Transition
from tests.backends.samples import ANN, LONG, A, numbered

FILLING = Transition(
    put=tuple(numbered(n) for n in range(12)),
    open=Intent("i1", "run-1", A, "update", "2026-01-01T00:00:00Z", [{"body": {"a": 1}}]),
    history=tuple(
        HistoryEntry("2026-01-01", "ann", "abc", "plan", "run-1", A, "update", "ok", str(n), [])
        for n in range(5)
    ),
)
NEXT = Transition(put=(numbered(3), numbered(40)), drop=(numbered(5).address,), close="i1")


def filled(path: Path) -> State:
    """A closed file with one of everything, and an open lease."""
    with open_backend(
        f"sqlite:///{path}", environment="production", folder=path, clock=lambda: 1000.0
    ) as backend:
        lease = backend.acquire(ANN, LONG)
        backend.commit(FILLING, lease=lease)
        return backend.load()
