"""What comes out, by where it goes: a terminal, a pipe, a CI log."""

from __future__ import annotations

import subprocess
import sys

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.cli.builder import Books, Shell, in_a_process, redacted, surroundings
from tests.cli.terminal import ESCAPE, on_a_terminal


@pytest.fixture
def pending(applied: Books) -> Books:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    return applied


@pytest.mark.usefixtures("pending")
def test_a_terminal_gets_colour() -> None:
    seen = on_a_terminal(["plan"])
    assert seen.code == 0
    assert ESCAPE in seen.text


@pytest.mark.usefixtures("pending")
@pytest.mark.parametrize(
    ("words", "environ"),
    [(["--no-color", "plan"], {}), (["plan"], {"NO_COLOR": "1"}), (["plan"], {"TERM": "dumb"})],
)
def test_but_not_where_it_is_not_wanted(words: list[str], environ: dict[str, str]) -> None:
    seen = on_a_terminal(words, environ=environ)
    assert seen.code == 0
    assert ESCAPE not in seen.text


@pytest.mark.usefixtures("pending")
def test_no_colour_is_wanted_while_applying_either() -> None:
    seen = on_a_terminal(["--no-color", "apply", "--auto-approve"], environ={"NO_COLOR": "1"})
    assert seen.code == 0
    assert not any(code in seen.text for code in ("\x1b[1m", "\x1b[3", "\x1b[9"))
    assert "Applied: 1 done." in seen.plain


@pytest.mark.usefixtures("pending")
def test_a_pipe_gets_none() -> None:
    for words in (["plan"], ["drift"], ["apply", "--auto-approve"], ["validate"], ["--help"]):
        ended = in_a_process(*words)
        assert (ended.code, ended.err) == (0, "")
        assert "\x1b" not in ended.out


@pytest.mark.usefixtures("pending")
def test_forty_columns_are_enough(snapshot: SnapshotAssertion) -> None:
    seen = on_a_terminal(["--no-color", "plan"], columns=40)
    assert seen.code == 0
    assert max(len(line) for line in seen.plain.splitlines()) <= 40
    assert redacted(seen.plain).replace("\n  http://127.0.0.1:PORT", " http://127.0.0.1:PORT") == snapshot


@pytest.mark.parametrize("words", [["plan"], ["schema"], ["plan", "--format", "html"], ["--help"]])
def test_whoever_reads_only_the_beginning_hears_no_complaint(words: list[str], pending: Books) -> None:
    with subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", "reconciler", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=surroundings(),
    ) as started:
        assert started.stdout
        assert started.stderr
        started.stdout.close()
        err = started.stderr.read()
    assert err == b""
    assert started.returncode in {0, 141}
    assert not pending.sent


@pytest.mark.usefixtures("pending")
def test_stdout_that_is_full_is_a_failure_without_a_traceback() -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            [sys.executable, "-m", "reconciler", "plan"],
            stdout=full,
            stderr=subprocess.PIPE,
            env=surroundings(),
            check=False,
        )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("words", ["plan", "apply --auto-approve", "state history", "render"])
def test_a_log_on_a_runner_takes_no_commands_from_values(
    words: str, applied: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    applied.write(
        "customer-sync.yaml",
        "apiVersion: reconciler/v1\nkind: Automation\nmetadata: {name: customer-sync, connection: xero-au}\n"
        'spec: {name: Customer sync, display_name: "::error::owned", description: "a\\n::warning::b ##[group]c"}\n',
    )
    ended = shell(*words.split())
    assert ended.code == 0
    for line in (ended.out + ended.err).splitlines():
        assert not line.strip().startswith("::")
        assert "##[" not in line
        assert "\x1b" not in line


def test_an_error_that_repeats_a_value_is_neutral_as_well(
    books: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    books.edit("customer-sync.yaml", "direction", '"x\\n::error::owned\\e[2J": 1\n  direction')
    for words in (
        ["plan"],
        ["validate"],
        ["-e", "x\n::error::owned\x1b[2J", "plan"],
        ["plan", "\n::error::x\x1b[2J"],
    ):
        ended = shell(*words)
        assert ended.code in {5, 64}
        assert not any(line.strip().startswith("::") for line in (ended.out + ended.err).splitlines())
        assert "\x1b" not in ended.out + ended.err


@pytest.mark.usefixtures("books")
def test_annotations_are_commands_on_purpose(
    shell: Shell, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    books.edit("customer-sync.yaml", "check_on", "chek_on")
    ended = shell("validate", "--format", "github")
    assert ended.code == 5
    assert ended.out.startswith("::error file=desired_state/customer-sync.yaml,line=6,")


def test_a_name_from_live_cannot_steer_a_terminal(books: Books, shell: Shell) -> None:
    books.console.automation(
        "2450d1bd-e590-4b11-8e4c-a4cd29d430ae", name="\x1b[2J\x1b]0;owned\x07", display_name="x"
    )
    ended = shell("import", "xero-au/Automation/supplier-import", "2450d1bd-e590-4b11-8e4c-a4cd29d430ae")
    assert ended.code == 0
    assert "\x1b" not in ended.out + ended.err


@pytest.mark.parametrize("words", ["plan", "validate"])
def test_a_hostile_name_is_harmless_in_a_hint_too(words: str, books: Books, shell: Shell) -> None:
    books.edit("environments/books.yaml", "{env: BOOKS_CLIENT_ID}", '{env: "X\\e]0;owned\\a\\u202e"}')
    ended = shell(words)
    assert ended.code in (0, 64)
    assert (ended.out + ended.err).replace("\n", "").isprintable()


def test_nor_does_a_file_of_such_a_name_or_what_stands_in_it(books: Books, shell: Shell) -> None:
    books.write("x\x1b]0;owned\x07\u202e,line=1:%0A::error::.yaml", 'kind: "\\e[2J\\u202e"\n"a\\e": 1\n')
    for words in (
        "validate",
        "plan",
        "validate --format json",
        "validate --format sarif",
        "fmt --check",
        "render",
    ):
        ended = shell(*words.split())
        assert ended.code == 5 or "fmt" in words
        assert (ended.out + ended.err).replace("\n", "").isprintable(), words
    (line, *more) = shell("validate", "--format", "github").out.splitlines()
    assert line.startswith(
        "::error file=desired_state/x\\x1b]0;owned\\x07\\u202e%2Cline=1%3A%250A%3A%3Aerror%3A%3A.yaml,line=1"
    )
    assert all(each.startswith("::error file=") for each in more)
