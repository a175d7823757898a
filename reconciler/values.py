"""Values as the rest of the house passes them around: JSON, absence, paths, digests, secrets.

Pure: no I/O, no clock. Stdlib only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final, Literal, TypeAlias, TypeGuard

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""A JSON value that nobody may change in place: lists and objects are typed read-only."""


class Missing(Enum):
    """Absence, which is not null. `MISSING` is its only member."""

    MISSING = "missing"

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> Literal[False]:
        return False


MISSING: Final = Missing.MISSING
Maybe: TypeAlias = "Json | Missing"


class Plain(str):
    """An unquoted YAML scalar, exactly as written. What it means depends on the field that takes it."""

    __slots__ = ()


class Secret:
    """A credential that cannot be printed. Only `reveal()` gives it out, at the moment of sending."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a secret is not serialised")


def same(left: Maybe, right: Maybe) -> bool:
    """JSON equality: `true` is not `1`, `1` is `1.0`, a list is its elements in order, MISSING only itself."""
    if type(left) is str and type(right) is str:
        return left == right  # nearly all there is to compare
    match left, right:
        case (Missing(), _) | (_, Missing()) | (None, _) | (_, None):
            return left is right
        case (bool(), _) | (_, bool()):
            return left is right
        case (str(), _) | (_, str()):
            return isinstance(left, str) and isinstance(right, str) and str(left) == str(right)
        case Mapping(), Mapping():
            return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
        case Sequence(), Sequence():
            return len(left) == len(right) and all(map(same, left, right))
        case _:
            return left == right


def get_path(value: Maybe, path: Sequence[str]) -> Maybe:
    """What stands at `path`, or MISSING where a key on the way is absent or no object holds it."""
    for key in path:
        if not isinstance(value, Mapping):
            return MISSING
        value = value.get(key, MISSING)
    return value


def nest(leaves: Mapping[tuple[str, ...], Json]) -> dict[str, Json]:
    """The smallest object that has these leaves. Paths must not run through one another."""
    root: dict[str, Json] = {}
    for path, leaf in leaves.items():
        here = root
        for key in path[:-1]:
            inner = here.setdefault(key, {})
            assert isinstance(inner, dict), f"{path} runs through a leaf"  # noqa: S101 - a bug of ours, not input
            here = inner
        here[path[-1]] = leaf
    return root


def uuid_of(address: str) -> dict[str, Json]:
    """Stands in a request for the uuid of an object that may not exist yet.

    Every scalar travels as text, so an object can never be confused with a value of the API's own.
    """
    return {"uuid_of": address}


def name_of(address: str) -> dict[str, Json]:
    """Stands in a desired value for the remote name of another object."""
    return {"name_of": address}


def is_uuid_of(value: Maybe) -> TypeGuard[Mapping[str, str]]:
    return isinstance(value, Mapping) and value.keys() == {"uuid_of"}


def is_name_of(value: Maybe) -> TypeGuard[Mapping[str, str]]:
    return isinstance(value, Mapping) and value.keys() == {"name_of"}


def canonical(value: Json) -> bytes:
    """The one spelling of a JSON value: sorted keys, no spaces, UTF-8. Lone surrogates are escaped."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.encode("ascii")


def digest(value: Json) -> str:
    """`sha256:<hex>` of the canonical spelling."""
    return "sha256:" + hashlib.sha256(canonical(value)).hexdigest()
