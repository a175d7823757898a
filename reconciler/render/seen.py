"""What is seen of a plan: plain data in reading order, all of it neutral text. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from reconciler.changes import Cause


@dataclass(frozen=True, slots=True)
class DetailView:
    """One difference inside a list: `+ rule 2 in group 1: AccountNumber EQUALS "1"`."""

    sign: str
    where: str
    before: str
    after: str

    @property
    def text(self) -> str:
        return f"{self.where}: {_arrow(self.before, self.after)}"


@dataclass(frozen=True, slots=True)
class FieldView:
    """`before` or `after` is empty where there is none to show. `recorded` is told in a conflict only.

    Where there are `details`, the values are but a summary of them. `sign` says which sign of it moved.
    `whence` says that the branch did not cause it, where the rest of the change is the branch's; `line` of
    `file` is 0 where no manifest has it.
    """

    path: str
    cause: Cause
    whose: str
    whence: str
    before: str
    after: str
    recorded: str
    details: tuple[DetailView, ...]
    file: str
    line: int
    column: int
    sign: str

    @property
    def values(self) -> str:
        return _arrow(self.before, self.after)

    @property
    def source(self) -> str:
        return f"{self.file}:{self.line}" if self.file else ""

    @property
    def told(self) -> str:
        """Whose it is, and where it comes from."""
        return "; ".join(filter(None, (self.whose, self.whence)))


@dataclass(frozen=True, slots=True)
class RequestView:
    """`body` is JSON on one line, or empty."""

    method: str
    path: str
    body: str


@dataclass(frozen=True, slots=True)
class ChangeView:
    """`requests_in_words` is `1 PATCH`, or empty; `notes` are sentences; `refused_by` names guards."""

    address: str
    connection: str
    action: str
    symbol: str
    what: str
    cause: Cause
    dangerous: bool
    inherited: bool
    source: str
    notes: tuple[str, ...]
    refused_by: tuple[str, ...]
    fields: tuple[FieldView, ...]
    requests: tuple[RequestView, ...]
    requests_in_words: str


@dataclass(frozen=True, slots=True)
class Group:
    """The changes of one connection by address; or, `dangerous`, what deletes or conflicts in any of them."""

    title: str
    dangerous: bool
    changes: tuple[ChangeView, ...]


@dataclass(frozen=True, slots=True)
class ObjectionView:
    guard: str
    message: str
    addresses: tuple[str, ...]
    lift: str


@dataclass(frozen=True, slots=True)
class PlanView:
    """`verdict` is the sum of it; `catching_up` is a sentence or empty; `sends` `3 PATCH, 1 POST` or
    empty, and `sending` the words before it; `advice` says what to do now.

    `groups` are the branch's own changes; `inherited` are those that it did not cause, `whence` how many of
    each there are, and `base` the commit that tells them apart: empty where nobody looked.
    """

    title: str
    environment: str
    origin: str
    created_at: str
    commit: str
    base: str
    empty: bool
    verdict: str
    whence: str
    advice: str
    catching_up: str
    sending: str
    sends: str
    summary: Mapping[str, int]
    groups: tuple[Group, ...]
    inherited: tuple[Group, ...]
    objections: tuple[ObjectionView, ...]
    legend: tuple[tuple[str, str], ...]

    @property
    def conclusion(self) -> str:
        """The sum with all that belongs to it: the last line of a text, and the only one where `empty`."""
        return " ".join(filter(None, (self.verdict, self.whence, self.catching_up)))

    @property
    def changes(self) -> Iterator[ChangeView]:
        """All of them, in reading order."""
        for group in chain(self.groups, self.inherited):
            yield from group.changes


def _arrow(before: str, after: str) -> str:
    return f"{before} → {after}" if before and after else before or after
