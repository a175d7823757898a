"""What a plan consists of: changes, a closed union, and the fields in them. Pure data.

A change says what will be done (`requests`), why (the cause of each field), what it was made from
(`precondition`) and what has to happen before it (`depends_on`). `cause` is for people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, TypeAlias

from reconciler.errors import Source
from reconciler.resources import Address
from reconciler.values import MISSING, Json, Maybe


class Cause(StrEnum):
    """Whose change a field's difference is. Most serious first."""

    CONFLICT = "conflict"
    DRIFT = "drift"
    SUSPECT = "suspect"
    CHANGE = "change"
    ADOPT = "adopt"
    UNVERIFIED = "unverified"
    RELEASE = "release"


SEVERITY = tuple(Cause)
LIVE_MOVED = frozenset({Cause.DRIFT, Cause.SUSPECT})


class Evidence(StrEnum):
    """`observed`: read back from live. `asserted`: known only from the record."""

    OBSERVED = "observed"
    ASSERTED = "asserted"


@dataclass(frozen=True, slots=True)
class SignMoved:
    """A readable value that moves when an unreadable one does: as it was after our own write, and as it is."""

    name: str
    recorded: Json
    observed: Json


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One leaf that differs. `before` is what live has, as far as it is known; absent values are MISSING.

    `sign` is what gave the change of an unreadable field away, if a sign did. `inherited`: the manifests at
    the merge base would make it as well, so the branch under review did not cause it.
    """

    path: str
    cause: Cause
    evidence: Evidence
    before: Maybe = MISSING
    after: Maybe = MISSING
    recorded: Maybe = MISSING
    source: Source | None = None
    sign: SignMoved | None = None
    inherited: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """A write, exactly as it will be sent. `{uuid}` in the path is the uuid of the object just created.

    A value `{"uuid_of": address}` in the body is filled in once that object exists.
    """

    method: str
    path: str
    body: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class _Change:
    action: ClassVar[str]

    address: Address
    uuid: str = ""
    cause: Cause = Cause.CHANGE
    fields: tuple[FieldChange, ...] = ()
    requests: tuple[Request, ...] = ()
    precondition: str = ""
    depends_on: tuple[Address, ...] = ()
    name: str = ""
    """The remote name, by which a creation is looked up before it is tried."""
    inherited: bool = False
    """The whole of it would be done from the merge base too."""


@dataclass(frozen=True, slots=True)
class Create(_Change):
    action = "create"


@dataclass(frozen=True, slots=True)
class Update(_Change):
    action = "update"


@dataclass(frozen=True, slots=True)
class Adopt(_Change):
    """An existing object becomes ours. Nothing is sent where it is equal already."""

    action = "adopt"


@dataclass(frozen=True, slots=True)
class Delete(_Change):
    action = "delete"


@dataclass(frozen=True, slots=True)
class Forget(_Change):
    """The record is dropped; the remote object is left alone."""

    action = "forget"


Change: TypeAlias = Create | Update | Adopt | Delete | Forget
ACTIONS: Mapping[str, type[Change]] = {c.action: c for c in (Create, Update, Adopt, Delete, Forget)}


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a plan may not be applied as it is. `guard` is the name by which it is lifted."""

    guard: str
    message: str
    addresses: tuple[Address, ...] = field(default=())


def worst(fields: tuple[FieldChange, ...], default: Cause) -> Cause:
    """The most serious cause among the fields."""
    return min((f.cause for f in fields), key=SEVERITY.index, default=default)
