"""Small projects on disk, and what is told about them.

Where a test names a place in a file, the place is marked in the text itself: `MARK` stands right before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from reconciler.errors import Problem, ProjectInvalid, Severity, Source
from reconciler.manifests import Project, load
from reconciler.resources import Desired
from reconciler.values import Json

MARK = "▸"
AU = "922ffe4a-439f-4b1c-b671-d4387bc2ec59"
NZ = "5b1f6c1e-7d1c-4c55-9c39-0a5d6e1b8f02"

PROJECT = """\
apiVersion: reconciler/v1
kind: Project
metadata: {name: books}
spec:
  default_environment: demo
"""
VARIABLES = """\
    interval: 4 hours
    receivables: Sales
    active: true
    nothing: null
    hostile: "a: b\\n- c\\n# d"
    any: "thing"
    rows: [{source: GST, target: GST on Income}]
    teams: {red: Anna, blue: Ben}
"""


def indented(text: str, by: int) -> str:
    return "\n".join(" " * by + line if line else line for line in text.rstrip("\n").split("\n"))


def environment(name: str = "demo", *, api: str = "base_url: 'emulator://'", more: str = "") -> str:
    """An Environment. `more` is text that stands, indented by two, under `spec`."""
    return (
        f"apiVersion: reconciler/v1\nkind: Environment\nmetadata: {{name: {name}}}\nspec:\n"
        f"  api:\n{indented(api, 4)}\n"
        f"  connections:\n    xero-au: {{uuid: {AU}}}\n    xero-nz: {{uuid: {NZ}}}\n"
        f"  variables:\n{VARIABLES}{indented(more, 2)}\n"
    )


BASE = {"reconciler.yaml": PROJECT, "environments/demo.yaml": environment()}
File = str | bytes | None
Files = Mapping[str, File]

patient = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
"""For laws over whole projects: each example writes over the files of the one before it."""


def manifest(kind: str, spec: str, *, name: str = "sync", connection: str | None = "xero-au") -> str:
    """One document. `spec` is YAML text that stands, indented, under `spec`."""
    binding = f", connection: {connection}" if connection else ""
    return (
        f"apiVersion: reconciler/v1\nkind: {kind}\nmetadata: {{name: {name}{binding}}}\n"
        f"spec:\n{indented(spec, 2)}\n"
    )


def automation(spec: str, *, name: str = "sync", connection: str = "xero-au") -> str:
    return manifest("Automation", spec, name=name, connection=connection)


def function(name: str, connection: str = "xero-au") -> str:
    return manifest("PartnerFunction", f"name: {name}", name=name, connection=connection)


def documents(*texts: str) -> str:
    return "---\n".join(texts)


def write(root: Path, files: Files) -> None:
    """`files`, in a project that is otherwise sound. None leaves out a file."""
    for name, content in {**BASE, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is not None:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())


def project(root: Path, files: Files, *, environment: str = "") -> Project:
    write(root, files)
    return load(root, environment)


def problems(root: Path, files: Files, *, environment: str = "") -> tuple[Problem, ...]:
    """What is told of a project that is refused."""
    write(root, files)
    with pytest.raises(ProjectInvalid) as caught:
        load(root, environment)
    return caught.value.problems


def errors(root: Path, files: Files, *, environment: str = "") -> list[Problem]:
    return [p for p in problems(root, files, environment=environment) if p.severity is Severity.ERROR]


def rules(root: Path, files: Files) -> set[str]:
    return {p.rule for p in errors(root, files)}


def refused(root: Path, rule: str, given: str | Mapping[str, str]) -> Problem:
    """The only error of a project, which has this rule and stands at the mark."""
    files, place = unmarked(given)
    told = errors(root, files)
    assert [(p.rule, p.source) for p in told] == [(rule, place)]
    assert told[0].message
    return told[0]


def warned(root: Path, rule: str, given: str | Mapping[str, str]) -> Problem:
    """The only warning of a project, which can be used, has this rule and stands at the mark."""
    files, place = unmarked(given)
    told = project(root, files).problems
    assert [(p.rule, p.source, p.severity) for p in told] == [(rule, place, Severity.WARNING)]
    return told[0]


def unmarked(given: str | Mapping[str, str]) -> tuple[dict[str, str], Source]:
    files = {"m.yaml": given} if isinstance(given, str) else given
    (name,) = (name for name, text in files.items() if MARK in text)
    before, found, _ = files[name].partition(MARK)
    assert found
    place = Source(name, before.count("\n") + 1, len(before) - before.rfind("\n"))
    return {name: text.replace(MARK, "") for name, text in files.items()}, place


def only(project: Project) -> Desired:
    (desired,) = project.desired
    return desired


def values(desired: Desired) -> dict[str, Json]:
    return {path: thawed(field.value) for path, field in desired.fields.items()}


def value(root: Path, spec: str, field: str = "display_name") -> Json:
    """What an automation with this `spec` wants of one field."""
    return values(only(project(root, {"m.yaml": automation(spec)})))[field]


def thawed(value: Json) -> Json:
    """With plain lists, dicts and text, to compare with what a test writes down."""
    match value:
        case str():
            return str(value)
        case Mapping():
            return {str(key): thawed(item) for key, item in value.items()}
        case Sequence():
            return [thawed(item) for item in value]
        case _:
            return value
