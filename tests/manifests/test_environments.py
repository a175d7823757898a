"""The project and its environments: which one is meant, what it may say, and that no secret is in it."""

from __future__ import annotations

import shutil
import traceback
from pathlib import Path

import pytest

from reconciler.errors import ProjectInvalid, Severity, Source, UsageError
from reconciler.kinds import EnvironmentSpec
from reconciler.manifests import load
from tests.manifests.builder import (
    AU,
    BASE,
    NZ,
    PROJECT,
    automation,
    environment,
    errors,
    function,
    project,
    refused,
    rules,
    unmarked,
    write,
)

DEMO = "environments/demo.yaml"
SECRET = "hunter2"
WITHOUT_DEFAULT = PROJECT.replace("  default_environment: demo", "  {}")
REMOTE = "base_url: https://api.example.com\ncredentials: {client_id: {env: A}, client_secret: {env: B}, redirect_uri: {env: C}}"
SAMPLE = Path(__file__).parents[2] / "desired_state"


def test_the_default_environment_is_meant_where_none_is_named(tmp_path: Path) -> None:
    files = {"environments/other.yaml": environment("other")}
    found = project(tmp_path, files)
    assert (found.name, found.environment.name, found.root) == ("books", "demo", tmp_path)
    assert set(found.environments) == {"demo", "other"}


def test_the_one_that_is_named_wins(tmp_path: Path) -> None:
    files = {"environments/other.yaml": environment("other")}
    assert project(tmp_path, files, environment="other").environment.name == "other"


def test_the_only_environment_needs_no_name(tmp_path: Path) -> None:
    assert project(tmp_path, {"reconciler.yaml": WITHOUT_DEFAULT}).environment.name == "demo"


def test_one_of_several_must_be_named(tmp_path: Path) -> None:
    files = {"reconciler.yaml": WITHOUT_DEFAULT, "environments/other.yaml": environment("other")}
    with pytest.raises(UsageError) as caught:
        project(tmp_path, files)
    said = f"{caught.value.message} {caught.value.hint}"
    assert "demo" in said
    assert "other" in said


