"""Remote objects: their fields, where each is sent and read back, and their endpoints. Pure data."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from urllib.parse import quote

from reconciler.kinds.facts import facts_of
from reconciler.kinds.spec import Spec, is_table
from reconciler.values import Json


class Form(Enum):
    """How a value travels."""

    TEXT = "text"
    FLAG = "flag"
    LIST = "list"


_TRUE = frozenset({"true", "active", "enabled"})


_FALSE = frozenset({"false", "inactive", "disabled"})


@dataclass(frozen=True, slots=True)
class Field:
    """One leaf of a remote object.

    `path` names it in plans and records. `send` is its place in a request body, empty for a switch,
    which travels as a call of its own. `read` is its place in what GET returns, empty for nowhere.
    `sign` is the name of the readable value that moves when this one does, or empty.
    """

    path: str
    form: Form
    doc: str
    send: tuple[str, ...]
    read: tuple[str, ...] = ()
    sign: str = ""
    nullable: bool = False
    known: tuple[str, ...] = ()
    switch: bool = False

    def encode(self, value: Json) -> Json:
        """As the wire wants it: every scalar a string. [seed]"""
        return _encode(value)

    def decode(self, value: Json) -> Json:
        """As we compare it: empty text is null, flags are booleans in any case. [sdk]

        A flag in words that nobody documented stays text, and so differs from both.
        """
        if value is None or value == "":
            return None
        if self.form is not Form.FLAG:
            return value if isinstance(value, str) else _encode(value)
        word = str(value).strip().lower()
        return True if word in _TRUE else False if word in _FALSE else str(value)


def _encode(value: Json) -> Json:
    match value:
        case bool():
            return "true" if value else "false"
        case None | str():
            return value
        case int() | float():
            return str(value)
        case Mapping():
            return {k: _encode(v) for k, v in value.items()}
        case _:
            return [_encode(v) for v in value]


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a remote object lives. `{connection}` and `{uuid}` are uuids, filled in by `at`.

    Empty where the API has no such call. `item_key` wraps one object in a response, where it is
    wrapped at all; `list_key` holds the items of a list.
    """

    item: str
    collection: str = ""
    create: str = ""
    delete: str = ""
    enable: str = ""
    disable: str = ""
    item_key: str = ""
    list_key: str = ""


def at(template: str, connection: str, uuid: str = "{uuid}") -> str:
    """An endpoint's path. A uuid comes from a manifest or a server: it is quoted, braces aside."""
    return template.replace("{connection}", quote(connection, safe="")).replace(
        "{uuid}", quote(uuid, safe="{}")
    )


@dataclass(frozen=True)
class ObjectType:
    """One sort of remote object: its fields, its endpoints, and what its creation needs.

    `order` sorts kinds for creation, lowest first; deletion goes the other way round.
    """

    name: str
    endpoints: Endpoints
    fields: Mapping[str, Field]
    order: int = 0
    create_needs: tuple[str, ...] = ()

    @property
    def singleton(self) -> bool:
        """There is exactly one a connection; it is neither listed, created nor deleted."""
        return not self.endpoints.collection

    @cached_property
    def readable(self) -> tuple[Field, ...]:
        return tuple(f for f in self.fields.values() if f.read)

    @cached_property
    def signs(self) -> tuple[str, ...]:
        return tuple(sorted({f.sign for f in self.fields.values() if f.sign}))


def leaves(
    model: type[Spec],
    *,
    send: tuple[str, ...],
    prefix: str = "",
    direction: str = "",
    skip: Sequence[str] = (),
) -> dict[str, Field]:
    """The fields of a remote object that a spec describes, by their path.

    A mapping table is two leaves: its flag, read back where the table's `read` says, and its lines,
    which nothing reads back and whose sign is that same flag, or the table's `sign`.
    """
    found: dict[str, Field] = {}
    for name, fact in facts_of(model).items():
        if fact.identity or name in skip:
            continue
        read, sign = (_for(direction, place) for place in (fact.read, fact.sign))
        path, keys = prefix + name, fact.send or (*send, name)
        if is_table(model, name):
            flag, rows = f"{path}.enabled", f"{path}.mappings"
            sign = sign or read
            found[flag] = Field(
                flag, Form.FLAG, fact.doc, (*keys, "enabled"), _split(read), "" if read else sign
            )
            found[rows] = Field(rows, Form.LIST, fact.doc, (*keys, "mappings"), (), sign)
            continue
        annotation = model.model_fields[name].annotation
        found[path] = Field(
            path,
            _form(annotation),
            fact.doc,
            () if fact.switch else keys,
            _split(read),
            sign,
            nullable=type(None) in typing.get_args(annotation),
            known=fact.known,
            switch=fact.switch,
        )
    return found


def _for(direction: str, place: str | Mapping[str, str]) -> str:
    return place if isinstance(place, str) else place.get(direction, "")


def _split(place: str) -> tuple[str, ...]:
    return tuple(place.split(".")) if place else ()


def _form(annotation: object) -> Form:
    if annotation is bool:
        return Form.FLAG
    return Form.LIST if typing.get_origin(annotation) is list else Form.TEXT
