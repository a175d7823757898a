"""What is compared: one object of the API, as wished for, as last applied, and as it is. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from reconciler.errors import Source, UsageError
from reconciler.values import Json

NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
"""`metadata.name`, and the names of connections and environments."""


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """`<connection>/<Kind>/<name>`, or `<connection>/Configuration` with an empty `name`."""

    connection: str
    kind: str
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raise UsageError where `text` is no address."""
        parts = text.split("/")
        well_formed = len(parts) == 3 or (len(parts) == 2 and parts[1] == "Configuration")  # noqa: PLR2004
        if not well_formed or not all(parts):
            raise UsageError(
                f"{text!r} is no address",
                hint="write <connection>/<Kind>/<name>, or <connection>/Configuration",
            )
        return cls(*parts)

    def __str__(self) -> str:
        return f"{self.connection}/{self.kind}/{self.name}" if self.name else f"{self.connection}/{self.kind}"


@dataclass(frozen=True, slots=True)
class DesiredField:
    """A value that is wished for, and the place in a manifest where it is written, if it is in one."""

    value: Json
    source: Source | None


@dataclass(frozen=True, slots=True)
class Desired:
    """One object as the manifests want it. `fields` has the managed leaves only, by their path.

    A value may be `uuid_of` or `name_of` another address until it is resolved against live.
    `uuid` is what the manifest names itself, `name` the remote name to look it up by; either may be None.
    The fields in `ignore` matter at creation only. `moved_from` is the address under which it was recorded.
    `drift` is what its manifest says of drift: `off`, `warn`, `correct` or nothing.
    """

    address: Address
    fields: Mapping[str, DesiredField]
    source: Source | None
    uuid: str | None = None
    name: str | None = None
    depends_on: tuple[Address, ...] = ()
    ignore: frozenset[str] = frozenset()
    protect: bool = False
    moved_from: Address | None = None
    drift: str = ""


@dataclass(frozen=True, slots=True)
class RecordedField:
    """`value` is what was last applied; `live` is how the API spelt it right after our own write.

    The two differ where the server normalises; `live` is None for what cannot be read back.
    """

    value: Json
    live: Json = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """The last-applied values of one object. `signs` are the readable hints noted after our own write."""

    address: Address
    uuid: str
    fields: Mapping[str, RecordedField] = field(default_factory=dict)
    signs: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Observed:
    """One object as live says.

    `fields` has every readable leaf: empty, null and absent are all None. `signs` has those that the
    response held; one that is absent says nothing, so it has not moved.
    """

    uuid: str
    name: str
    fields: Mapping[str, Json]
    signs: Mapping[str, Json]
