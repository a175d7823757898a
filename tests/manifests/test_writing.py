"""Documents written as YAML: read back, they say the same, whatever their texts hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, strategies as st

from reconciler.manifests import Report, formatted, to_yaml
from reconciler.values import Json
from tests.manifests.builder import (
    automation,
    documents,
    function,
    manifest,
    only,
    patient,
    project,
    thawed,
    values,
)
from tests.manifests.test_environments import SAMPLE
from tests.manifests.test_for_each import repeated

NASTY = [
    "", " ", "  a", "a  ", "\n", "a\n", "\na", "a\nb", "a\n\nb\n\n", " a\n b", "a\n  b\nc", "\t", "a\tb", "\r", "a\r\nb", "a: b", "a:", ": a", "- a", "-",
    "?", "? a", "#", "# a", "a #b", "a#b", "'", '"', "''", "it's", 'say "a"', "\\", "\\n", "[", "]", "{", "}", "[a]", "{a: b}", ",", "&a", "*a", "!a",
    "!!str a", "|", ">", "|-", "%", "%YAML 1.2", "@a", "`a`", "---", "...", "--- a", "<<", "=", "~", "null", "Null", "NULL", "true", "True", "false",
    "yes", "no", "NO", "on", "off", "y", "n", "0", "1", "-1", "+1", "0123", "1.0", "1.10", "1e3", ".5", "1_000", "0x1F", "0o17", ".inf", ".nan",
    "06:45:23", "2024-01-01", "2024-13-45", "Grüße", "日本語", "🎉", "e\u0301", "\u200b", "\u202e", "\ufeff", "\ufeffa", "a\ufeff", "\x7f", "\x85", "\xa0",
    "\u2028", "\u2029", "\x00", "\x1b[31m", "\ufffe", "\U0010ffff", "x" * 300, "long " * 60, "a\n" * 50, "null\n", "key: |\n  a",
]  # fmt: skip
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).filter(
    lambda text: not any(opening in text for opening in ("{{", "{%", "{#"))
)


def document(display_name: str = "a", value: str = "b", *, flag: bool = True) -> dict[str, Any]:
    return {
        "apiVersion": "reconciler/v1",
        "kind": "Automation",
        "metadata": {"name": "sync", "connection": "xero-au"},
        "spec": {
            "display_name": display_name,
            "additional_criteria_details": [
                {"rules": [{"field_name": "f", "operator": "EQUALS", "value": value}]},
                {"rules": []},
            ],
            "enabled": flag,
        },
    }


def read_back(root: Path, text: str) -> dict[str, Json]:
    return values(only(project(root, {"m.yaml": text})))


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_a_nasty_text_comes_back_as_it_was(text: str, tmp_path: Path) -> None:
    written = document(text, text)
    assert read_back(tmp_path, to_yaml([written])) == written["spec"]


@patient
@given(text=TEXT, other=st.one_of(TEXT, st.sampled_from(NASTY)), flag=st.booleans())
@example(text="a\n b", other="\n a", flag=True)
def test_any_text_comes_back_as_it_was(text: str, other: str, flag: bool, tmp_path: Path) -> None:
    written = document(text, other, flag=flag)
    assert read_back(tmp_path, to_yaml([written])) == written["spec"]


@pytest.mark.parametrize(
    "lines", [[], [{"source": "NO", "target": "null"}], [{"source": "", "target": "06:45"}]]
)
@pytest.mark.parametrize("default", [None, "null", "~", "", "A"])
def test_null_stays_null_and_text_stays_text(
    default: str | None, lines: list[dict[str, str]], tmp_path: Path
) -> None:
    spec = {
        "direction": "import",
        "default_tax": default,
        "tax_mapping": {"enabled": False, "mappings": lines},
    }
    metadata = {"name": "tax", "connection": "xero-au"}
    text = to_yaml(
        [{"apiVersion": "reconciler/v1", "kind": "TaxMapping", "metadata": metadata, "spec": spec}]
    )
    assert read_back(tmp_path, text) == {
        "account.import.default_tax": default,
        "account.import.tax_mapping.enabled": False,
        "account.import.tax_mapping.mappings": lines,
    }


@pytest.mark.parametrize("count", [0, 1, 2, 30])
def test_several_documents_stay_several(count: int, tmp_path: Path) -> None:
    written: list[dict[str, Any]] = [
        {**document(), "metadata": {"name": f"a{n:02}", "connection": "xero-au"}} for n in range(count)
    ]
    found = project(tmp_path, {"m.yaml": to_yaml(written)})
    assert [thawed(m.document) for m in found.manifests] == written


def test_keys_keep_their_order_and_text_is_for_people() -> None:
    text = to_yaml([document("Grüße 🎉\nzwei", "plain words")])
    places = [
        text.index(word)
        for word in ("apiVersion:", "kind:", "metadata:", "spec:", "display_name:", "enabled:")
    ]
    assert places == sorted(places)
    assert "Grüße" in text
    assert "value: plain words\n" in text
    assert "enabled: true\n" in text
    assert not any(mark in text for mark in ("&", "*", "!!", "\\n"))


def test_a_list_that_is_used_twice_is_written_twice() -> None:
    rows: list[dict[str, str]] = [{"source": "a", "target": "b"}]
    spec = {
        "direction": "export",
        "account_receivable_mapping": {"mappings": rows},
        "account_payable_mapping": {"mappings": rows},
    }
    text = to_yaml(
        [{"apiVersion": "reconciler/v1", "kind": "AccountMapping", "metadata": {"name": "a"}, "spec": spec}]
    )
    assert text.count("source: a") == 2


def test_the_same_documents_are_always_the_same_text() -> None:
    assert to_yaml([document(), document("b")]) == to_yaml([document(), document("b")])


def rendered_again(root: Path, files: dict[str, str]) -> None:
    first = project(root / "first", files)
    second = project(root / "second", {"m.yaml": to_yaml([m.document for m in first.manifests])})
    assert [(d.address, d.uuid, d.name, d.depends_on, values(d)) for d in first.desired] == [
        (d.address, d.uuid, d.name, d.depends_on, values(d)) for d in second.desired
    ]


def test_a_rendered_project_wants_the_same(tmp_path: Path) -> None:
    group = manifest("CriteriaGroup", "rules: []", name="g", connection=None)
    text = documents(
        repeated("[Anna, 'NO', 'null']"),
        group,
        automation(
            'check_on: "{{ vars.interval }}"\ndisplay_name: 0123\ncode: NO\nenabled: "{{ vars.active }}"\n'
            "description: |\n  one\n  two: # three\n"
            "perform_action: {ref: PartnerFunction/f-0}\nadditional_criteria_details: [{ref: CriteriaGroup/g}]"
        ),
        manifest(
            "TaxMapping", 'direction: export\ndefault_tax: null\ntax_mapping: {mappings: "{{ vars.rows }}"}'
        ),
        function("other"),
    )
    rendered_again(tmp_path, {"m.yaml": text})


@pytest.mark.parametrize("name", ["demo", "staging", "production"])
def test_the_sample_project_rendered_wants_the_same(name: str, tmp_path: Path) -> None:
    base = {str(p.relative_to(SAMPLE)): p.read_text() for p in SAMPLE.rglob("*.yaml")}
    first = project(tmp_path / "first", base, environment=name)
    kept = {
        file: text
        for file, text in base.items()
        if file == "reconciler.yaml" or file.startswith("environments/")
    }
    text = to_yaml([m.document for m in first.manifests])
    second = project(tmp_path / "second", {**kept, "m.yaml": text}, environment=name)
    assert [(d.address, values(d)) for d in first.desired] == [(d.address, values(d)) for d in second.desired]


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_what_is_written_is_formatted_already(text: str) -> None:
    written = to_yaml([document(text, text), document("b", text)])
    report = Report()
    assert formatted(written, "m.yaml", report) == written
    assert report.problems == ()


@pytest.mark.parametrize(
    "value", ["a\u202eb", "zero\u200bwidth", "tag\U000e0041s", "\u00a0x", "\x9b2J", "two\nlines\u2066"]
)
def test_text_that_turns_or_hides_others_is_written_escaped(value: str) -> None:
    text = to_yaml([{"a": value, value: ["b", value]}])
    assert text.replace("\n", "").isprintable()
    assert yaml.safe_load(text) == {"a": value, value: ["b", value]}
