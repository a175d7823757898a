"""A little text in a pull request that would make much work: refused, each by a bound of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import ProjectInvalid
from reconciler.manifests import load, report, templates
from tests.manifests.builder import automation, documents, environment, errors, project, rules, write

LONG = "a" * 60_000


def often(anchor: str, times: int) -> str:
    return "[" + ", ".join([f"*{anchor}"] * times) + "]"


def repeated(for_each: str, spec: str = "name: x", *, name: str = "f") -> str:
    return (
        f"apiVersion: reconciler/v1\nkind: PartnerFunction\nfor_each: {for_each}\n"
        f'metadata: {{name: "{name}-{{{{ each.key }}}}", connection: xero-au}}\nspec: {{{spec}}}\n'
    )


def test_one_long_text_under_many_aliases_is_not_read(tmp_path: Path) -> None:
    """As text this list has 3.6 GB."""
    more = f"  long: &long {LONG}\n  many: {often('long', 60_000)}\n"
    assert "yaml-size" in rules(tmp_path, {"environments/demo.yaml": environment(more=more)})


def test_variables_are_small_together(tmp_path: Path) -> None:
    """Sorted, or as text, a list would hold all of it at once."""
    more = f"  long: &long {LONG}\n  many: {often('long', 20)}\n"
    files = {
        "environments/demo.yaml": environment(more=more),
        "m.yaml": automation('name: "{{ vars.many ~ 1 }}"'),
    }
    (problem,) = errors(tmp_path, files)
    assert (problem.rule, problem.source.file) == ("wrong-value", "environments/demo.yaml")
    assert "aliases expanded" in problem.message


def test_nor_is_it_an_element(tmp_path: Path) -> None:
    text = repeated(f"[[&long {LONG}, {often('long', 20)[1:]}]", 'name: "{{ each.value ~ 1 }}"')
    (problem,) = errors(tmp_path, {"m.yaml": text})
    assert (problem.rule, problem.source.line) == ("for-each", 3)


def test_the_loops_of_a_project_are_bounded_together(tmp_path: Path) -> None:
    more = f"  many: [{', '.join(['0'] * 9_000)}]\n"
    files = {f"m{n}.yaml": repeated('"{{ vars.many }}"', name=f"f{n}") for n in range(30)}
    told = errors(tmp_path, {**files, "environments/demo.yaml": environment(more=more)})
    assert {p.rule for p in told} == {"for-each"}
    assert len(told) > 20
    assert "together" in told[0].message


def test_a_loop_over_a_large_document_counts_by_its_size(tmp_path: Path) -> None:
    rows = ", ".join(["{field_name: a, operator: EQUALS, value: x, condition: AND}"] * 500)
    text = repeated("[" + "0, " * 1_000 + "]", f"additional_criteria_details: [{{rules: [{rows}]}}]")
    assert rules(tmp_path, {"m.yaml": text}) == {"for-each"}


def test_the_aliases_of_a_project_are_bounded_together(tmp_path: Path) -> None:
    """Each of these files is within the bound of a file."""
    text = f"a: &a [{', '.join('x' * 100)}]\nb: &b {often('a', 100)}\nc: {often('b', 70)}\n"
    found = rules(tmp_path, {f"m{n}.yaml": text for n in range(3)})
    assert "yaml-size" in found


def test_a_file_that_is_large_by_itself_needs_no_alias(tmp_path: Path) -> None:
    text = documents(*(automation("name: x", name=f"a{n}") for n in range(500)))
    assert len(project(tmp_path, {"m.yaml": text}).desired) == 500


def test_all_templates_together_have_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "_MOST_SECONDS", 0.05)
    spec = 'name: "{{ (each.key ~ vars.long)' + " | title" * 100 + ' | length }}"'
    files = {
        "environments/demo.yaml": environment(more=f"  long: {LONG}\n"),
        "m.yaml": repeated("[0, 0, 0, 0]", spec),
    }
    told = [p.message for p in errors(tmp_path, files)]
    assert "take too long" in told[-1], told


def test_more_problems_than_anybody_reads_are_not_told(tmp_path: Path) -> None:
    told = errors(tmp_path, {"m.yaml": automation("\n".join(f"wrong{n}: 1" for n in range(5_000)))})
    assert len(told) == report.MOST_PROBLEMS + 1
    assert "the rest is not told" in told[-1].message or "too-many" in {p.rule for p in told}


def test_among_too_many_problems_no_secret_is_told(tmp_path: Path) -> None:
    wrong = ", ".join(f"canary{n}: canary" for n in range(2_000))
    api = f"base_url: https://x.test\ncredentials: {{client_id: {{{wrong}}}, client_secret: canary, redirect_uri: canary}}"
    write(tmp_path, {"environments/demo.yaml": environment(api=api)})
    with pytest.raises(ProjectInvalid) as caught:
        load(tmp_path)
    assert "canary" not in "".join(map(str, caught.value.problems))
    assert "literal-secret" in {p.rule for p in caught.value.problems}


def test_thousands_of_names_that_none_is_near_are_told_at_once(tmp_path: Path) -> None:
    sync = "name: a{0}\nanother_automation: {{ref: Automation/zz{0}}}"
    text = documents(*(automation(sync.format(n), name=f"a{n}") for n in range(2_000)))
    assert rules(tmp_path, {"m.yaml": text}) == {"unresolved-reference", "too-many"}
