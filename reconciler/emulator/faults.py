"""Faults on demand: what can go wrong between a client and the service, as data.

`Faults` is an ordered list of rules. A rule counts every request that it matches, and fires from the `nth` on,
`times` in a row (None: for ever). All rules that are due fire, in their order. `committed` says on which side of the
handler a fault strikes: False, and nothing happened; True, and a write took effect though the client cannot know.
"""

import math
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from typing import Any, Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Status:
    """An answer of this status. Without a body it carries a structured error."""

    code: int
    body: str | bytes | Mapping[str, Any] | None = None
    retry_after: str | None = None
    committed: bool = False

    def __post_init__(self) -> None:
        if not 200 <= self.code <= 599:  # noqa: PLR2004 - final statuses of HTTP
            raise ValueError(f"{self.code} is no final HTTP status")


@dataclass(frozen=True, slots=True)
class Delay:
    """Seconds of silence, before the handler runs or between the commit and the answer."""

    seconds: float
    committed: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection is closed without an answer; with `reset` by a TCP reset."""

    committed: bool = False
    reset: bool = False


@dataclass(frozen=True, slots=True)
class Truncate:
    """The answer promises its whole length, gives `keep` bytes of it (default: half) and is cut."""

    keep: int | None = None


@dataclass(frozen=True, slots=True)
class ExpireTokens:
    """All tokens issued so far become invalid, before this request is looked at."""


@dataclass(frozen=True, slots=True)
class Slow:
    """The answer's body trickles in, over this many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Garbage:
    """A body that nobody documented. Text is UTF-8; lone surrogates (U+DC80 up) stand for raw bytes."""

    body: str | bytes = "<html><body><h1>Scheduled maintenance</h1></body></html>"
    media_type: str = "text/html"
    code: int = 200
    committed: bool = False


@dataclass(frozen=True, slots=True)
class Drop:
    """A field of a write is ignored: 2xx, but not stored. A dotted path, or a bare name at any depth."""

    field: str


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The server stores a field otherwise than it was sent: through `how`, or as the fixed `value`."""

    field: str
    how: Literal["upper", "lower", "strip", "fixed"] = "upper"
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Stale:
    """A lagging replica answers: every object as it was before its own last write, if that is younger than
    `seconds`.
    """

    seconds: float = math.inf


@dataclass(frozen=True, slots=True)
class BadPage:
    """A page of a list that looks like the one that was asked for, and is not: `repeat` has the items of its neighbour,
    `shift` lost one and goes on with the next page's first, `short` lacks its last, `empty` has none and says that it is
    the end, `ends` has its items and says that nothing follows.
    """

    how: Literal["repeat", "shift", "short", "empty", "ends"]


Effect: TypeAlias = (
    Status | Delay | Cut | Truncate | ExpireTokens | Slow | Garbage | Drop | Rewrite | Stale | BadPage
)

_NAMED: dict[str, type[Effect]] = {
    "status": Status,
    "delay": Delay,
    "cut": Cut,
    "truncate": Truncate,
    "expire_tokens": ExpireTokens,
    "slow": Slow,
    "garbage": Garbage,
    "drop": Drop,
    "rewrite": Rewrite,
    "stale": Stale,
    "bad_page": BadPage,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule. `path` is a glob over the whole path, in which * crosses slashes; with `offset` it is only for the
    page of a list that starts there.
    """

    effect: Effect
    method: str = "*"
    path: str = "*"
    nth: int = 1
    times: int | None = 1
    offset: int | None = None

    def __post_init__(self) -> None:
        if self.nth < 1 or (self.times is not None and self.times < 1):
            raise ValueError("nth and times count from 1")

    @classmethod
    def parse(cls, document: object) -> "Fault":
        """From JSON: `{"effect": "status", "code": 503, "method": "PATCH", "path": …}`. Raises ValueError."""
        if not isinstance(document, dict) or document.get("effect") not in _NAMED:
            raise ValueError(f"a fault needs an effect, one of: {', '.join(_NAMED)}")
        settings = {name: value for name, value in document.items() if name != "effect"}
        rule = {
            name: settings.pop(name)
            for name in ("method", "path", "nth", "times", "offset")
            if name in settings
        }
        kind = _NAMED[document["effect"]]
        known = {field.name for field in fields(kind)}
        if unknown := sorted(settings.keys() - known):
            raise ValueError(f"{document['effect']} has no {', '.join(unknown)}")
        try:
            return cls(kind(**settings), **rule)
        except TypeError as error:
            raise ValueError(str(error)) from error

    def matches(self, method: str, path: str, query: Mapping[str, str]) -> bool:
        here = self.offset is None or query.get("offset", "0") == str(self.offset)
        return here and self.method in ("*", method) and fnmatchcase(path, self.path)

    def due(self, count: int) -> bool:
        """Whether it fires at the `count`-th request that it matches, counted from 1."""
        return self.nth <= count and (self.times is None or count < self.nth + self.times)


class Faults:
    """The rules in force. Safe to change while requests are served."""

    def __init__(self, rules: Iterable[Fault] = ()) -> None:
        self._lock = threading.Lock()
        self._rules: list[tuple[Fault, list[int]]] = []
        self.add(*rules)

    def add(self, *rules: Fault) -> None:
        with self._lock:
            self._rules += [(rule, [0]) for rule in rules]

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    def strike(self, method: str, path: str, query: Mapping[str, str]) -> tuple[Effect, ...]:
        """The effects due for this request, which is counted."""
        due: list[Effect] = []
        with self._lock:
            for rule, count in self._rules:
                if rule.matches(method, path, query):
                    count[0] += 1
                    if rule.due(count[0]):
                        due.append(rule.effect)
        return tuple(due)
