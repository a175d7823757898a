"""What a document must look like: every mistake at its place, with its rule, and with the word that was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.manifests.builder import (
    Files,
    automation,
    errors,
    function,
    manifest,
    only,
    problems,
    project,
    refused,
    rules,
    unmarked,
    warned,
)

HEAD = "apiVersion: reconciler/v1\nkind: Automation\nmetadata: {name: a, connection: xero-au}\n"


@pytest.mark.parametrize(
    ("rule", "text", "hint"),
    [
        ("not-a-mapping", "▸- a\n- b\n", ""),
        ("not-a-mapping", "▸text\n", ""),
        ("not-a-mapping", "---\n▸42\n", ""),
        ("not-a-mapping", f"{function('a')}---\n▸[]\n", ""),
        ("api-version", HEAD.replace("reconciler/v1", "▸reconciler/v2") + "spec: {}\n", "reconciler/v1"),
        ("api-version", HEAD.replace("reconciler/v1", "▸v1") + "spec: {}\n", "reconciler/v1"),
        ("unknown-kind", HEAD.replace("Automation", "▸Automations") + "spec: {}\n", "Automation"),
        ("unknown-kind", HEAD.replace("Automation", "▸automation") + "spec: {}\n", "Automation"),
        ("unknown-kind", HEAD.replace("Automation", "▸Configuration") + "spec: {}\n", ""),
        ("unknown-field", HEAD + "▸status: {}\nspec: {}\n", ""),
        ("unknown-field", HEAD + "spec: {}\n▸for_eech: []\n", "for_each"),
        ("unknown-field", HEAD.replace("name: a,", "name: a, ▸labels: {},") + "spec: {}\n", ""),
        ("unknown-field", HEAD.replace("name: a,", "name: a, ▸nmae: b,") + "spec: {}\n", "name"),
        ("wrong-type", HEAD + "spec: ▸[]\n", ""),
        ("wrong-type", HEAD + "spec: ▸text\n", ""),
        ("wrong-type", "apiVersion: reconciler/v1\nkind: Automation\nmetadata: ▸a\nspec: {}\n", ""),
        ("wrong-type", "apiVersion: reconciler/v1\nkind: Automation\nmetadata: ▸[a]\nspec: {}\n", ""),
    ],
)
def test_a_document_that_is_none_is_told(rule: str, text: str, hint: str, tmp_path: Path) -> None:
    assert hint in refused(tmp_path, rule, text).hint


@pytest.mark.parametrize(
    ("rule", "spec", "hint"),
    [
        ("unknown-field", "▸chek_on: 4 hours", "check_on"),
        ("unknown-field", "code: a\n▸Code: b", "code"),
        ("unknown-field", "code: a\n▸zzzzzz: b", ""),
        ("unknown-field", 'code: a\n▸"check on": b', "check_on"),
        ("unknown-field", "additional_criteria_details: [{rules: [], ▸rulez: []}]", "rules"),
        (
            "unknown-field",
            "additional_criteria_details: [{rules: [{field_name: a, operator: b, ▸vaule: c}]}]",
            "value",
        ),
        ("unknown-field", "perform_action: {ref: PartnerFunction/a, ▸x: b}", ""),
        ("wrong-type", "display_name: ▸[a]", ""),
        ("wrong-type", "display_name: ▸{a: b}", ""),
        ("wrong-type", "display_name:\n  ▸a: b", ""),
        ("wrong-type", "display_name:\n  ▸- a", ""),
        ("wrong-type", "enabled: ▸[]", ""),
        ("wrong-type", "enabled:   ▸on", ""),
        ("wrong-type", "additional_criteria_details: ▸a", ""),
        ("wrong-type", "additional_criteria_details: ▸{rules: []}", ""),
        ("wrong-type", "additional_criteria_details: [▸a]", ""),
        ("wrong-type", "additional_criteria_details: [{rules: []}, {rules: ▸{}}]", ""),
        ("wrong-type", "additional_criteria_details: [{rules: [▸[]]}]", ""),
        (
            "wrong-type",
            "additional_criteria_details: [{rules: [{field_name: [], operator: a}]}]".replace(
                ": []", ": ▸[]"
            ),
            "",
        ),
        ("wrong-type", "perform_action: ▸[a]", ""),
        ("wrong-value", 'name: ▸""', ""),
        ("wrong-value", "uuid: ▸''", ""),
        ("wrong-value", 'additional_criteria_details: [{rules: [{field_name: ▸"", operator: a}]}]', ""),
        ("null-refused", "display_name: ▸null", ""),
        (
            "null-refused",
            "additional_criteria_details: [{rules: [{field_name: ▸~, operator: EQUALS, value: a}]}]",
            "",
        ),
        ("custom-schedule", "check_on: 4 hours\ncustom_day: ▸thursday", "customDayTime"),
        ("custom-schedule", "check_on: 4 hours\ncustom_time: ▸06:45:23", "customDayTime"),
        ("description-disabled", "description_enabled: false\ndescription: ▸A", "description_enabled"),
        (
            "value-refused",
            "additional_criteria_details: [{rules: [{field_name: a, operator: HAS_VALUE, value: ▸b}]}]",
            "",
        ),
    ],
)
def test_a_mistake_in_an_automation_is_told_at_its_place(
    rule: str, spec: str, hint: str, tmp_path: Path
) -> None:
    assert hint in refused(tmp_path, rule, automation(spec)).hint


@pytest.mark.parametrize(
    ("rule", "kind", "spec"),
    [
        ("wrong-value", "AccountMapping", "direction: ▸exprot"),
        ("wrong-value", "AccountMapping", "direction: ▸EXPORT"),
        ("wrong-value", "TaxMapping", "direction: ▸both"),
        (
            "other-direction",
            "AccountMapping",
            "direction: export\nxero_account_id_field: ▸assigned_by_exsited",
        ),
        ("other-direction", "AccountMapping", "direction: import\nsync_to_xero: ▸true"),
        (
            "other-direction",
            "AccountMapping",
            "direction: import\nxero_account_number_field: ▸assigned_by_xero",
        ),
        ("unknown-field", "AccountMapping", "direction: export\n▸default_tax: a"),
        ("unknown-field", "TaxMapping", "direction: export\n▸enabled: true"),
        ("unknown-field", "InvoiceMapping", "▸direction: export"),
        ("unknown-field", "PartnerFunction", "name: a\n▸check_on: 4 hours"),
        ("unknown-field", "TaxMapping", "direction: export\ntax_mapping: {▸enable: true}"),
        (
            "unknown-field",
            "TaxMapping",
            "direction: export\ntax_mapping: {mappings: [{source: a, target: b, ▸note: c}]}",
        ),
        ("wrong-type", "TaxMapping", "direction: export\ntax_mapping: ▸[]"),
        ("wrong-type", "TaxMapping", "direction: export\ntax_mapping: {mappings: ▸a}"),
        ("wrong-type", "TaxMapping", "direction: export\ntax_mapping: {mappings: [▸a]}"),
        ("wrong-type", "TaxMapping", 'direction: export\ntax_mapping: {enabled: ▸"true"}'),
        ("null-refused", "TaxMapping", "direction: export\ntax_mapping: {enabled: ▸null}"),
        (
            "null-refused",
            "TaxMapping",
            "direction: export\ntax_mapping: {mappings: [{source: a, target: ▸null}]}",
        ),
        ("null-refused", "AccountMapping", "direction: export\nxero_account_number_field: ▸null"),
    ],
)
def test_a_mistake_in_another_kind_is_told_at_its_place(
    rule: str, kind: str, spec: str, tmp_path: Path
) -> None:
    refused(tmp_path, rule, manifest(kind, spec))


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("▸kind: Automation\nmetadata: {name: a, connection: xero-au}\nspec: {}\n", "apiVersion"),
        ("▸apiVersion: reconciler/v1\nmetadata: {name: a, connection: xero-au}\nspec: {}\n", "kind"),
        ("▸apiVersion: reconciler/v1\nkind: Automation\nspec: {}\n", "metadata"),
        ("▸apiVersion: reconciler/v1\nkind: Automation\nmetadata: {name: a, connection: xero-au}\n", "spec"),
        (
            "apiVersion: reconciler/v1\nkind: Automation\nmetadata:\n  ▸connection: xero-au\nspec: {}\n",
            "name",
        ),
        ("apiVersion: reconciler/v1\nkind: Automation\nmetadata:\n  ▸name: a\nspec: {}\n", "connection"),
        (manifest("AccountMapping", "▸enabled: true"), "direction"),
        (automation("additional_criteria_details:\n  - ▸group_condition: AND"), "rules"),
        (
            automation("additional_criteria_details:\n  - rules:\n    - ▸field_name: a\n      value: b"),
            "operator",
        ),
        (
            manifest("TaxMapping", "direction: export\ntax_mapping:\n  mappings:\n    - ▸source: a"),
            "target",
        ),
    ],
)
def test_a_missing_field_is_told_at_the_mapping_that_lacks_it(text: str, field: str, tmp_path: Path) -> None:
    assert field in refused(tmp_path, "missing-field", text).message


def test_a_rule_whose_operator_takes_a_value_needs_one(tmp_path: Path) -> None:
    spec = "additional_criteria_details:\n  - rules:\n    - ▸field_name: a\n      operator: EQUALS"
    refused(tmp_path, "value-missing", automation(spec))


@pytest.mark.parametrize(
    "name",
    [
        "Upper",
        "a_b",
        "-a",
        "a-",
        "a.b",
        "a/b",
        "'..'",
        "'a b'",
        "ä",
        "'*'",
        r'"a\n"',
        "'a '",
        "'xero-au/Automation/a'",
    ],
)
def test_a_name_is_a_word_that_a_host_could_have(name: str, tmp_path: Path) -> None:
    (told,) = errors(tmp_path, {"m.yaml": automation("code: a", name=name)})
    assert (told.rule, told.source.line, told.source.column) == ("bad-name", 3, 18)


@pytest.mark.parametrize("name", ["a", "0", "5", "a-b", "a--b", "007", "true", "null-", "1e3"])
def test_a_name_may_look_like_anything_else(name: str, tmp_path: Path) -> None:
    name = name.rstrip("-")
    text = automation("code: a", name=f'"{name}"')
    assert only(project(tmp_path, {"m.yaml": text})).address.name == name


@pytest.mark.parametrize("name", ["5", "007", "1e3", "true"])
def test_a_plain_name_is_kept_as_it_is_written(name: str, tmp_path: Path) -> None:
    assert only(project(tmp_path, {"m.yaml": automation("code: a", name=name)})).address.name == name


@pytest.mark.parametrize("connection", ["Xero", "a/b", "'*'", "'xero au'"])
def test_a_connection_has_such_a_name_too(connection: str, tmp_path: Path) -> None:
    (told,) = errors(tmp_path, {"m.yaml": automation("code: a", connection=connection)})
    assert told.rule in {"bad-name", "unknown-connection"}
    assert told.source.line == 3


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("unknown-value", automation("check_on: ▸12 hours")),
        ("unknown-value", automation("direction: ▸SIDEWAYS")),
        ("unknown-value", automation("automation_type: ▸eventBased")),
        (
            "unknown-value",
            automation(
                "additional_criteria_details: [{rules: [{field_name: a, operator: ▸LIKE, value: b}]}]"
            ),
        ),
        ("unknown-value", automation("additional_criteria_details: [{group_condition: ▸XOR, rules: []}]")),
        ("unknown-value", manifest("PartnerFunction", "direction: ▸import")),
        ("unknown-value", manifest("AccountMapping", "direction: export\nxero_account_number_field: ▸me")),
        ("custom-schedule", automation("custom_day: ▸thursday")),
    ],
)
def test_what_the_documents_do_not_know_is_a_warning_not_a_refusal(
    rule: str, text: str, tmp_path: Path
) -> None:
    warned(tmp_path, rule, text)


def test_criteria_that_are_switched_off_are_warned_of(tmp_path: Path) -> None:
    text = automation("additional_criteria: false\nadditional_criteria_details: ▸[{rules: []}]")
    warned(tmp_path, "criteria-disabled", text)


def test_two_lines_of_a_table_with_one_source_are_warned_of(tmp_path: Path) -> None:
    lines = "{source: a, target: b}, {source: c, target: d}, {source: ▸a, target: e}"
    files, place = unmarked(
        manifest("TaxMapping", f"direction: export\ntax_mapping: {{enabled: true, mappings: [{lines}]}}")
    )
    (told,) = project(tmp_path, files).problems
    assert (told.rule, told.source.line) == ("duplicate-source", place.line)


def test_a_shared_group_that_nobody_uses_is_warned_of(tmp_path: Path) -> None:
    (told,) = project(tmp_path, {"m.yaml": manifest("CriteriaGroup", "rules: []", name="lonely")}).problems
    assert told.rule == "unused"
    assert "lonely" in told.message


def test_a_sound_project_has_nothing_to_tell(tmp_path: Path) -> None:
    assert project(tmp_path, {"m.yaml": automation("check_on: 4 hours\nname: Sync")}).problems == ()


def test_every_mistake_in_every_file_is_told_in_one_run_in_reading_order(tmp_path: Path) -> None:
    files: Files = {
        "a.yaml": automation("chek_on: 4 hours\nenabled: yes\nname: null\ndisplay_name: '{{ vars.zzz }}'"),
        "b.yaml": automation("code: a", name="b", connection="xero-uk")
        + "---\n"
        + manifest("Automations", "code: a", name="c")
        + "---\n"
        + automation("perform_action: {ref: PartnerFunction/zzz}\ncheck_on: 12 hours", name="d"),
        "c/d/e.yml": "- a\n",
        "f.yaml": "a: [\n",
        "g.yaml": manifest("AccountMapping", "direction: up", name="g"),
        "h.yaml": automation("code: a\ncode: b", name="h"),
        "i.yaml": b"\xff",
        "environments/other.yaml": "apiVersion: reconciler/v1\nkind: Environment\nmetadata: {name: other}\nspec: {}\n",
    }
    told = problems(tmp_path, files)
    assert {(p.source.file, p.rule) for p in told} >= {
        ("a.yaml", "unknown-field"),
        ("a.yaml", "wrong-type"),
        ("a.yaml", "null-refused"),
        ("a.yaml", "template-undefined"),
        ("b.yaml", "unknown-connection"),
        ("b.yaml", "unknown-kind"),
        ("b.yaml", "unresolved-reference"),
        ("b.yaml", "unknown-value"),
        ("c/d/e.yml", "not-a-mapping"),
        ("f.yaml", "yaml-syntax"),
        ("g.yaml", "wrong-value"),
        ("h.yaml", "duplicate-key"),
        ("i.yaml", "not-utf-8"),
        ("environments/other.yaml", "missing-field"),
    }
    assert [p.source for p in told] == sorted(p.source for p in told)


def test_two_manifests_of_one_address_are_told_with_both_places(tmp_path: Path) -> None:
    files = {"a.yaml": automation("code: a"), "b/b.yaml": automation("code: b")}
    (told,) = errors(tmp_path, files)
    assert told.rule == "duplicate-address"
    assert {"a.yaml", "b/b.yaml"} <= {
        name for name in files if name in f"{told.source} {told.message} {told.hint}"
    }


def test_a_name_may_be_used_once_a_kind_and_a_connection(tmp_path: Path) -> None:
    texts = (automation("code: a"), automation("code: a", connection="xero-nz"), function("sync"))
    assert len(project(tmp_path, {"m.yaml": "---\n".join(texts)}).desired) == 3


def test_a_file_that_cannot_be_read_hides_nothing_in_the_others(tmp_path: Path) -> None:
    assert rules(tmp_path, {"a.yaml": "a: [", "b.yaml": automation("enabled: 1")}) == {
        "yaml-syntax",
        "wrong-type",
    }


@pytest.mark.parametrize(
    "metadata",
    [
        "{name: [a], connection: xero-au}",
        "{name: a, connection: {b: c}}",
        "{name: null, connection: xero-au}",
    ],
)
def test_a_name_is_one_word(metadata: str, tmp_path: Path) -> None:
    text = f"apiVersion: reconciler/v1\nkind: Automation\nmetadata: {metadata}\nspec: {{}}\n"
    (told,) = errors(tmp_path, {"m.yaml": text})
    assert told.rule in {"wrong-type", "bad-name", "null-refused"}
    assert told.source.line == 3
