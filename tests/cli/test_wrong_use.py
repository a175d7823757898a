"""What is typed or written wrongly: which code, and what is said. Every message says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.cli.builder import Books, Shell

MISTAKES = {
    "unknown-command": "plann",
    "unknown-option": "plan --detailed-exit-code",
    "unknown-format": "plan --format pdf",
    "unknown-environment": "-e boks plan",
    "no-such-folder": "-C nowhere plan",
    "no-project-there": "-C .. validate",
    "extra-argument": "plan now",
    "missing-argument": "state show",
    "no-address": "state show customer-sync",
    "unknown-kind": "explain Automaton",
    "unknown-field": "explain Automation.check_in",
    "unknown-connection": "pull --connection xero-uk",
    "only-of-what": "apply --only changes",
    "not-recorded": "state forget xero-au/Automation/customer-sync",
}


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize("words", MISTAKES.values(), ids=MISTAKES)
def test_wrong_usage_is_explained_on_stderr_alone(
    words: str, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    ended = shell(*words.split())
    assert (ended.code, ended.out) == (64, "")
    assert ended.shown == snapshot


def test_nothing_is_sent_for_a_mistake(books: Books, shell: Shell) -> None:
    for words in MISTAKES.values():
        shell(*words.split())
    assert not books.sent


BROKEN = {
    "list.yaml": "apiVersion: reconciler/v1\nkind: Automation\n  metadata: {name: x}\n",
    "fields.yaml": (
        "apiVersion: reconciler/v1\nkind: Automation\nmetadata: {name: sync, connection: xero-au}\n"
        "spec:\n  chek_on: 4 hours\n  enabled: 'yes'\n  perform_action: {ref: PartnerFunction/nobody}\n"
    ),
    "deep/template.yaml": (
        "apiVersion: reconciler/v1\nkind: PartnerFunction\nmetadata: {name: f, connection: xero-uk}\n"
        "spec:\n  name: '{{ vars.nothing }}'\n"
    ),
}


@pytest.fixture
def broken(books: Books) -> Books:
    for file, text in BROKEN.items():
        books.write(file, text)
    return books


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("form", ["text", "json", "github", "sarif"])
def test_every_problem_is_told_at_once_on_stdout(
    form: str, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    ended = shell("validate", "--format", form)
    assert (ended.code, ended.err) == (5, "")
    assert ended.shown == snapshot
    assert all(file in ended.out for file in BROKEN)


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize(
    "words", ["plan", "apply --auto-approve", "drift", "render", "pull", "state list", "plan --format json"]
)
def test_no_other_command_works_on_an_invalid_project(words: str, shell: Shell, home: Path) -> None:
    ended = shell(*words.split())
    assert (ended.code, ended.out) == (5, "")
    assert all(file in ended.err for file in BROKEN)
    assert "the project is invalid" in ended.err
    assert not list(home.rglob(".state"))


def test_a_sound_project_is_one_line(books: Books, shell: Shell) -> None:
    ended = shell("validate")
    assert (ended.code, ended.out, ended.err) == (0, "Valid, no problems.\n", "")
    assert not books.sent


def test_a_warning_does_not_make_it_invalid(books: Books, shell: Shell, snapshot: SnapshotAssertion) -> None:
    books.edit("customer-sync.yaml", "4 hours", "3 fortnights")
    assert shell("validate").shown == snapshot
    assert shell("validate").code == 0
    assert shell("plan").err == ""
    assert "3 fortnights" in shell("-v", "plan").err


def test_a_literal_secret_is_refused_and_not_repeated(books: Books, shell: Shell) -> None:
    books.edit("environments/books.yaml", "{env: BOOKS_CLIENT_SECRET}", "hunter2-hunter2")
    for words in (["validate"], ["validate", "--format", "json"], ["plan"]):
        ended = shell(*words)
        assert ended.code == 5
        assert "hunter2" not in ended.out + ended.err
        assert "literal-secret" in ended.out + ended.err


def test_a_project_folder_that_lost_its_manifests_is_refused_by_a_guard(applied: Books, shell: Shell) -> None:
    for name in ("customer-sync", "supplier-export", "customer-import"):
        applied.remove(f"{name}.yaml")
    ended = shell("apply", "--auto-approve")
    assert ended.code == 4
    assert "empty_project" in ended.err
    assert len(shell.ok("state", "list").out.splitlines()) == 3


def test_a_manifest_that_cannot_be_read_is_an_error_and_no_deletion(applied: Books, shell: Shell) -> None:
    path = applied.folder / "customer-sync.yaml"
    path.unlink()
    path.symlink_to("nowhere.yaml")
    ended = shell("apply", "--auto-approve")
    assert (ended.code, ended.out) == (5, "")
    assert "customer-sync.yaml" in ended.err


def test_a_name_that_two_live_objects_have_is_a_question(
    books: Books, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    books.console.function(name="Customer import", direction="IMPORT", object_name="customer")
    assert books.sent
    ended = shell("plan")
    assert ended.code == 1
    assert ended.shown == snapshot
    assert shell("apply", "--auto-approve").code == 1
    assert not books.sent


def test_rendering_shows_what_templates_became(
    books: Books, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    books.environment(more="variables: {interval: 2 hours}\n")
    books.edit("customer-sync.yaml", "4 hours", '"{{ vars.interval }}"')
    assert shell.ok("render").out == snapshot


@pytest.mark.parametrize("what", [(), ("TaxMapping",), ("Automation.additional_criteria_details",)])
def test_a_field_is_explained(what: tuple[str, ...], shell: Shell, snapshot: SnapshotAssertion) -> None:
    ended = shell("explain", *what)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == snapshot
