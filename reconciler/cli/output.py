"""The one way out: results to stdout, everything else to stderr, both harmless to whoever reads them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self, TextIO

from reconciler.render import without_commands

NARROWEST, WIDEST = 40, 120


@dataclass(frozen=True, slots=True)
class Output:
    """Where a command speaks. `colour` is for stdout; `width` in columns, 80 where nobody knows."""

    colour: bool
    width: int
    verbose: bool = False
    on_runner: bool = False

    @classmethod
    def of_process(cls, *, no_color: bool = False, verbose: bool = False) -> Self:
        quiet = no_color or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        width = shutil.get_terminal_size((80, 24)).columns if sys.stdout.isatty() else 80
        return cls(
            colour=sys.stdout.isatty() and not quiet,
            width=max(NARROWEST, min(width, WIDEST)),
            verbose=verbose,
            on_runner=bool(os.environ.get("GITHUB_ACTIONS")),
        )

    def result(self, text: str) -> None:
        """What was asked for, to stdout."""
        self._write(sys.stdout, text)

    def note(self, text: str) -> None:
        """What stands beside it, to stderr; after all that was said on stdout, where both go to one place."""
        self.flush()
        self._write(sys.stderr, text)

    def detail(self, text: str) -> None:
        if self.verbose:
            self.note(text)

    def error(self, message: str, hint: str = "") -> None:
        self.note(f"Error: {message}" + (f"\n  {hint}" if hint else ""))

    def annotation(self, text: str) -> None:
        """Workflow commands of our own making, whose parts are escaped already."""
        _write(sys.stdout, text)

    def _write(self, stream: TextIO, text: str) -> None:
        text = without_commands(text) if self.on_runner else text
        _write(stream, text.removesuffix("\n") + "\n")

    @contextmanager
    def progress(self, total: int) -> Iterator[Callable[[str], None]]:
        """A bar on a terminal, nothing elsewhere. Gives what to call, with a word, after each step."""
        if not sys.stderr.isatty() or not total:
            yield lambda _word: None
            return
        from rich.console import Console  # noqa: PLC0415 - only where a terminal shows it
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

        console = Console(stderr=True, no_color=not self.colour)
        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("", total=total)
            yield lambda word: bar.update(task, advance=1, description=word)

    def flush(self) -> None:
        sys.stdout.flush()

    def drop(self) -> None:
        """Nobody reads stdout any more: let the interpreter's own last flush go nowhere."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write(stream: TextIO, text: str) -> None:
    """What the stream has no letters for is shown as an escape."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
