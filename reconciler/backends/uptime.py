"""The clock of this machine that nobody can set: it counts from its start, and goes on while it sleeps."""

from __future__ import annotations

import time


def uptime() -> float:
    """Seconds since the machine started; the same for all of its processes. Compare two, never read one."""
    # Linux stops its monotonic clock in sleep; the clocks of the others go on
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
