"""One kind of manifest: its model, and the rules between its fields. Pure data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from reconciler.errors import Severity
from reconciler.kinds.facts import Fact, Finding, facts_of
from reconciler.kinds.spec import Spec, is_table
from reconciler.values import Json


def no_findings(_spec: Mapping[str, Json]) -> Iterator[Finding]:
    yield from ()


@dataclass(frozen=True)
class Kind:
    """One kind of manifest. `object` is the remote object that it describes, or a part of; empty for none.

    `prefix` tells, from a spec, what stands before its field names in the object's paths.
    `check` yields the rules between fields that it breaks.
    """

    name: str
    doc: str
    spec: type[Spec]
    object: str = ""
    fragment: bool = False
    prefix: Callable[[Mapping[str, Json]], str] = lambda _spec: ""
    check: Callable[[Mapping[str, Json]], Iterator[Finding]] = no_findings

    @cached_property
    def facts(self) -> Mapping[str, Fact]:
        return facts_of(self.spec)

    def findings(self, spec: Mapping[str, Json]) -> Iterator[Finding]:
        """Every rule between fields that a spec breaks: its own kind's, and those of mapping tables."""
        yield from self.check(spec)
        for name, value in spec.items():
            if isinstance(value, Mapping) and is_table(self.spec, name):
                yield from (replace(f, path=(name, *f.path)) for f in _check_table(value))


def _check_table(table: Mapping[str, Json]) -> Iterator[Finding]:
    """A name stands once on the left: which of two lines the API takes is documented nowhere."""
    first: dict[Json, int] = {}
    rows = table.get("mappings", ())
    assert isinstance(rows, list | tuple)  # noqa: S101 - the model has said so
    for index, row in enumerate(rows):
        if row["source"] in first:
            message = f"{row['source']!r} is mapped twice, first in row {first[row['source']] + 1}"
            yield Finding(
                ("mappings", index, "source"), "duplicate-source", message, "keep one row", Severity.WARNING
            )
        first.setdefault(row["source"], index)
