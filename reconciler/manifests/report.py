"""Problems as they are found, so that one run tells all of them."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from reconciler.errors import Problem, Severity, Source, sort_problems


class Report:
    """Collects problems; whoever finds one goes on with the rest."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def error(self, rule: str, message: str, source: Source, hint: str = "", address: str = "") -> None:
        self.add(Problem(Severity.ERROR, rule, message, source, hint, address))

    def warning(self, rule: str, message: str, source: Source, hint: str = "", address: str = "") -> None:
        self.add(Problem(Severity.WARNING, rule, message, source, hint, address))

    def add(self, problem: Problem) -> None:
        self._problems.append(problem)

    @property
    def failed(self) -> bool:
        return any(p.severity is Severity.ERROR for p in self._problems)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """In reading order, each once."""
        return sort_problems(self._problems)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known word, else all of them where they are few, else nothing."""
    words = sorted(known)
    if close := get_close_matches(word, words, n=1):
        return f"did you mean {close[0]}?"
    return f"known here: {', '.join(words)}" if 0 < len(words) <= 12 else ""  # noqa: PLR2004 - fits on a line


def shown(text: str) -> str:
    """Text of a stranger's inside of a message: quoted, and not endless."""
    return repr(text if len(text) <= 60 else text[:59] + "…")  # noqa: PLR2004
