"""`for_each`: one document per element, each as if it were written by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import Source
from tests.manifests.builder import (
    AU,
    NZ,
    environment,
    errors,
    problems,
    project,
    values,
)


def repeated(for_each: str, *, name: str = "f-{{ each.key }}", spec: str = 'name: "{{ each.value }}"') -> str:
    return (
        f"apiVersion: reconciler/v1\nkind: PartnerFunction\nfor_each: {for_each}\n"
        f'metadata: {{name: "{name}", connection: xero-au}}\nspec: {{{spec}}}\n'
    )


def made(root: Path, text: str) -> dict[str, object]:
    found = project(root, {"m.yaml": text})
    return {d.address.name: values(d)["name"] for d in found.desired}


@pytest.mark.parametrize(
    ("for_each", "names"),
    [
        ("{red: Anna, blue: Ben}", {"f-red": "Anna", "f-blue": "Ben"}),
        ("[Anna, Ben]", {"f-0": "Anna", "f-1": "Ben"}),
        ("\n  - Anna\n  - Ben", {"f-0": "Anna", "f-1": "Ben"}),
        ('"{{ vars.teams }}"', {"f-red": "Anna", "f-blue": "Ben"}),
        ("\"{{ ['Anna', 'Ben'] }}\"", {"f-0": "Anna", "f-1": "Ben"}),
        ("\"{{ {'red': 'Anna'} }}\"", {"f-red": "Anna"}),
        ('["{{ vars.interval }}"]', {"f-0": "4 hours"}),
        ("[]", {}),
        ("{}", {}),
    ],
)
def test_each_element_makes_a_document(for_each: str, names: dict[str, str], tmp_path: Path) -> None:
    assert made(tmp_path, repeated(for_each)) == names


def test_the_key_of_a_list_is_its_index(tmp_path: Path) -> None:
    text = repeated("[a, b]", name="f-{{ each.key + 1 }}")
    assert made(tmp_path, text) == {"f-1": "a", "f-2": "b"}


def test_an_element_has_fields_and_they_keep_their_type(tmp_path: Path) -> None:
    text = repeated(
        "{a: {title: A, on: true}, b: {title: B, on: false}}",
        spec='name: "{{ each.value.title }}", enabled: "{{ each.value.on }}"',
    )
    found = project(tmp_path, {"m.yaml": text})
    assert [values(d) for d in found.desired] == [
        {"name": "A", "enabled": True},
        {"name": "B", "enabled": False},
    ]


def test_an_element_may_be_a_connection(tmp_path: Path) -> None:
    text = repeated('"{{ connections }}"', name="a", spec='name: "{{ connection.uuid }}"')
    text = text.replace("connection: xero-au", 'connection: "{{ each.key }}"')
    found = project(tmp_path, {"m.yaml": text})
    assert {d.address.connection: values(d)["name"] for d in found.desired} == {"xero-au": AU, "xero-nz": NZ}


def test_the_documents_no_longer_say_where_they_come_from(tmp_path: Path) -> None:
    found = project(tmp_path, {"m.yaml": repeated("[Anna]")})
    (document,) = (m.document for m in found.manifests)
    assert document == {
        "apiVersion": "reconciler/v1",
        "kind": "PartnerFunction",
        "metadata": {"name": "f-0", "connection": "xero-au"},
        "spec": {"name": "Anna"},
    }


def test_every_document_has_the_place_of_its_template(tmp_path: Path) -> None:
    found = project(tmp_path, {"m.yaml": repeated("[Anna, Ben]")})
    assert {d.fields["name"].source for d in found.desired} == {Source("m.yaml", 5, 14)}


@pytest.mark.parametrize(
    "for_each",
    [
        "text",
        "3",
        "true",
        "null",
        '""',
        '"{{ vars.interval }}"',
        '"{{ 3 }}"',
        "[" + "a, " * 10_001 + "]",
    ],
    ids=lambda text: text[:20],
)
def test_anything_else_is_refused_at_its_place(for_each: str, tmp_path: Path) -> None:
    (told,) = errors(tmp_path, {"m.yaml": repeated(for_each)})
    assert (told.rule, told.source) == ("for-each", Source("m.yaml", 3, 11))


def test_an_expression_cannot_make_more_than_a_list_may(tmp_path: Path) -> None:
    more = "  many: [" + "a, " * 10_001 + "]"
    files = {"environments/demo.yaml": environment(more=more), "m.yaml": repeated('"{{ vars.many }}"')}
    assert [p.rule for p in errors(tmp_path, files)] == ["for-each"]


def test_an_undefined_list_is_told_once(tmp_path: Path) -> None:
    (told,) = errors(tmp_path, {"m.yaml": repeated('"{{ vars.temas }}"')})
    assert (told.rule, told.source) == ("template-undefined", Source("m.yaml", 3, 11))
    assert "teams" in told.hint


def test_elements_that_make_one_name_are_duplicates(tmp_path: Path) -> None:
    assert "duplicate-address" in {
        p.rule for p in errors(tmp_path, {"m.yaml": repeated("[a, b]", name="same")})
    }


def test_a_mistake_in_one_element_leaves_the_others_to_be_checked(tmp_path: Path) -> None:
    text = repeated("{good: a, Bad: b, worse_: c}", name="{{ each.key }}")
    told = problems(tmp_path, {"m.yaml": text})
    assert {(p.rule, p.source.line) for p in told} == {("bad-name", 4)}
    assert len(told) == 2


def test_a_missing_field_of_an_element_is_undefined(tmp_path: Path) -> None:
    text = repeated("{a: {title: A}, b: {titel: B}}", spec='name: "{{ each.value.title }}"')
    (told,) = errors(tmp_path, {"m.yaml": text})
    assert (told.rule, told.source) == ("template-undefined", Source("m.yaml", 5, 14))
    assert "titel" in told.hint


@pytest.mark.parametrize("file", ["reconciler.yaml", "environments/demo.yaml"])
def test_there_is_one_project_and_one_environment_a_document(file: str, tmp_path: Path) -> None:
    kind = "Project" if file == "reconciler.yaml" else "Environment"
    text = f"apiVersion: reconciler/v1\nkind: {kind}\nfor_each: [a]\nmetadata: {{name: demo}}\nspec: {{}}\n"
    assert ("unknown-field", 3) in {(p.rule, p.source.line) for p in errors(tmp_path, {file: text})}
