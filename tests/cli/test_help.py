"""What the program says of itself."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from reconciler import __version__
from reconciler.cli.main import COMMANDS
from tests.cli.builder import Shell

STATE = (
    "list", "show", "history", "forget", "move", "unlock", "pull", "push", "migrate", "reencrypt", "doctor",
)  # fmt: skip
PROMISED = {
    "init": (), "validate": ("--format",), "render": ("--format",), "fmt": ("--check", "--diff"),
    "diff": ("--format", "--exit-code"), "graph": ("--format",), "accept": ("--field", "--dry-run"),
    "plan": ("--out", "--format", "--detailed-exitcode", "--target", "--base"), "show": ("--format",),
    "apply": ("--auto-approve", "--only", "--format", "--allow", "--lock-timeout", "--fail-fast", "--events"),
    "rollback": ("--auto-approve", "--out", "--format"),
    "drift": ("--format", "--detailed-exitcode", "--correct", "--release", "--allow", "--lock-timeout", "--report"),
    "comment": ("--forge", "--repository", "--number", "--token-env", "--token-file", "--api-url", "--outcome"),
    "import": (), "pull": ("--connection", "--out"), "state": STATE, "schema": (), "completion": (), "explain": (),
    "emulate": ("--port", "--world"), "demo": (),
}  # fmt: skip


def test_the_help_lists_every_command(shell: Shell, snapshot: SnapshotAssertion) -> None:
    assert shell("--help").shown == snapshot


@pytest.mark.parametrize("command", [*COMMANDS, *(f"state {name}" for name in STATE)])
def test_each_command_has_a_help_of_its_own(command: str, shell: Shell, snapshot: SnapshotAssertion) -> None:
    ended = shell(*command.split(), "--help")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == snapshot


@pytest.mark.parametrize(("command", "options"), PROMISED.items())
def test_every_promised_option_is_there(command: str, options: tuple[str, ...], shell: Shell) -> None:
    text = shell(command, "--help").out
    assert all(option in text for option in options)


def test_no_command_is_missing() -> None:
    assert COMMANDS.keys() == PROMISED.keys()


def test_the_options_before_the_command_are_those_promised(shell: Shell) -> None:
    text = shell("-h").out
    assert all(option in text for option in ("-C, --project", "-e, --env", "--no-color", "-v, --verbose"))


def test_the_version_goes_to_stdout(shell: Shell) -> None:
    ended = shell("--version")
    assert (ended.code, ended.out, ended.err) == (0, f"reconciler, version {__version__}\n", "")


@pytest.mark.parametrize("words", [(), ("state",)])
def test_no_command_at_all_is_wrong_usage_and_shows_the_help(words: tuple[str, ...], shell: Shell) -> None:
    ended = shell(*words)
    assert (ended.code, ended.out) == (64, "")
    assert ended.err.startswith("Usage: reconciler")
    assert "Commands:" in ended.err
