"""Ctrl-C and SIGTERM: how they reach a command, and the exit code that tells of them: 128 and their number."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from click import Abort

_BOTH = (signal.SIGINT, signal.SIGTERM)


class Terminated(KeyboardInterrupt):
    """SIGTERM, wherever Ctrl-C would raise its own."""


def interruption(number: int) -> KeyboardInterrupt:
    """What to raise for one of the two signals."""
    return Terminated() if number == signal.SIGTERM else KeyboardInterrupt()


def exit_code(number: int) -> int:
    """130 for Ctrl-C and 143 for SIGTERM: what a shell gives to whatever dies of a signal."""
    return 128 + number


def exit_code_of(error: KeyboardInterrupt | Abort) -> int:
    """The same for what was raised; click wraps it."""
    terminated = isinstance(error, Terminated) or isinstance(error.__cause__, Terminated)
    return exit_code(signal.SIGTERM if terminated else signal.SIGINT)


@contextmanager
def on_interruption(react: Callable[[int], None]) -> Iterator[None]:
    """Call `react` with its number for each of the two signals, instead of what they did before."""
    old = {number: signal.signal(number, lambda number, _frame: react(number)) for number in _BOTH}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


@contextmanager
def terminable() -> Iterator[None]:
    """SIGTERM unwinds like Ctrl-C for as long as the block lasts: locks are freed and files closed."""

    def unwind(_number: int, _frame: object) -> NoReturn:
        raise Terminated

    old = signal.signal(signal.SIGTERM, unwind)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, old)


def ended() -> None:
    """What was asked for is done: a signal that comes too late shall not change how it is told."""
    for number in _BOTH:
        signal.signal(number, signal.SIG_IGN)
