"""The schema that editors get: it accepts what we accept, and says something of every field."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

import reconciler
from reconciler.kinds import DOCUMENTS, KINDS, document_schema, explained
from reconciler.manifests import load

SAMPLE = Path(reconciler.__file__).parent.parent / "desired_state"
SCHEMA = document_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
WRITTEN = [
    (f"{path.relative_to(SAMPLE)}:{number}", document)
    for path in sorted(SAMPLE.rglob("*.yaml"))
    for number, document in enumerate(yaml.load_all(path.read_text(), yaml.BaseLoader))
]


def typed(value: Any) -> Any:  # noqa: ANN401 - YAML
    """As an editor reads it, by YAML 1.2."""
    match value:
        case dict():
            return {key: typed(inner) for key, inner in value.items()}
        case list():
            return [typed(inner) for inner in value]
        case "true" | "false":
            return value == "true"
        case "null":
            return None
        case str() if value.isdigit():
            return int(value)
        case _:
            return value


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(("place", "document"), WRITTEN, ids=[place for place, _ in WRITTEN])
def test_every_document_of_the_sample_project_fits(place: str, document: Any) -> None:  # noqa: ANN401 - YAML
    assert [error.message for error in VALIDATOR.iter_errors(typed(document))] == [], place


@pytest.mark.parametrize("environment", ["demo", "staging", "production"])
def test_every_manifest_fits_after_templating_as_well(environment: str) -> None:
    for manifest in load(SAMPLE, environment).manifests:
        assert not list(VALIDATOR.iter_errors(manifest.document)), manifest.address


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("Automation", ("spec", "chek_on"), "4 hours"),
        ("Automation", ("spec", "enabled"), "yes"),
        ("Automation", ("spec", "name"), None),
        ("Automation", ("spec", "perform_action"), {"reff": "PartnerFunction/x"}),
        ("Automation", ("metadata", "connektion"), "xero-au"),
        ("Automation", ("metadata", "name"), "Not a name"),
        ("Automation", ("apiVersion",), "reconciler/v2"),
        ("Automation", ("kind",), "Automaton"),
        ("TaxMapping", ("spec", "direction"), "sideways"),
        ("TaxMapping", ("spec", "tax_mapping"), []),
        ("Environment", ("spec", "api", "concurrency"), 11),
        ("Environment", ("spec", "policy"), {"on_conflict": "ask"}),
    ],
)
def test_what_we_refuse_it_refuses(kind: str, path: tuple[str, ...], value: object) -> None:
    sound = next(typed(document) for _, document in WRITTEN if document["kind"] == kind)
    assert not list(VALIDATOR.iter_errors(sound))
    broken = copy.deepcopy(sound)
    here = broken
    for key in path[:-1]:
        here = here[key]
    here[path[-1]] = value
    assert list(VALIDATOR.iter_errors(broken))


def _properties(schema: Any, place: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON Schema
    for name, inner in schema.get("properties", {}).items():
        yield f"{place}.{name}", inner


def test_every_field_says_what_it_is() -> None:
    silent = [
        place
        for name, definition in SCHEMA["$defs"].items()
        if name not in DOCUMENTS
        for place, inner in _properties(definition, name)
        if not inner.get("description")
    ]
    assert silent == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_a_kind_is_explained(kind: str) -> None:
    assert {name for name in explained(kind) if "." not in name} == set(KINDS[kind].spec.model_fields)