def test_an_environment_that_does_not_exist_is_told_with_the_one_that_was_meant(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        project(tmp_path, {}, environment="demmo")
    assert "demmo" in caught.value.message
    assert "demo" in caught.value.hint


@pytest.mark.parametrize("name", ["../demo", "demo.yaml", "DEMO", "*", "/etc/passwd", "a\nb"])
def test_an_environment_s_name_is_not_a_path(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        project(tmp_path, {}, environment=name)


def test_a_default_that_names_no_environment_is_told_at_its_place(tmp_path: Path) -> None:
    told = refused(
        tmp_path, "unknown-environment", {"reconciler.yaml": PROJECT.replace(": demo", ": ▸demmo")}
    )
    assert "demo" in told.hint


@pytest.mark.parametrize("missing", ["nowhere", "file", "empty"])
def test_a_folder_without_a_project_is_wrong_usage(missing: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError) as caught:
        load(tmp_path / missing)
    assert missing in caught.value.message


def test_a_project_without_environments_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises((UsageError, ProjectInvalid)):
        project(tmp_path, {DEMO: None, "reconciler.yaml": WITHOUT_DEFAULT})


def test_a_project_without_manifests_wants_nothing(tmp_path: Path) -> None:
    found = project(tmp_path, {})
    assert (found.desired, tuple(found.manifests), found.problems) == ((), (), ())


def test_what_an_environment_leaves_out_has_its_default(tmp_path: Path) -> None:
    spec = project(tmp_path, {}).environment.spec
    assert isinstance(spec, EnvironmentSpec)
    assert (spec.state, spec.api.concurrency, spec.api.timeout_seconds) == ("", 8, 30)
    assert (spec.policy.on_conflict, spec.policy.allow_create, spec.policy.prune) == ("fail", True, False)
    assert (spec.policy.max_changes, spec.policy.max_change_percent, spec.policy.protect) == (100, 50, [])
    assert {name: c.uuid for name, c in spec.connections.items()} == {"xero-au": AU, "xero-nz": NZ}


def test_what_an_environment_says_is_read(tmp_path: Path) -> None:
    text = environment(
        api=f"{REMOTE}\nrequests_per_second: 2.5\nconcurrency: 4\ntimeout_seconds: 5",
        more="state: sqlite:///.state/x.db\npolicy:\n  {on_conflict: overwrite, allow_create: false, prune: true,"
        " max_changes: 3, max_change_percent: 12.5, protect: [xero-nz/Configuration, 'xero-au/*']}",
    )
    spec = project(tmp_path, {DEMO: text}).environment.spec
    assert (spec.api.requests_per_second, spec.api.concurrency, spec.api.timeout_seconds) == (2.5, 4, 5)
    assert spec.api.credentials is not None
    assert getattr(spec.api.credentials.client_secret, "env", "") == "B"
    assert spec.state == "sqlite:///.state/x.db"
    policy = spec.policy
    assert (policy.on_conflict, policy.allow_create, policy.prune) == ("overwrite", False, True)
    assert (policy.max_changes, policy.max_change_percent) == (3, 12.5)
    assert policy.protect == ["xero-nz/Configuration", "xero-au/*"]


def test_a_project_that_is_wished_for_depends_on_the_environment(tmp_path: Path) -> None:
    files = {
        "environments/other.yaml": environment("other").replace("4 hours", "8 hours"),
        "m.yaml": automation('check_on: "{{ vars.interval }}"'),
    }
    for name, wanted in (("demo", "4 hours"), ("other", "8 hours")):
        (desired,) = project(tmp_path, files, environment=name).desired
        assert desired.fields["check_on"].value == wanted


@pytest.mark.parametrize(
    "base_url",
    [
        "https://api.example.com",
        "https://api.example.com:8443",
        "http://127.0.0.1:8585",
        "http://localhost",
        "'http://[::1]:1'",
    ],
)
def test_a_service_is_reached_by_https_or_within_the_machine(base_url: str, tmp_path: Path) -> None:
    text = environment(api=REMOTE.replace("https://api.example.com", base_url))
    assert project(tmp_path, {DEMO: text}).environment.spec.api.base_url == base_url.strip("'")


@pytest.mark.parametrize("base_url", ["emulator://", "emulator://sample"])
def test_the_emulator_needs_no_credentials(base_url: str, tmp_path: Path) -> None:
    text = environment(api=f"base_url: '{base_url}'")
    assert project(tmp_path, {DEMO: text}).environment.spec.api.credentials is None


@pytest.mark.parametrize(
    "base_url",
    [
        "http://api.example.com", "http://10.0.0.1", "http://127.0.0.1.evil.example", "http://localhost.evil.example",
        "http://evil.example#127.0.0.1", "http://0x7f.evil.example", "'http://[::2]'",
        "ftp://api.example.com", "file:///etc/passwd", "api.example.com", "//api.example.com", "'https://'", "'https:'", "localhost:80",
        "emulator://other", "emulator://sample/x", "emulator:sample", "javascript:alert(1)", "'https://a b'", "'https://api.example.com:x'",
        r'"https://api.example.com\nx"', "https://api.example.com:99999", "'http://['",
    ],
)  # fmt: skip
def test_any_other_address_is_refused(base_url: str, tmp_path: Path) -> None:
    text = environment(api=REMOTE.replace("https://api.example.com", f"▸{base_url}"))
    refused(tmp_path, "base-url", {DEMO: text})


def said(root: Path, files: dict[str, str]) -> str:
    """Everything that anybody could come to see of a project that is refused."""
    write(root, files)
    with pytest.raises(ProjectInvalid) as caught:
        load(root)
    told = [f"{p!r} {p}" for p in caught.value.problems]
    return "".join(told) + "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "secret",
    [
        f"client_secret: ▸{SECRET}",
        f'client_secret: ▸"{SECRET}"',
        f"client_id: ▸{SECRET}",
        f"redirect_uri: ▸https://{SECRET}.example",
        f"client_secret: ▸|\n        {SECRET}",
    ],
)
def test_a_literal_secret_is_refused_and_never_repeated(secret: str, tmp_path: Path) -> None:
    field = secret.partition(":")[0]
    others = "\n".join(
        f"{n}: {{env: A}}" for n in ("client_id", "client_secret", "redirect_uri") if n != field
    )
    text = environment(
        api=f"base_url: https://api.example.com\ncredentials:\n  {secret}\n".replace("\n  ", "\n  ", 1)
    )
    text = text.replace(
        "  credentials:\n", "  credentials:\n" + "\n".join(f"      {o}" for o in others.split("\n")) + "\n"
    )
    files, place = unmarked({DEMO: text})
    told = errors(tmp_path, files)
    assert ("literal-secret", place.line) in {(p.rule, p.source.line) for p in told}
    assert SECRET not in said(tmp_path, files)


@pytest.mark.parametrize(
    "state",
    [
        f"postgresql+psycopg://ann:{SECRET}@db.example/state",
        f"postgresql+psycopg://db.example/state?user=ann&password={SECRET}",
        f"git+ref:///refs/reconciler/p?remote=https://{SECRET}@example.com/x.git",
        f"git+ref:///refs/reconciler/p?remote=https://ann:{SECRET}@example.com/x.git",
        f"git+ref:///refs/reconciler/p?remote=ssh://git:{SECRET}@example.com/x.git",
        f"postgresql+psycopg://:{SECRET}@db.example/state",
    ],
)
def test_a_password_within_the_state_s_address_is_a_literal_secret(state: str, tmp_path: Path) -> None:
    text = environment(more=f"state: ▸{state}")
    refused(tmp_path, "literal-secret", {DEMO: text})
    assert SECRET not in said(tmp_path, {DEMO: text.replace("▸", "")})


@pytest.mark.parametrize(
    "base_url", [f"https://ann:{SECRET}@api.example.com", f"http://ann:{SECRET}@127.0.0.1:1"]
)
def test_a_password_within_the_service_s_address_is_a_literal_secret(base_url: str, tmp_path: Path) -> None:
    text = environment(api=REMOTE.replace("https://api.example.com", f"▸{base_url}"))
    refused(tmp_path, "literal-secret", {DEMO: text})
    assert SECRET not in said(tmp_path, {DEMO: text.replace("▸", "")})


def test_a_secret_is_not_repeated_when_the_file_is_broken_elsewhere(tmp_path: Path) -> None:
    credentials = (
        f"credentials: {{client_id: {SECRET}, client_secret: {{value: {SECRET}}}, redirect_uri: [{SECRET}]}}"
    )
    for spoil in ("\nnope: 1", "\nconcurrency: a", f"\ncredentials: {SECRET}", "\n- a"):
        files = {DEMO: environment(api=f"base_url: https://api.example.com\n{credentials}{spoil}")}
        assert SECRET not in said(tmp_path, files)


@pytest.mark.parametrize(
    ("rule", "api"),
    [
        ("wrong-value", "requests_per_second: ▸0"),
        ("wrong-value", "requests_per_second: ▸-1"),
        ("wrong-value", "requests_per_second: ▸1001"),
        ("wrong-value", "concurrency: ▸0"),
        ("wrong-value", "concurrency: ▸11"),
        ("wrong-value", "timeout_seconds: ▸0"),
        ("wrong-value", "timeout_seconds: ▸601"),
        ("wrong-type", "requests_per_second: ▸many"),
        ("wrong-type", "concurrency: ▸[]"),
        ("unknown-field", "▸basee_url: a"),
    ],
)
def test_the_figures_of_the_service_have_bounds(rule: str, api: str, tmp_path: Path) -> None:
    refused(tmp_path, rule, {DEMO: environment(api=f"base_url: 'emulator://'\n{api}")})


@pytest.mark.parametrize(
    ("rule", "policy"),
    [
        ("wrong-value", "on_conflict: ▸ask"),
        ("wrong-value", "max_changes: ▸-1"),
        ("wrong-value", "max_change_percent: ▸101"),
        ("wrong-value", "max_change_percent: ▸-1"),
        ("wrong-type", "max_changes: ▸ten"),
        ("wrong-type", "prune: ▸yes"),
        ("wrong-type", 'allow_create: ▸"false"'),
        ("wrong-type", "protect: ▸xero-au/Configuration"),
        ("unknown-field", "▸max_change: 3"),
        ("null-refused", "prune: ▸null"),
    ],
)
def test_a_guard_that_is_misspelt_is_refused_not_ignored(rule: str, policy: str, tmp_path: Path) -> None:
    refused(tmp_path, rule, {DEMO: environment(more=f"policy:\n  {policy}")})


@pytest.mark.parametrize("figure", ["nan", ".nan", "inf", ".inf", "1e9", "1_0", "0x1", '""'])
def test_a_figure_that_is_none_is_refused(figure: str, tmp_path: Path) -> None:
    text = environment(api=f"base_url: 'emulator://'\nconcurrency: {figure}\ntimeout_seconds: {figure}")
    assert rules(tmp_path, {DEMO: text}) <= {"wrong-type", "wrong-value"}


@pytest.mark.parametrize(
    ("rule", "more"),
    [
        ("unknown-field", "▸varables: {}"),
        ("unknown-field", "▸polcy: {}"),
        ("wrong-type", "variables2: ▸[]".replace("variables2", "policy")),
        ("wrong-type", "policy: ▸text"),
    ],
)
def test_an_environment_is_checked_like_a_manifest(rule: str, more: str, tmp_path: Path) -> None:
    refused(tmp_path, rule, {DEMO: environment(more=more)})


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (f"xero-nz: {{uuid: {NZ}}}", f"xero-nz: {{uuid: {AU}}}", "duplicate-connection"),
        (f"xero-nz: {{uuid: {NZ}}}", "xero-nz: {uuid: ''}", "wrong-value"),
        (f"xero-nz: {{uuid: {NZ}}}", "xero-nz: {}", "missing-field"),
        (f"xero-nz: {{uuid: {NZ}}}", "xero-nz: text", "wrong-type"),
        (f"xero-nz: {{uuid: {NZ}}}", f"Xero NZ: {{uuid: {NZ}}}", "bad-name"),
        (f"xero-nz: {{uuid: {NZ}}}", f"xero/nz: {{uuid: {NZ}}}", "bad-name"),
        (f"xero-nz: {{uuid: {NZ}}}", f"xero-au: {{uuid: {NZ}}}", "duplicate-key"),
    ],
)
def test_a_connection_has_a_name_and_a_uuid_of_its_own(old: str, new: str, rule: str, tmp_path: Path) -> None:
    (told,) = errors(tmp_path, {DEMO: environment().replace(old, new)})
    assert (told.rule, told.source.file, told.source.line) == (rule, DEMO, 9)


