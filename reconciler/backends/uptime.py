"""The clock of this machine that nobody can set: it counts from its start, and goes on while it sleeps."""

from __future__ import annotations

import time
from typing import Final


def uptime() -> float:
    """Seconds since the machine started; the same for all of its processes. Compare two, never read one."""
    # Linux stops its monotonic clock in sleep; the clocks of the others go on
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


STARTED: Final = round((time.time() - uptime()) * 1000)
"""When the machine started, for people: milliseconds since 1970, by the time of day as it is now. Asked for once, so that
one moment is always told in the same way.
"""
