"""Templates: in scalars only, over plain data only, strict about names, and bounded in time and size."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given, strategies as st

from reconciler.errors import Problem, ProjectInvalid, Source
from reconciler.values import Json
from tests.manifests.builder import (
    AU,
    BASE,
    automation,
    environment,
    errors,
    manifest,
    only,
    patient,
    project,
    refused,
    value,
    values,
)

HERE = Source("m.yaml", 5, 17)


def text(template: str) -> str:
    """An automation whose display name is a template, with its opening quote at HERE."""
    return automation(f"display_name: {json.dumps(template, ensure_ascii=False)}")


def rendered(root: Path, template: str) -> Json:
    return values(only(project(root, {"m.yaml": text(template)})))["display_name"]


def told(root: Path, template: str) -> Problem:
    """The only problem, at the scalar itself."""
    (problem,) = errors(root, {"m.yaml": text(template)})
    assert problem.source == HERE
    return problem


def outcome(root: Path, manifest: str) -> tuple[Problem, ...]:
    """What is told of a project that may be sound."""
    try:
        return project(root, {"m.yaml": manifest}).problems
    except ProjectInvalid as error:
        return error.problems


@pytest.mark.parametrize(
    ("template", "result"),
    [
        ("{{ vars.interval }}", "4 hours"),
        ("{{vars.interval}}", "4 hours"),
        ("  {{ vars.interval }}", "  4 hours"),
        ("every {{ vars.interval }}!", "every 4 hours!"),
        ("{{ vars.interval }} and {{ vars.receivables }}", "4 hours and Sales"),
        ("{{ vars['interval'] }}", "4 hours"),
        ("{{ vars.teams.red }}", "Anna"),
        ("{{ vars.rows[0].target }}", "GST on Income"),
        ("{{ vars.interval | upper }}", "4 HOURS"),
        ("{{ vars.interval | replace('4', '8') }}", "8 hours"),
        ("{{ vars.receivables ~ ' (' ~ environment.name ~ ')' }}", "Sales (demo)"),
        ("{{ 'on' if vars.active else 'off' }}", "on"),
        ("{{ 'live' if environment.name == 'production' else 'test' }}", "test"),
        ("{{ environment }}", "demo"),
        ("in {{ environment }}", "in demo"),
        ("{{ environment.name }}", "demo"),
        ("{{ connection.uuid }}", AU),
        ("{{ connections['xero-au'].uuid }}", AU),
        ("{{ vars.active }}", "true"),
        ("{{ 1 + 1 }}", "2"),
        ("{{ 'x' }}", "x"),
        ("no template { } % #", "no template { } % #"),
    ],
)
def test_a_template_gives_text(template: str, result: str, tmp_path: Path) -> None:
    assert rendered(tmp_path, template) == result


@pytest.mark.parametrize(
    "literal", ["{{ name }}", "{% raw %}", "{# a #}", "}}", 'a "quoted" {{', "{{ 7 * 7 }}"]
)
def test_a_quoted_expression_stands_for_text_that_looks_like_a_template(literal: str, tmp_path: Path) -> None:
    assert rendered(tmp_path, "{{ " + json.dumps(literal) + " }}") == literal


@pytest.mark.parametrize("quoted", ['"{{ vars.active }}"', "'{{ vars.active }}'", "|-\n  {{ vars.active }}"])
def test_a_whole_expression_keeps_its_type(quoted: str, tmp_path: Path) -> None:
    assert value(tmp_path, f"enabled: {quoted}", "enabled") is True


def test_a_computed_condition_is_a_flag(tmp_path: Path) -> None:
    assert value(tmp_path, "enabled: \"{{ environment.name == 'production' }}\"", "enabled") is False


def test_text_around_an_expression_makes_it_text(tmp_path: Path) -> None:
    refused(tmp_path, "wrong-type", automation('enabled: ▸"x{{ vars.active }}"'))


def test_a_list_stands_where_a_list_is_expected(tmp_path: Path) -> None:
    spec = 'direction: export\ntax_mapping: {mappings: "{{ vars.rows }}"}'
    found = values(only(project(tmp_path, {"m.yaml": manifest("TaxMapping", spec)})))
    assert found["account.export.tax_mapping.mappings"] == [{"source": "GST", "target": "GST on Income"}]


def test_a_null_clears_what_can_be_cleared(tmp_path: Path) -> None:
    spec = 'direction: export\ndefault_tax: "{{ vars.nothing }}"'
    found = values(only(project(tmp_path, {"m.yaml": manifest("TaxMapping", spec)})))
    assert found == {"account.export.default_tax": None}


def test_a_list_is_no_text(tmp_path: Path) -> None:
    assert told(tmp_path, "{{ vars.rows }}").rule == "wrong-type"


def test_a_value_never_changes_the_structure(tmp_path: Path) -> None:
    assert rendered(tmp_path, "{{ vars.hostile }}") == "a: b\n- c\n# d"
    assert rendered(tmp_path, "x {{ vars.hostile }}") == "x a: b\n- c\n# d"


def test_a_variable_is_not_a_template(tmp_path: Path) -> None:
    refused(tmp_path, "template-refused", {"environments/demo.yaml": environment(more='  x: ▸"{{ 7 * 7 }}"')})


def test_a_value_is_not_a_template_again(tmp_path: Path) -> None:
    for template in ("{{ each.value }}", "x {{ each.value }}"):
        repeated = "for_each: [\"{{ '{{ 7 * 7 }}' }}\"]\n" + text(template)
        found = values(only(project(tmp_path, {"m.yaml": repeated})))
        assert found["display_name"] == template.replace("each.value", "7 * 7")


def test_a_value_is_not_escaped_for_html(tmp_path: Path) -> None:
    assert rendered(tmp_path, "{{ '<a & b>' }} & c") == "<a & b> & c"


def test_a_key_is_never_a_template(tmp_path: Path) -> None:
    refused(tmp_path, "unknown-field", automation('code: a\n▸"{{ vars.interval }}": b'))


def test_the_place_of_a_value_is_the_place_of_its_template(tmp_path: Path) -> None:
    found = only(project(tmp_path, {"m.yaml": text("{{ vars.interval }}")}))
    assert found.fields["display_name"].source == HERE


def test_a_template_may_make_the_name(tmp_path: Path) -> None:
    found = project(tmp_path, {"m.yaml": automation("code: a", name='"{{ environment.name }}-sync"')})
    assert str(only(found).address) == "xero-au/Automation/demo-sync"


def test_a_name_made_by_a_template_is_checked_like_any_other(tmp_path: Path) -> None:
    (problem,) = errors(tmp_path, {"m.yaml": automation("code: a", name='"{{ vars.interval }}"')})
    assert (problem.rule, problem.source.line) == ("bad-name", 3)


def test_the_connection_in_scope_is_the_document_s_own(tmp_path: Path) -> None:
    files = {
        f"{c}.yaml": automation('code: "{{ connection.uuid }}"', connection=c) for c in ("xero-au", "xero-nz")
    }
    found = project(tmp_path, files)
    assert len({field.value for d in found.desired for field in d.fields.values()}) == 2


@pytest.mark.parametrize(
    ("template", "meant"),
    [
        ("{{ vars.intervall }}", "interval"),
        ("{{ vars['intervall'] }}", "interval"),
        ("x {{ vars.recievables }} y", "receivables"),
        ("{{ var.interval }}", "vars"),
        ("{{ enviroment.name }}", "environment"),
        ("{{ connections['xero-ua'].uuid }}", "xero-au"),
    ],
)
def test_a_misspelt_name_is_told_with_the_one_that_was_meant(
    template: str, meant: str, tmp_path: Path
) -> None:
    problem = told(tmp_path, template)
    assert problem.rule == "template-undefined"
    assert meant in problem.hint


@pytest.mark.parametrize(
    "template",
    [
        "{{ nothing_like_it }}",
        "{{ vars.zzz }}",
        "{{ vars.zzz.deeper }}",
        "{{ vars.interval.zzz }}",
        "{{ vars.rows[9] }}",
        "{{ each }}",
        "{{ each.key }}",
        "{{ connection.name_of_nothing }}",
        "{{ vars.zzz ~ 'a' }}",
        "{{ 'a' if vars.zzz else 'b' }}",
        "{{ vars.zzz == 1 }}",
        "{{ env.HOME }}",
        "{{ environ['HOME'] }}",
        "{{ os }}",
        "{{ now }}",
        "{{ request }}",
        "{{ config }}",
    ],
)
def test_what_is_not_defined_is_an_error_never_empty_text(template: str, tmp_path: Path) -> None:
    assert told(tmp_path, template).rule == "template-undefined"


@pytest.mark.parametrize(
    "template",
    [
        "{{ vars.interval",
        "{{ }}",
        "{{ 1 + }}",
        "{% if %}",
        "{% if vars.active %}a",
        "{{ 'a }}",
        "{% nope %}",
        "{{ a b }}",
        "{% endif %}",
        "{#",
    ],
)
def test_a_broken_template_is_a_syntax_error(template: str, tmp_path: Path) -> None:
    assert told(tmp_path, template).rule == "template-syntax"


@pytest.mark.parametrize(
    "template",
    [
        "{% for i in vars.rows %}x{% endfor %}",
        "{% set a = 1 %}",
        "{% set a %}x{% endset %}",
        "{% macro m() %}x{% endmacro %}{{ m() }}",
        "{% call vars.interval() %}{% endcall %}",
        "{% include '/etc/passwd' %}",
        "{% import 'm.yaml' as m %}",
        "{% from 'm.yaml' import m %}",
        "{% extends 'm.yaml' %}",
        "{% block b %}{% endblock %}",
        "{% with a = 1 %}{{ a }}{% endwith %}",
        "{% filter upper %}a{% endfilter %}",
        "{{ vars.interval.upper() }}",
        "{{ vars.keys() }}",
        "{{ 'a'.format() }}",
        "{{ range(3) }}",
        "{{ dict(a=1) }}",
        "{{ lipsum() }}",
        "{{ cycler('a') }}",
        "{{ namespace() }}",
        "{{ vars | attr('interval') }}",
        "{{ vars.rows | map(attribute='source') | list }}",
        "{{ 'a' | center(10) }}",
        "{{ 2 ** 3 }}",
    ],
)
def test_templates_are_expressions_not_programs(template: str, tmp_path: Path) -> None:
    assert told(tmp_path, template).rule == "template-refused"


@pytest.mark.parametrize(
    "template",
    [
        "{{ 'a' * 10**9 }}",
        "{{ 'a' * 1000000000 }}",
        "x{{ 'a' * 1000000000 }}",
        "{{ 1000000000 * 'a' }}",
        "{{ 'a' * 100000 * 100000 }}",
        "{{ ('a' * 99999) * 99999 }}",
        "{{ [0] * 1000000000 }}",
        "{{ (0,) * 1000000000 }}",
        "{{ [[0] * 10000] * 10000 }}",
        "{{ [[[[0] * 300] * 300] * 300] * 300 }}",
        "{{ [vars.interval * 1000] * 100000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ 2 ** 99999999 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '%0*d' % (1000000000, 1) }}",
        "{{ '%1000000000s' | format('a') }}",
        "{{ '{:1000000000}'.format(1) }}",
        "{{ 'x' | center(1000000000) }}",
        "{{ 'x\ny' | indent(1000000000) }}",
        "{{ 'a' | batch(1000000000, 'x') | list }}",
        "{{ 'a' | slice(1000000000) | list }}",
        "{{ range(999999999) | list }}",
        "{{ range(999999999) | sum }}",
        "{{ lipsum(n=1000000) }}",
        "{% for i in range(1000000000) %}x{% endfor %}",
        "{% for i in range(1000000000) %}{% endfor %}",
        "{% for a in 'aaaaaaaaaa' %}{% for b in 'aaaaaaaaaa' %}{{ a * 1000000 }}{% endfor %}{% endfor %}",
        "{{ ('a' * 1000) | replace('a', 'b' * 1000) | replace('b', 'c' * 1000) }}",
        "{{ 'a' | replace('', 'b' * 1000) | replace('', 'b' * 1000) | replace('', 'b' * 1000) }}",
        "{{ ('a' * 1000) | join('b' * 10000) | join('c' * 10000) }}",
        "{{ ('ab' * 1000) | list | join('x' * 10000) | list | join('y' * 10000) }}",
        "{{ 'a' | urlize | urlize(trim_url_limit=1) | wordwrap(1, wrapstring='a' * 999999999) }}",
        "{{ " + "'a' ~ " * 3_000 + "'a' }}",
        "{{ " + "(" * 3_000 + "1" + ")" * 3_000 + " }}",
        "{{ " + "[" * 3_000 + "]" * 3_000 + " }}",
        "{{ " + "-" * 3_000 + "1 }}",
        "{{ " + "not " * 3_000 + "1 }}",
        "{{ 1" + " if 1" * 3_000 + " }}",
        "{{ 1" + " | abs" * 3_000 + " }}",
        "{{ vars" + ".a" * 3_000 + " }}",
        "{{ 1" + " + 1" * 3_000 + " }}",
        "{% if 1 %}" * 3_000 + "{% endif %}" * 3_000,
        "{{ " + "9" * 5_000 + " }}",
        "{{ " + "9" * 4_000 + " * " + "9" * 4_000 + " }}",
    ],
    ids=lambda template: template[:60].replace("\n", " "),
)
def test_templates_without_bound_are_refused_at_once(template: str, tmp_path: Path) -> None:
    assert told(tmp_path, template).rule in {"template-refused", "template-result", "template-syntax"}


@pytest.mark.parametrize(
    "template",
    [
        "{{ 0.1 | round(1000000000) }}",
        "{{ 1 | round(-100000000) }}",
        "{{ '" + "9" * 5_000 + "' | int }}",
        "{{ 1e999 }}",
    ],
    ids=lambda template: template[:40],
)
def test_what_could_grow_in_other_sandboxes_stays_small_in_this_one(template: str, tmp_path: Path) -> None:
    assert {p.source for p in outcome(tmp_path, text(template))} <= {HERE}


@pytest.mark.parametrize(
    "template",
    [
        "{{ vars.long | replace('a', vars.long) }}",
        "{{ vars.long | join(vars.long) }}",
        "{{ vars.long" + " ~ vars.long" * 150 + " }}",
        "{{ vars.long" + " + vars.long" * 150 + " }}",
        "{{ vars.long }}" * 200,
        "{{ vars.list" + " + vars.list" * 150 + " }}",
        "{{ [vars.list" + ", vars.list" * 200 + "] }}",
    ],
    ids=lambda template: template[:40],
)
def test_large_variables_do_not_grow_without_bound(template: str, tmp_path: Path) -> None:
    more = "  long: " + "a" * 60_000 + "\n  list: [" + "a, " * 30_000 + "]"
    (problem,) = errors(
        tmp_path, {"environments/demo.yaml": environment(more=more), "m.yaml": text(template)}
    )
    assert problem.rule in {"template-refused", "template-result"}
    assert len(str(problem)) < 1_000


@pytest.mark.parametrize("value", ["a" * 70_000, "[" + "a, " * 110_000 + "]"], ids=["long", "many"])
def test_variables_are_of_a_size_that_no_template_can_make_slow(value: str, tmp_path: Path) -> None:
    (problem,) = errors(tmp_path, {"environments/demo.yaml": environment(more=f"  big: {value}")})
    assert problem.rule == "wrong-value"


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ ''.__class__ }}",
        "{{ ''['__class__'] }}",
        "{{ '' | attr('__class__') }}",
        "{{ '' | attr('\\x5f\\x5fclass\\x5f\\x5f') }}",
        "{{ [].__class__.__base__.__subclasses__()[40]('/etc/passwd').read() }}",
        "{{ vars.__class__ }}",
        "{{ vars['__class__'] }}",
        "{{ vars.__init__.__globals__ }}",
        "{{ vars.items }}",
        "{{ vars.update }}",
        "{{ vars.rows.append }}",
        "{{ vars.interval.format }}",
        "{{ vars.interval.upper }}",
        "{{ environment.__class__ }}",
        "{{ environment.spec }}",
        "{{ environment.api.credentials }}",
        "{{ connections.__class__ }}",
        "{{ connection.__dict__ }}",
        "{{ self }}",
        "{{ self.__init__ }}",
        "{{ self._TemplateReference__context }}",
        "{{ loop }}",
        "{{ super() }}",
        "{{ caller }}",
        "{{ varargs }}",
        "{{ cycler }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ joiner }}",
        "{{ lipsum }}",
        "{{ lipsum.__globals__['os'].popen('id').read() }}",
        "{{ namespace }}",
        "{{ range }}",
        "{{ dict }}",
        "{{ url_for }}",
        "{{ get_flashed_messages.__globals__ }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ '{0.__class__}' | format(1) }}",
        "{{ ('%s' | format) }}",
        "{{ vars | pprint }}",
        "{{ vars | xmlattr }}",
        "{{ vars | debug }}",
        "{% debug %}",
        "{% do vars.update({'a': 1}) %}",
        "{% set x = vars.__setitem__('a', 1) %}",
        "{{ open('/etc/passwd').read() }}",
        "{{ __import__('os') }}",
        "{{ (1).__class__ }}",
        "{{ true.__class__ }}",
        "{{ none.__class__ }}",
        "{{ vars.zzz.__class__ }}",
        "{{ undefined.__class__ }}",
        "{{ 'a'.encode().decode }}",
    ],
)
@pytest.mark.parametrize("around", ["", "x "])
def test_no_template_reaches_what_is_behind_the_data(template: str, around: str, tmp_path: Path) -> None:
    assert told(tmp_path, around + template).rule.startswith("template-")


@pytest.mark.parametrize(
    "template",
    ["{{ 1 / 0 }}", "{{ 1 // 0 }}", "{{ 1 % 0 }}", "{{ 'a' + 1 }}", "{{ vars.rows + 'a' }}", "{{ -'a' }}"],
)
def test_an_expression_that_fails_is_told(template: str, tmp_path: Path) -> None:
    assert told(tmp_path, template).rule == "template-result"


@pytest.mark.parametrize(
    "template",
    [
        "{{ 'a' < 1 }}",
        "{{ {} | sum }}",
        "{{ '%d' % 'a' }}",
        "{{ [1][{}] }}",
        "{{ {[]: 1} }}",
        "{{ 1[2] }}",
        "{{ 1e999 }}",
    ],
)
def test_whatever_fails_inside_stays_a_problem_of_the_template(template: str, tmp_path: Path) -> None:
    assert {p.source for p in outcome(tmp_path, text(template))} <= {HERE}


def test_every_broken_template_of_a_project_is_told_in_one_run(tmp_path: Path) -> None:
    files = {
        "a.yaml": text("{{ vars.zzz }}"),
        "b.yaml": automation('name: "{{ 2 ** 3 }}"\ncode: "{{ "\ndescription: "{{ 1 / 0 }}"', name="b"),
    }
    assert [(p.source.file, p.rule) for p in errors(tmp_path, files)] == [
        ("a.yaml", "template-undefined"),
        ("b.yaml", "template-refused"),
        ("b.yaml", "template-syntax"),
        ("b.yaml", "template-result"),
    ]


def test_no_value_of_the_process_reaches_a_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXSITED_CLIENT_SECRET", "hunter2")
    for template in ("{{ EXSITED_CLIENT_SECRET }}", "{{ vars.EXSITED_CLIENT_SECRET }}", "{{ env }}"):
        problem = told(tmp_path, template)
        assert problem.rule == "template-undefined"
        assert "hunter2" not in str(problem)


PIECES = st.sampled_from(
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "{%-", "-}}", " ", "\n", "vars", "environment", "connection", "connections", "each", "interval", ".",
        "[", "]", "(", ")", "{", "}", "'a'", '"', "'", "1", "0", "9999999", "1e309", "+", "-", "*", "**", "/", "//", "%", "~", "|", ",", ":", "=", "==",
        "<", "in", "is", "not", "and", "or", "if", "else", "endif", "for", "endfor", "set", "raw", "endraw", "upper", "join", "replace", "default",
        "length", "first", "sort", "unique", "tojson", "int", "float", "list", "string", "defined", "none", "true", "rows", "teams", "__class__",
        "\\", "\x00", "🎉", "range", "self", "loop", "caller", "autoescape", "do", "_", "title", "trim", "round", "abs", "escape", "safe",
    ]
)  # fmt: skip


@patient
@given(pieces=st.lists(PIECES, max_size=14), whole=st.booleans())
@example(pieces=["'a'", "|", "first", ".", "__class__"], whole=True)
def test_any_template_gives_a_value_or_a_problem(pieces: list[str], whole: bool, tmp_path: Path) -> None:
    template = " ".join(pieces)
    written = text("{{ " + template + " }}" if whole else template)
    assert {p.source.file for p in outcome(tmp_path, written)} <= {"m.yaml"}


@patient
@given(
    wanted=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40).filter(
        lambda t: not re.search(r"\{[{%#]", t)
    )
)
def test_a_variable_arrives_as_it_is_whatever_it_holds(wanted: str, tmp_path: Path) -> None:
    with_variable = BASE["environments/demo.yaml"].replace('"thing"', json.dumps(wanted, ensure_ascii=False))
    for template, result in (("{{ vars.any }}", wanted), ("<{{ vars.any }}>", f"<{wanted}>")):
        files = {"environments/demo.yaml": with_variable, "m.yaml": text(template)}
        assert values(only(project(tmp_path, files)))["display_name"] == result