@pytest.mark.parametrize("second", [f'"{AU}"', f"!!str {AU}"])
def test_one_uuid_is_one_connection_however_it_is_written(second: str, tmp_path: Path) -> None:
    assert rules(tmp_path, {DEMO: environment().replace(NZ, second)}) == {"duplicate-connection"}


def test_a_manifest_s_connection_must_be_one_of_the_environment(tmp_path: Path) -> None:
    text = automation("code: a", connection="▸xero-ua")
    told = refused(tmp_path, "unknown-connection", text)
    assert "xero-au" in told.hint


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"reconciler.yaml": f"{PROJECT}---\n{PROJECT}"}, "reconciler.yaml"),
        ({"environments/demo2.yaml": environment()}, "environments/demo2.yaml"),
        ({DEMO: f"{environment()}---\n{environment()}"}, DEMO),
    ],
)
def test_there_is_one_project_and_one_environment_of_a_name(
    files: dict[str, str], name: str, tmp_path: Path
) -> None:
    told = errors(tmp_path, files)
    assert ("duplicate-document", name) in {(p.rule, p.source.file) for p in told}


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_an_empty_project_file_is_an_error(text: str, tmp_path: Path) -> None:
    with pytest.raises((ProjectInvalid, UsageError)):
        project(tmp_path, {"reconciler.yaml": text})


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("unknown-field", PROJECT + "  ▸defualt: a\n"),
        ("bad-name", PROJECT.replace("name: books", "name: ▸My Books")),
        ("wrong-type", PROJECT.replace(": demo", ": ▸[demo]")),
        ("not-a-mapping", "▸- a\n"),
        ("api-version", PROJECT.replace("reconciler/v1", "▸reconciler/v9")),
        ("duplicate-key", PROJECT + "▸kind: Project\n"),
    ],
)
def test_the_project_file_is_checked_like_a_manifest(rule: str, text: str, tmp_path: Path) -> None:
    files, place = unmarked({"reconciler.yaml": text})
    assert (rule, place) in {(p.rule, p.source) for p in errors(tmp_path, files)}


def test_a_mistake_in_another_environment_is_told_too(tmp_path: Path) -> None:
    files = {"environments/other.yaml": environment("other", more="▸polcy: {}")}
    refused(tmp_path, "unknown-field", files)


def test_the_files_of_the_base_are_sound_by_themselves(tmp_path: Path) -> None:
    found = project(tmp_path, {"m.yaml": function("a")})
    assert found.problems == ()
    assert [m.source for m in found.manifests] == [Source("m.yaml", 1, 1)]
    assert set(BASE) == {"reconciler.yaml", DEMO}


@pytest.mark.parametrize("name", ["demo", "staging", "production"])
def test_the_sample_project_is_sound_in_every_environment(name: str, tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path / "copy")
    found = load(tmp_path / "copy", name)
    assert found.name == "harbour-and-vale"
    assert [p for p in found.problems if p.severity is Severity.ERROR] == []
    assert len(found.desired) == 11
