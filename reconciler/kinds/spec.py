"""What stands under `spec`: its scalars, mapping tables and references, and how each is read. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field as ModelField, StringConstraints
from pydantic_core import PydanticCustomError

from reconciler.kinds.facts import Fact
from reconciler.values import Plain


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


TEMPLATE = r"\{[{%#]"
"""What makes a text a template, as a pattern."""


OMITTED: Any = ModelField(default=None)
"""The default of every leaf. It is never seen: a spec is dumped without what was not set."""


class Spec(BaseModel):
    """The base of what stands under `spec`. A field that was not written is not in the dump at all."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def rules(*conditions: Mapping[str, Any]) -> ConfigDict:
    """What a kind's `check` refuses, said once more in JSON Schema, for editors."""
    return ConfigDict(json_schema_extra={"allOf": [dict(c) for c in conditions]})


def where(field: str, value: Mapping[str, Any], then: Mapping[str, Any]) -> Mapping[str, Any]:
    """If a field is there and its value fits, then the object has to fit as well."""
    return {"if": {"required": [field], "properties": {field: value}}, "then": then}


class Row(Spec):
    """One line of a mapping table."""

    source: Annotated[Text, Fact("The name on the side that the record comes from.")]
    target: Annotated[Text, Fact("The name that it is booked under on the other side.")]


class MappingTable(Spec):
    """A table of names, used only while `enabled`. The table is one value: it is sent whole."""

    enabled: Annotated[Flag, Fact("Whether the table is used.")] = OMITTED
    mappings: Annotated[list[Row], Fact("The lines, in order. `[]` empties the table.")] = OMITTED


class Ref(Spec):
    """A reference to another manifest of the same connection."""

    ref: Annotated[Name, Fact("`<Kind>/<name>` of a manifest.")]


def is_table(model: type[BaseModel], name: str) -> bool:
    return model.model_fields[name].annotation is MappingTable
