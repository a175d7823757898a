"""The vocabulary in which kinds are described: what a field is, how it travels, where it is read back.

Pure data. Nothing here knows an endpoint of any vendor; the files beside this one do.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import quote

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field as ModelField, StringConstraints
from pydantic_core import PydanticCustomError

from reconciler.errors import Severity
from reconciler.values import Json, Plain


def _as_text(value: object) -> object:
    """A scalar, as text. Where a template gave a number or a boolean, as YAML would write it."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return str(value)
        case int() | float():
            return str(value)
        case None:
            raise PydanticCustomError("null-refused", "null is not accepted here, the API takes none")
        case _:
            raise PydanticCustomError("wrong-type", "expected text, found {found}", {"found": _noun(value)})


def _as_flag(value: object) -> object:
    match value:
        case bool():
            return value
        case Plain("true"):
            return True
        case Plain("false"):
            return False
        case str():
            raise PydanticCustomError(
                "wrong-type",
                "expected true or false, without quotes, found {found}",
                {"found": repr(str(value))},
            )
        case None:
            raise PydanticCustomError("null-refused", "null is not accepted here, the API takes none")
        case _:
            raise PydanticCustomError(
                "wrong-type", "expected true or false, found {found}", {"found": _noun(value)}
            )


def _noun(value: object) -> str:
    match value:
        case Mapping():
            return "a mapping"
        case Sequence() if not isinstance(value, str):
            return "a list"
        case _:
            return str(value)


def _as_text_or_null(value: object) -> object:
    return None if value is None else _as_text(value)


Text: TypeAlias = Annotated[str, BeforeValidator(_as_text)]
NullableText: TypeAlias = Annotated[str | None, BeforeValidator(_as_text_or_null)]
Flag: TypeAlias = Annotated[bool, BeforeValidator(_as_flag)]
Name: TypeAlias = Annotated[Text, StringConstraints(min_length=1)]

OMITTED: Any = ModelField(default=None)
"""The default of every leaf. It is never seen: a spec is dumped without what was not set."""


class Spec(BaseModel):
    """The base of what stands under `spec`. A field that was not written is not in the dump at all."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Fact:
    """What the API's documents say of one field of a manifest. Stands in the field's annotation.

    `read` and `sign` are dotted places in what GET returns; where they depend on the manifest's
    direction, one a direction. `send` is the place in the request where it is not the usual one.
    `known` lists the values seen in the vendor's examples: anything else is a warning, never an error.
    `refers_to` is the kind that a `ref` here may name; it stands for that object's uuid, its remote name,
    or for what its manifest says (`by`).
    """

    doc: str
    read: str | Mapping[str, str] = ""
    sign: str | Mapping[str, str] = ""
    send: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    switch: bool = False
    identity: bool = False
    refers_to: str = ""
    by: Literal["uuid", "name", "value"] = "value"


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


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule between fields that a spec breaks. `path` leads to the value concerned, from the spec."""

    path: tuple[str | int, ...]
    rule: str
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR


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


class Row(Spec):
    """One line of a mapping table."""

    source: Annotated[Text, Fact("The name on the side that the record comes from.")]
    target: Annotated[Text, Fact("The name that it is booked under on the other side.")]


class MappingTable(Spec):
    """A table of names, used only while `enabled`. The table is one value: it is sent whole."""

    enabled: Annotated[Flag, Fact("Whether the table is used.")] = OMITTED
    mappings: Annotated[list[Row], Fact("The lines, in order. `[]` empties the table.")] = OMITTED


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


class Ref(Spec):
    """A reference to another manifest of the same connection."""

    ref: Annotated[Name, Fact("`<Kind>/<name>` of a manifest.")]


def facts_of(model: type[BaseModel]) -> Mapping[str, Fact]:
    """The Fact in each field's annotation, by the field's name."""
    return {
        name: next(m for m in field.metadata if isinstance(m, Fact))
        for name, field in model.model_fields.items()
        if any(isinstance(m, Fact) for m in field.metadata)
    }


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """The models that an annotation holds, itself or inside of lists, mappings and unions."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    for argument in typing.get_args(annotation):
        yield from models_in(argument)


def is_table(model: type[BaseModel], name: str) -> bool:
    return model.model_fields[name].annotation is MappingTable


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
