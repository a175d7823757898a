"""The JSON Schema that editors get, derived from the kinds: what we accept it accepts, and nothing else.

It cannot say what needs another document (references, connections, names that are taken), what a template will
come to, whether a time zone exists, or how a number is spelled. Rules between fields stand beside their models.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from reconciler.kinds.facts import Fact, facts_of, models_in
from reconciler.kinds.kind import Kind
from reconciler.kinds.lifecycle import Lifecycle
from reconciler.kinds.registry import API_VERSION, DOCUMENTS, KINDS, SPECS
from reconciler.kinds.spec import TEMPLATE, Ref
from reconciler.resources import NAME

Schema: TypeAlias = dict[str, Any]

_TEMPLATE: Final[Schema] = {"type": "string", "pattern": TEMPLATE}
_WITHOUT: Final = "WithoutTemplates"
_BOUNDS: Final = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum"}
_TEXT: Final = ["string", "number", "boolean"]
"""In a text field any scalar is text, as it is written; null is none."""


class _Editors(GenerateJsonSchema):
    """Without defaults: what is left out of a manifest is not managed, whatever its type."""

    def default_schema(self, schema: Any) -> Schema:  # noqa: ANN401 - pydantic's own signature
        return self.generate_inner(schema["schema"])


def document_schema() -> Schema:
    """JSON Schema (draft 2020-12) of one document of any kind. Where values go, a template may stand."""
    definitions: Schema = {_WITHOUT: _without_templates()}
    for name in SPECS:
        definitions |= _of_settings(name) if name not in KINDS else _of_manifests(KINDS[name])
    choices = [
        {
            "if": {"properties": {"kind": {"const": name}}, "required": ["kind"]},
            "then": {"$ref": f"#/$defs/{name}"},
        }
        for name in SPECS
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "reconciler manifest",
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "properties": {
            "apiVersion": {"const": API_VERSION, "description": "The version of this format."},
            "kind": {"enum": list(SPECS), "description": "What the document describes."},
        },
        "allOf": choices,
        "$defs": definitions,
    }


def _of_settings(name: str) -> Schema:
    """Project and Environment: no templates, and nothing but a name in their metadata."""
    definitions = _models(SPECS[name], f"{name}Spec")
    metadata = _object({"name": _label("The document's name.", templated=False)}, ["name"])
    spec = {"allOf": [{"$ref": f"#/$defs/{name}Spec"}, {"$ref": f"#/$defs/{_WITHOUT}"}]}
    return {**definitions, name: _document(name, {"metadata": metadata, "spec": spec})}


def _of_manifests(kind: Kind) -> Schema:
    definitions = {key: _open(found) for key, found in _models(kind.spec, f"{kind.name}Spec").items()}
    own = definitions[f"{kind.name}Spec"]["properties"]
    own |= {name: _with_reference(own[name], fact) for name, fact in kind.facts.items() if fact.refers_to}
    metadata = {
        "name": _label("Part of its address; once applied, `moved_from` is how it is changed."),
        "connection": _label("The connection, by the name that the environment gives it."),
    }
    if kind.object:
        definitions[f"{kind.name}Lifecycle"] = _lifecycle(kind)
        metadata["lifecycle"] = _or_template(
            {
                "$ref": f"#/$defs/{kind.name}Lifecycle",
                "description": "How the object is treated over its life.",
            }
        )
    if kind.object and not kind.fragment:
        metadata["moved_from"] = _label("The metadata.name that it had before: its record moves along.")
    required = ["name", "connection"] if kind.object else ["name"]
    each = {
        "description": "One document per element: a list, a mapping, or an expression that gives one.",
        "anyOf": [{"type": ["array", "object"]}, _TEMPLATE],
    }
    parts = {
        "for_each": each,
        "metadata": _object(metadata, required),
        "spec": {"$ref": f"#/$defs/{kind.name}Spec"},
    }
    return {**definitions, kind.name: _document(kind.name, parts)}


def _document(name: str, parts: Schema) -> Schema:
    return _object({"apiVersion": {}, "kind": {}, **parts}) | {"description": DOCUMENTS[name]}


def _object(properties: Schema, required: list[str] | None = None) -> Schema:
    found: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return found | ({"required": required} if required else {})


def _label(description: str, *, templated: bool = True) -> Schema:
    """A name. Plain `123` and `true` are names too, for they are taken as written."""
    pattern = f"^({NAME.pattern})$" + (f"|{TEMPLATE}" if templated else "")
    return {
        "type": ["string", "integer", "boolean"],
        "minimum": 0,
        "pattern": pattern,
        "description": description,
    }


def _lifecycle(kind: Kind) -> Schema:
    """Of one kind, because only its own fields can be ignored."""
    found = _models(Lifecycle, "Lifecycle")["Lifecycle"]
    found["properties"]["ignore"]["items"] = {"enum": [n for n, f in kind.facts.items() if not f.identity]}
    opened: Schema = _open(found)
    return opened


def _without_templates() -> Schema:
    """Any value in which no text is a template."""
    inside = {"$ref": f"#/$defs/{_WITHOUT}"}
    return {
        "if": {"type": "string"},
        "then": {"not": {"pattern": TEMPLATE}},
        "items": inside,
        "additionalProperties": inside,
    }


def _models(model: type[BaseModel], name: str) -> Schema:
    """The schema of a model by `name`, and those of all models in it by their own."""
    schema = TypeAdapter(model).json_schema(schema_generator=_Editors, ref_template="#/$defs/{model}")
    found: Schema = {name: schema, **schema.pop("$defs", {})}
    for inner_name, inner in [(name, model), *((m.__name__, m) for m in _inside(model))]:
        _describe(found[inner_name], inner)
    return {key: _text(inner) for key, inner in found.items()}


def _inside(spec: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Every model that stands somewhere below one."""
    for field in spec.model_fields.values():
        for model in models_in(field.annotation):
            yield model
            yield from _inside(model)


