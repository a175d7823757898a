"""What the kinds say of themselves: the JSON Schema for editors, and each field in a sentence."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from reconciler.kinds.facts import Fact, models_in
from reconciler.kinds.lifecycle import Lifecycle
from reconciler.kinds.project import EnvironmentSpec, ProjectSpec
from reconciler.kinds.registry import KINDS
from reconciler.kinds.spec import MappingTable, Ref, Spec
from reconciler.resources import NAME

API_VERSION = "reconciler/v1"
SPECS: Mapping[str, type[Spec]] = {
    "Project": ProjectSpec,
    "Environment": EnvironmentSpec,
    **{name: kind.spec for name, kind in KINDS.items()},
}
DOCUMENTS: Mapping[str, str] = {
    "Project": "The project: one document, in reconciler.yaml.",
    "Environment": "One place that the manifests are applied to, in environments/<name>.yaml.",
    **{name: kind.doc for name, kind in KINDS.items()},
}

_TEMPLATE = {"type": "string", "pattern": r"\{[\{%]"}
_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum"}
_SCALARS = {"string", "boolean", "integer", "number"}


class _Editors(GenerateJsonSchema):
    """Without defaults: what is left out of a manifest is not managed, whatever its type."""

    def default_schema(self, schema: Any) -> dict[str, Any]:  # noqa: ANN401 - pydantic's own signature
        return self.generate_inner(schema["schema"])


def document_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of one document of any kind. Where values go, a template may stand."""
    definitions: dict[str, Any] = {}
    kinds = []
    for name, spec in SPECS.items():
        schema = TypeAdapter(spec).json_schema(schema_generator=_Editors, ref_template="#/$defs/{model}")
        inner = {key: _annotated(value) for key, value in schema.pop("$defs", {}).items()}
        templated = name in KINDS
        definitions.update({k: _open(v) if templated else v for k, v in inner.items()})
        definitions[f"{name}Spec"] = _open(schema) if templated else schema
        _describe(definitions[f"{name}Spec"], spec)
        for model in _inside(spec):
            _describe(definitions[model.__name__], model)
        kinds.append({"if": {"properties": {"kind": {"const": name}}}, "then": {"$ref": f"#/$defs/{name}"}})
        definitions[name] = _document(name)
    definitions["Lifecycle"] = TypeAdapter(Lifecycle).json_schema(schema_generator=_Editors)
    _describe(definitions["Lifecycle"], Lifecycle)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "reconciler manifest",
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "properties": {"apiVersion": {"const": API_VERSION}, "kind": {"enum": list(SPECS)}},
        "allOf": kinds,
        "$defs": definitions,
    }


def _document(name: str) -> dict[str, Any]:
    own: dict[str, Any] = {"type": "string", "pattern": f"^{NAME.pattern}$"}
    metadata: dict[str, Any] = {"name": own}
    top: dict[str, Any] = {"apiVersion": {}, "kind": {}}
    required = ["name"]
    if name in KINDS:
        metadata = {"name": {"anyOf": [own, _TEMPLATE]}, "connection": {"type": "string"}}
        if KINDS[name].object:
            metadata["lifecycle"] = {"$ref": "#/$defs/Lifecycle"}
            metadata["moved_from"] = {
                "type": "string", "description": "The metadata.name that it had before: its record moves along.",
            }  # fmt: skip
        top["for_each"] = {"type": ["array", "object", "string"], "description": "One document per element."}
        required += ["connection"] if KINDS[name].object else []
    return {
        "type": "object",
        "description": DOCUMENTS[name],
        "additionalProperties": False,
        "properties": {
            **top,
            "metadata": {
                "type": "object",
                "additionalProperties": False,
                "properties": metadata,
                "required": required,
            },
            "spec": {"$ref": f"#/$defs/{name}Spec"},
        },
    }


def _open(schema: Any) -> Any:  # noqa: ANN401 - JSON Schema is what it is
    """The schema with a template allowed in place of every scalar and list."""
    if isinstance(schema, list):
        return [_open(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _open(value) for key, value in schema.items()}
    if inner.get("type") == "string" and not {"enum", "const", "pattern"} & inner.keys():
        return {**inner, "type": ["string", "number", "boolean"]}
    if inner.get("type") in _SCALARS | {"array"} and "pattern" not in inner:
        words = {key: inner.pop(key) for key in ("title", "description") if key in inner}
        return {**words, "anyOf": [inner, _TEMPLATE]}
    return inner


def _annotated(schema: Any) -> Any:  # noqa: ANN401 - JSON Schema is what it is
    if isinstance(schema, dict):
        schema.pop("title", None)
    return schema


def _inside(spec: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Every model that stands somewhere below one."""
    for field in spec.model_fields.values():
        for model in models_in(field.annotation):
            yield model
            yield from _inside(model)


def _describe(schema: dict[str, Any], spec: type[BaseModel]) -> None:
    for name, fact in _facts(spec):
        if name in schema.get("properties", {}):
            written = schema["properties"][name]
            written.pop("title", None)
            written["description"] = fact.doc
            # pydantic leaves these in its own words behind a validator of ours
            written.update({word: written.pop(own) for own, word in _BOUNDS.items() if own in written})


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
    for name, fact in _facts(model):
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


def _facts(model: type[BaseModel]) -> Iterator[tuple[str, Fact]]:
    for name, field in model.model_fields.items():
        for mark in field.metadata:
            if isinstance(mark, Fact):
                yield name, mark


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
