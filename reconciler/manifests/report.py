"""Problems as they are found, so that one run tells all of them."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from reconciler.errors import Problem, ProjectInvalid, Severity, Source, sort_problems

MOST_PROBLEMS = 1_000
_MOST_WORDS = 200


class Report:
    """Collects problems, each once; whoever finds one goes on with the rest.

    Up to a bound: nobody reads more of them. Of errors, ProjectInvalid is raised with those that there are;
    further warnings are left out.
    """

    def __init__(self, most: int = MOST_PROBLEMS) -> None:
        self._problems: dict[Problem, None] = {}
        self._most = most

    def error(self, rule: str, message: str, source: Source, hint: str = "", address: str = "") -> None:
        self.add(Problem(Severity.ERROR, rule, message, source, hint, address))

    def warning(self, rule: str, message: str, source: Source, hint: str = "", address: str = "") -> None:
        self.add(Problem(Severity.WARNING, rule, message, source, hint, address))

    def add(self, problem: Problem) -> None:
        if len(self._problems) < self._most:
            self._problems[problem] = None
        elif problem.severity is Severity.ERROR and problem not in self._problems:
            message = f"more than {self._most:,} problems: the rest is not told"
            there = (
                *self._problems,
                Problem(Severity.ERROR, "too-many", message, problem.source, "correct these first"),
            )
            raise ProjectInvalid(sort_problems(there))

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
    if len(words) > _MOST_WORDS:  # to compare with each would take long
        words = [other for other in words if other[:2] == word[:2]][:_MOST_WORDS]
    if close := get_close_matches(word[:_MOST_WORDS], words, n=1):
        return f"did you mean {close[0]}?"
    return f"known here: {', '.join(words)}" if 0 < len(words) <= 12 else ""  # noqa: PLR2004 - fits on a line


def shown(text: str) -> str:
    """Text of a stranger's inside of a message: quoted, and not endless."""
    return repr(text if len(text) <= 60 else text[:59] + "…")  # noqa: PLR2004