def _describe(schema: Schema, spec: type[BaseModel]) -> None:
    schema.pop("title", None)
    for name, fact in facts_of(spec).items():
        written = schema["properties"][name]
        written.pop("title", None)
        written["description"] = fact.doc
        if fact.known:
            written["examples"] = list(fact.known)
        # pydantic leaves these in its own words behind a validator of ours
        written.update({word: written.pop(own) for own, word in _BOUNDS.items() if own in written})


def _text(schema: Any) -> Any:  # noqa: ANN401 - JSON Schema is what it is
    """The schema with every scalar allowed in place of free text."""
    if isinstance(schema, list):
        return [_text(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _text(value) for key, value in schema.items()}
    if inner.get("type") == "string" and not {"enum", "const", "pattern"} & inner.keys():
        inner["type"] = _TEXT
    return inner


def _open(schema: Schema) -> Schema:
    """An object's schema with a template allowed wherever a value stands. Its rules between fields stay."""
    opened = dict(schema)
    if "properties" in opened:
        opened["properties"] = {key: _or_template(value) for key, value in opened["properties"].items()}
    return opened


def _or_template(schema: Schema) -> Schema:
    if schema.get("type") == _TEXT:
        return schema
    inner = dict(schema)
    words: Schema = {key: inner.pop(key) for key in ("description", "examples") if key in inner}
    if "items" in inner:
        inner["items"] = _or_template(inner["items"])
    choices = inner.get("oneOf") or inner.get("anyOf") or [inner]
    return {**words, "anyOf": [*choices, _TEMPLATE]}


def _with_reference(schema: Schema, fact: Fact) -> Schema:
    """The schema in which a `ref` names a manifest of the only kind that may stand there."""
    kind = f"^{fact.refers_to}/[\\s\\S]"
    pointer = {"$ref": f"#/$defs/{Ref.__name__}"}
    reference = _object(
        {
            "ref": {
                "type": "string",
                "pattern": f"{kind}|{TEMPLATE}",
                "description": f"`{fact.refers_to}/<metadata.name>`.",
            }
        },
        ["ref"],
    )

    def replaced(value: Any) -> Any:  # noqa: ANN401 - JSON Schema is what it is
        if value == pointer:
            return reference
        if isinstance(value, Mapping):
            return {key: replaced(inner) for key, inner in value.items()}
        return [replaced(inner) for inner in value] if isinstance(value, list) else value

    found: Schema = replaced(schema)
    return found
