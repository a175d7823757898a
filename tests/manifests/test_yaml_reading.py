"""What YAML means here: the core rules of 1.2, text kept as it is written, and nothing clever."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import Source
from tests.manifests.builder import (
    automation,
    documents,
    errors,
    function,
    manifest,
    only,
    project,
    refused,
    unmarked,
    value,
    values,
)


@pytest.mark.parametrize(
    "word",
    [
        "0123", "1.10", "1e3", "1_000", "+5", "-0", "0x1F", "0o17", "0b1", ".inf", "-.inf", ".nan", "1.", "12345678901234567890",
        "NO", "no", "on", "off", "yes", "y", "true", "false", "True", "FALSE",
        "06:45:23", "190:20:30", "2024-01-01", "2024-13-45", "2024-01-01T25:61:61Z", "=", "nil", "None", "nan",
        "4 hours", "a:b", "a#b", "http://x", "Grüße 🎉", "日本",
    ],
)  # fmt: skip
def test_a_plain_scalar_in_a_text_field_is_kept_exactly_as_written(word: str, tmp_path: Path) -> None:
    assert value(tmp_path, f"display_name: {word}") == word


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('"true"', "true"),
        ("'null'", "null"),
        ('""', ""),
        ("' a '", " a "),
        (r'"a\tb\n\u263a"', "a\tb\n\u263a"),
        ("'it''s'", "it's"),
        ("!!str 12", "12"),
        ("!!str true", "true"),
        ("|\n  one\n  two", "one\ntwo\n"),
        ("|-\n  one\n\n  two", "one\n\ntwo"),
        (">-\n  one\n  two", "one two"),
        ("one\n  two", "one two"),
        ("one # not this", "one"),
    ],
)
def test_text_reads_as_yaml_says(written: str, meant: str, tmp_path: Path) -> None:
    assert value(tmp_path, f"display_name: {written}") == meant


@pytest.mark.parametrize("word", ["true", "false"])
def test_plain_true_and_false_are_flags(word: str, tmp_path: Path) -> None:
    assert value(tmp_path, f"enabled: {word}", "enabled") is (word == "true")


@pytest.mark.parametrize(
    "written",
    [
        '"true"', "'false'", "yes", "no", "on", "off", "y", "n", "True", "FALSE", "TRUE", "1", "0", "1.0", '""', "[]", "[true]", "{}",
        "{a: true}", "!!str true", "|-\n    true",
    ],
)  # fmt: skip
def test_nothing_else_is_a_flag(written: str, tmp_path: Path) -> None:
    (told,) = errors(tmp_path, {"m.yaml": automation(f"enabled: {written}")})
    assert (told.rule, told.source) == ("wrong-type", Source("m.yaml", 5, 12))


@pytest.mark.parametrize("null", ["null", "~", ""])
def test_null_clears_what_can_be_cleared(null: str, tmp_path: Path) -> None:
    text = manifest("TaxMapping", f"direction: export\ndefault_tax: {null}")
    assert values(only(project(tmp_path, {"m.yaml": text}))) == {"account.export.default_tax": None}


@pytest.mark.parametrize("field", ["name", "display_name", "check_on", "enabled", "perform_action"])
def test_null_is_refused_where_the_api_takes_none(field: str, tmp_path: Path) -> None:
    refused(tmp_path, "null-refused", automation(f"code: a\n{field}: ▸null"))


def test_a_field_without_a_value_is_null_too(tmp_path: Path) -> None:
    (told,) = errors(tmp_path, {"m.yaml": automation("display_name:\ncode: a")})
    assert told.rule == "null-refused"


def test_a_field_that_is_not_written_is_not_managed(tmp_path: Path) -> None:
    assert values(only(project(tmp_path, {"m.yaml": automation("code: a")}))) == {"code": "a"}


def test_an_empty_list_is_a_value(tmp_path: Path) -> None:
    assert value(tmp_path, "additional_criteria_details: []", "additional_criteria_details") == []


def test_a_file_holds_several_documents_and_empty_ones_do_not_count(tmp_path: Path) -> None:
    text = documents("", function("a"), "# only a remark\n", function("b"), "")
    found = project(
        tmp_path, {"m.yaml": text, "empty.yaml": "", "remark.yaml": "# nothing\n", "bar.yaml": "---\n"}
    )
    assert [d.address.name for d in found.desired] == ["a", "b"]


def test_documents_may_close_with_dots(tmp_path: Path) -> None:
    found = project(tmp_path, {"m.yaml": f"{function('a')}...\n---\n{function('b')}...\n"})
    assert [d.address.name for d in found.desired] == ["a", "b"]


@pytest.mark.parametrize(
    "file", ["a.yaml", "a.yml", "deep/er/a.yaml", "with space/ä.yml", "xero-au/a.b.yaml"]
)
def test_manifests_stand_in_any_folder(file: str, tmp_path: Path) -> None:
    found = only(project(tmp_path, {file: function("a")}))
    assert found.source is not None
    assert found.source.file == file


@pytest.mark.parametrize(
    "file",
    ["_a.yaml", ".a.yaml", "_x/a.yaml", ".x/a.yml", "x/_y/z/a.yaml", "a.txt", "a.json", "a.yaml.bak", "yaml"],
)
def test_other_files_and_names_starting_with_an_underscore_or_a_dot_are_skipped(
    file: str, tmp_path: Path
) -> None:
    assert project(tmp_path, {file: "a: [broken"}).desired == ()


@pytest.mark.parametrize(
    "change", [("\n", "\r\n"), ("apiVersion", "\ufeffapiVersion"), ("kind:", "kind   :")]
)
def test_line_ends_a_byte_order_mark_and_spaces_change_nothing(
    change: tuple[str, str], tmp_path: Path
) -> None:
    text = automation("code: a\nenabled: true").replace(*change)
    assert values(only(project(tmp_path, {"m.yaml": text}))) == {"code": "a", "enabled": True}


def test_an_alias_stands_for_what_its_anchor_holds(tmp_path: Path) -> None:
    text = manifest(
        "AccountMapping",
        "direction: export\n"
        "account_receivable_mapping: &table {enabled: true, mappings: [{source: a, target: b}]}\n"
        "account_payable_mapping: *table",
    )
    assert values(only(project(tmp_path, {"m.yaml": text}))) == {
        f"account.export.{side}_mapping.{leaf}": wanted
        for side in ("account_receivable", "account_payable")
        for leaf, wanted in (("enabled", True), ("mappings", [{"source": "a", "target": "b"}]))
    }


@pytest.mark.parametrize(
    ("rule", "merged"),
    [
        ("{field_name: own, <<: *a}", {"field_name": "own", "operator": "EQUALS", "value": "1"}),
        ("{<<: *a, field_name: own}", {"field_name": "own", "operator": "EQUALS", "value": "1"}),
        ("{<<: [*b, *a]}", {"field_name": "b", "operator": "EQUALS", "value": "2"}),
        ("{<<: {operator: HAS_VALUE, field_name: x}}", {"field_name": "x", "operator": "HAS_VALUE"}),
        ("{<<: [], field_name: x, operator: HAS_VALUE}", {"field_name": "x", "operator": "HAS_VALUE"}),
    ],
)
def test_a_plain_merge_fills_in_what_is_not_written(
    rule: str, merged: dict[str, str], tmp_path: Path
) -> None:
    text = (
        "additional_criteria_details:\n"
        "  - rules:\n"
        '      - &a {field_name: a, operator: EQUALS, value: "1"}\n'
        "      - &b {field_name: b, operator: EQUALS, value: '2'}\n"
        f"      - {rule}"
    )
    (group,) = value(tmp_path, text, "additional_criteria_details")  # type: ignore[misc]
    assert group["rules"][2] == merged  # type: ignore[call-overload, index]


@pytest.mark.parametrize(
    ("rule", "spec"),
    [
        ("yaml-tag", "display_name: ▸!custom x"),
        ("yaml-tag", "display_name: ▸!!python/object/apply:os.system [id]"),
        ("yaml-tag", "display_name: ▸!!int 3"),
        ("yaml-tag", "enabled: ▸!!bool true"),
        ("yaml-tag", "display_name: ▸!!binary aGk="),
        ("yaml-tag", "display_name: ▸!!timestamp 2024-13-45"),
        ("yaml-tag", "additional_criteria_details: ▸!!set {a}"),
        ("yaml-alias", "display_name: ▸*nobody"),
        ("yaml-merge", "<<: ▸3"),
        ("yaml-merge", "<<: ▸text"),
        ("yaml-merge", "<<: ▸~"),
        ("duplicate-key", "code: a\n▸code: b"),
        ("duplicate-key", 'code: a\n▸"code": a'),
        ("duplicate-key", "code: a\nenabled: true\n▸'code': b"),
        ("duplicate-key", "additional_criteria_details: [{rules: [], ▸rules: []}]"),
    ],
)
def test_what_yaml_could_do_and_may_not_is_told_at_its_place(rule: str, spec: str, tmp_path: Path) -> None:
    files, place = unmarked(automation(f"name: Sync\n{spec}"))
    assert (rule, place) in [(p.rule, p.source) for p in errors(tmp_path, files)]


@pytest.mark.parametrize(
    ("rule", "spec"),
    [
        ("yaml-cycle", "additional_criteria_details: &a [*a]"),
        ("yaml-cycle", "additional_criteria_details: &a [{rules: [*a]}]"),
        ("yaml-cycle", "another_automation: &a {ref: *a}"),
        ("yaml-cycle", "another_automation: &a {<<: *a}"),
        ("yaml-merge", "<<: [3]"),
        ("yaml-merge", "<<: [[{code: a}]]"),
        ("yaml-key", "? [a]\n: b"),
        ("yaml-key", "? {a: b}\n: c"),
        ("yaml-key", '"": a'),
        ("yaml-syntax", "code: [a"),
        ("yaml-syntax", 'code: "a'),
        ("yaml-syntax", "code: 'a"),
        ("yaml-syntax", "code: {a: b"),
        ("yaml-syntax", "code: a: b"),
        ("yaml-syntax", "\tcode: a"),
        ("yaml-syntax", "code: @a"),
        ("yaml-syntax", "code: a\n- b"),
        ("yaml-syntax", 'code: "\\q"'),
        ("yaml-syntax", 'code: "a" b'),
        ("yaml-syntax", "code: a\x00b"),
        ("yaml-syntax", "code: a\x07b"),
        ("yaml-syntax", "code: ]"),
        ("yaml-syntax", "code: &"),
        ("yaml-tag", "? !x a\n: b"),
    ],
)
def test_yaml_that_cannot_be_read_has_a_rule_of_its_own(rule: str, spec: str, tmp_path: Path) -> None:
    told = errors(tmp_path, {"m.yaml": automation(f"name: Sync\n{spec}")})
    assert rule in {p.rule for p in told}
    assert all(p.source.file == "m.yaml" and p.source.line >= 5 for p in told)


def test_a_value_may_repeat_a_key_that_is_merged_in(tmp_path: Path) -> None:
    text = manifest(
        "AccountMapping",
        "direction: export\n"
        "account_receivable_mapping: &t {enabled: true, mappings: []}\n"
        "account_payable_mapping: {<<: *t, enabled: false}",
    )
    found = values(only(project(tmp_path, {"m.yaml": text})))
    assert found["account.export.account_payable_mapping.enabled"] is False
    assert found["account.export.account_payable_mapping.mappings"] == []


@pytest.mark.parametrize(
    "spec",
    [
        "▸code: a",
        "enabled: true\n▸code: a",
        "display_name: |\n  one\n  two\n▸code: a",
        '"display_name": "ä\\n🎉"\n▸code: a',
    ],
)
def test_lines_are_counted_as_an_editor_counts_them(spec: str, tmp_path: Path) -> None:
    files, key = unmarked(automation(spec))
    source = only(project(tmp_path, files)).fields["code"].source
    assert source == Source(key.file, key.line, key.column + len("code: "))


def test_columns_count_characters_not_bytes(tmp_path: Path) -> None:
    refused(tmp_path, "wrong-type", automation('{display_name: "Grüße 🎉", enabled: ▸1}'))
