"""What the kinds say of themselves: each field in a sentence."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from reconciler.kinds.facts import Fact, facts_of, models_in
from reconciler.kinds.registry import KINDS, SPECS
from reconciler.kinds.spec import MappingTable, Ref


def explained(kind: str) -> Mapping[str, str]:
    """Each field of a kind by its dotted name: what it is, its type, whether it can be read back."""
    readable = kind in KINDS and bool(KINDS[kind].object)
    return {name: _sentence(fact, annotation, readable) for name, fact, annotation in _walk(SPECS[kind], "")}


def _sentence(fact: Fact, annotation: object, of_live: bool) -> str:
    parts = [fact.doc, f"Type: {_type_name(annotation)}."]
    if fact.known:
        parts.append(f"Seen in the API's documents: {', '.join(fact.known)}.")
    if of_live and not fact.identity:
        if annotation is MappingTable:
            parts.append(
                "Its flag can be read back, its rows cannot." if fact.read else "It cannot be read back."
            )
        elif fact.read:
            parts.append("Can be read back.")
        else:
            parts.append("Cannot be read back: compared with what was last applied.")
        if fact.sign and not fact.read:
            parts.append("A readable sign tells when it was changed elsewhere.")
    return " ".join(parts)


def _walk(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, Fact, object]]:
    for name, fact in facts_of(model).items():
        annotation = model.model_fields[name].annotation
        yield prefix + name, fact, annotation
        for inner in models_in(annotation):
            if inner is Ref:
                continue
            for path, inner_fact, inner_annotation in _walk(inner, f"{prefix}{name}."):
                yield path, _with_parents(inner_fact), inner_annotation


def _with_parents(fact: Fact) -> Fact:
    """Inside a list or a table a leaf is read back with the whole, or not at all."""
    return Fact(fact.doc, known=fact.known, identity=True)


def _type_name(annotation: object) -> str:
    names = {str: "text", bool: "true or false", int: "whole number", float: "number", type(None): "null"}
    if annotation in names:
        return names[annotation]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        names_inside = list(annotation.model_fields)
        few = len(names_inside) <= 2  # noqa: PLR2004 - more is no name any more
        return "{" + ", ".join(f"{name}: …" for name in names_inside) + "}" if few else "mapping"
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is list:
        return f"list of {_type_name(arguments[0])}"
    if origin is dict:
        return f"mapping of names to {_type_name(arguments[1])}"
    if origin is typing.Literal:
        return " or ".join(map(str, arguments))
    if origin is typing.Annotated:
        return _type_name(arguments[0])
    if arguments:
        return " or ".join(_type_name(a) for a in arguments)
    return getattr(annotation, "__name__", "any value")
