"""The program on a terminal of its own, with somebody at the keyboard."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.cli.builder import surroundings

ESCAPE = "\x1b["
_PATIENCE = 8.0
# the terminal becomes the one that Ctrl-C is typed at
_PROGRAM = """
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from reconciler.__main__ import main
main()
"""
_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Seen:
    code: int
    text: str

    @property
    def plain(self) -> str:
        """Without escape codes and carriage returns."""
        return _CODES.sub("", self.text).replace("\r", "")


def on_a_terminal(
    words: Sequence[str],
    *,
    answer: tuple[str, str] | None = None,
    columns: int = 80,
    environ: Mapping[str, str] | None = None,
) -> Seen:
    """Run a command with stdin, stdout and stderr on one terminal.

    `answer` is what to type, once its first part has been shown.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    started = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-c", _PROGRAM, *words],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=surroundings(environ),
        start_new_session=True,
    )
    os.close(slave)
    try:
        shown = _conversation(master, answer)
        return Seen(started.wait(_PATIENCE), shown.decode())
    finally:
        started.kill()
        os.close(master)


def _conversation(master: int, answer: tuple[str, str] | None) -> bytes:
    shown = b""
    while part := _read(master, shown):
        shown += part
        if answer and answer[0].encode() in shown:
            os.write(master, answer[1].encode())
            answer = None
    return shown


def _read(descriptor: int, so_far: bytes) -> bytes:
    if not select.select([descriptor], [], [], _PATIENCE)[0]:
        raise AssertionError(f"it hangs, after: {so_far.decode()}")
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux says so when nobody has the other end open any more
        return b""
