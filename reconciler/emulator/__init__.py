"""The emulated Exsited integration API, on real sockets. An island: it imports nothing else of the reconciler."""

from reconciler.emulator.faults import (
    BadPage,
    Cut,
    Delay,
    Drop,
    Effect,
    ExpireTokens,
    Fault,
    Faults,
    Garbage,
    Rewrite,
    Slow,
    Stale,
    Status,
    Truncate,
)
from reconciler.emulator.log import Entry, RequestLog
from reconciler.emulator.server import Running, run_forever, serve
from reconciler.emulator.tokens import CLIENT_ID, CLIENT_SECRET
from reconciler.emulator.world import World

__all__ = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "BadPage",
    "Cut",
    "Delay",
    "Drop",
    "Effect",
    "Entry",
    "ExpireTokens",
    "Fault",
    "Faults",
    "Garbage",
    "RequestLog",
    "Rewrite",
    "Running",
    "Slow",
    "Stale",
    "Status",
    "Truncate",
    "World",
    "run_forever",
    "serve",
]
