"""What is asked of a forge, whichever it is: notes on one pull request, and issues of one repository."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Note:
    """A comment. `author` is the login of who wrote it."""

    id: int
    author: str
    body: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Issue:
    number: int
    author: str
    body: str
    open: bool
    labels: tuple[str, ...] = ()
    url: str = ""


class Forge(Protocol):
    """Every method raises LiveError. A list is whole, or an error. `pull` is the number of a pull request.

    `limit` is how many UTF-16 units a body may have.
    """

    limit: int

    def me(self) -> str:
        """The login that the token writes as."""
        ...

    def pull_of(self, commit: str) -> int | None:
        """The newest pull request that brought `commit`, merged or open."""
        ...

    def notes(self, pull: int) -> Sequence[Note]:
        """The oldest first."""
        ...

    def add_note(self, pull: int, body: str) -> Note: ...

    def edit_note(self, pull: int, note: Note, body: str) -> None: ...

    def drop_note(self, pull: int, note: Note) -> None: ...

    def issues(self, label: str) -> Sequence[Issue]:
        """Open and closed ones that carry the label, the oldest first."""
        ...

    def open_issue(self, title: str, body: str, label: str) -> Issue: ...

    def edit_issue(self, issue: Issue, *, body: str | None = None, open: bool | None = None) -> None: ...  # noqa: A002

    def comment(self, issue: Issue, body: str) -> None: ...


def is_by(author: str, login: str) -> bool:
    """Logins differ by more than their case."""
    return author.casefold() == login.casefold()
