"""What is said of one field of a manifest, beside its type. Pure data."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from reconciler.errors import Severity


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


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule between fields that a spec breaks. `path` leads to the value concerned, from the spec."""

    path: tuple[str | int, ...]
    rule: str
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR


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
