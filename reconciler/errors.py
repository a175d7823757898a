"""The tree of errors, and the words in which problems are told. Stdlib only.

    ReconcilerError        1   something failed
    ├── LiveError              the API, or another service: unreachable, refusing, or answering strangely
    ├── StateError             the record: damaged, newer than this program, unreachable
    ├── Undecidable            manifests and live do not say which object is meant
    ├── UsageError        64   wrong flags or a missing project
    ├── Refused            4   a guard, a conflict, a stale plan, a held lock
    └── ProjectInvalid     5   the manifests, with every problem at once

Every error says what (message), where (source or the address concerned) and what to do (hint).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A place in a file. `file` is relative to the project; `line` and `column` count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a project, or suspicious in it.

    `rule` is a stable word such as `unknown-field`; `hint` says what to do, or is empty.
    """

    severity: Severity
    rule: str
    message: str
    source: Source
    hint: str = ""
    address: str = ""

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.source}: {self.severity}: {self.message}{hint} [{self.rule}]"


def sort_problems(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """In reading order, each once: the same mistake seen through two aliases is told once."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda p: (p.source, p.severity, p.rule, p.message)))


class ReconcilerError(Exception):
    """`message` says what and where; `hint` what to do now; `exit_code` is the process's."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class LiveError(ReconcilerError):
    """The API, or another service, could not be reached, refused, or gave an answer that is none.

    `maybe_sent`: it was a write, and nobody knows whether it took effect. `stopped`: it was never sent,
    because the run was told to end.
    """

    maybe_sent: bool = False
    stopped: bool = False


class StateError(ReconcilerError):
    """The record of what was applied cannot be opened, trusted or written."""


class Undecidable(ReconcilerError):
    """Manifests and live together leave open which remote object is meant. `problems` has every case."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"cannot tell which live object is meant in {_count(len(self.problems), 'case')}")


class UsageError(ReconcilerError):
    exit_code = 64


class Refused(ReconcilerError):
    """Nothing was sent, on purpose."""

    exit_code = 4


class ProjectInvalid(ReconcilerError):
    """The project cannot be used. `problems` holds all of them, warnings included, in reading order."""

    exit_code = 5

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        errors = [p for p in self.problems if p.severity is Severity.ERROR]
        super().__init__(f"the project is invalid: {_count(len(errors), 'error')}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
