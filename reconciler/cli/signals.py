"""Ctrl-C and SIGTERM, for as long as a block lasts."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def on_interruption(react: Callable[[], None]) -> Iterator[None]:
    """Call `react` for each of the two signals, instead of what they did before."""
    old = {
        number: signal.signal(number, lambda _number, _frame: react())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
