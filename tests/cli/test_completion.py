"""Tab in a real shell: commands, options, and names from the manifests; never an error in the prompt."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from reconciler.cli.main import COMPLETE, PROGRAM, cli
from tests.cli.builder import Books, Shell, surroundings
from tests.cli.test_start_up import HEAVY, loaded

SYNC = "xero-au/Automation/customer-sync"
BASH = BashComplete(cli, {}, PROGRAM, COMPLETE).source()
"""What `completion bash` prints; a process less for each test."""


@pytest.fixture
def program(home: Path) -> str:
    """A PATH on which the program stands by its name."""
    path = home / "bin/reconciler"
    path.parent.mkdir()
    path.write_text(f'#!/bin/sh\nexec {sys.executable} -m reconciler "$@"\n')
    path.chmod(0o755)
    return f"{path.parent}{os.pathsep}{os.environ['PATH']}"


def run_shell(name: str, script: str, path: str) -> subprocess.CompletedProcess[str]:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"there is no {name} here")
    quiet = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"]}[name]
    return subprocess.run(  # noqa: S603 - a shell that we look for
        [found, *quiet, "-c", script], capture_output=True, text=True, env=surroundings({"PATH": path}), timeout=60, check=False
    )  # fmt: skip


def in_bash(words: str, path: str, load: str = "") -> list[str]:
    """What bash offers for the last of the words."""
    script = (
        f"{load or BASH}\n"
        f"COMP_WORDS=({words}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))\n"
        '_reconciler_completion reconciler\nprintf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = run_shell("bash", script, path)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("reconciler dr", ["drift"]),
        ("reconciler plan --tar", ["--target"]),
        ("reconciler plan --target xero-au/A", [SYNC, "xero-au/Automation/supplier-export"]),
        ("reconciler state show xero-au/P", ["xero-au/PartnerFunction/customer-import"]),
        ("reconciler drift --correct --release xero-au/Automation/c", [SYNC]),
        ("reconciler import xero-au/Automation/c", [SYNC]),
        ("reconciler -e ''", ["books"]),
        ("reconciler pull --connection xero-n", ["xero-nz"]),
        ("reconciler explain Automation.check", ["Automation.check_on"]),
        ("reconciler state move no-address ''", []),
        ("reconciler -C nowhere plan --target x", []),
    ],
)
def test_bash_offers_what_fits(words: str, offered: list[str], program: str) -> None:
    found = in_bash(words, program)
    assert found == offered or (words.endswith("no-address ''") and SYNC in found)


@pytest.mark.usefixtures("books")
def test_the_line_that_the_help_names_is_all_that_bash_needs(program: str, shell: Shell) -> None:
    line = 'eval "$(reconciler completion bash)"'
    assert line in shell("completion", "--help").out
    assert in_bash("reconciler dr", program, line) == ["drift"]
    assert shell.ok("completion", "bash").out.strip() == BASH.strip()


@pytest.mark.parametrize("text", ["kind: [", "\x00", "{{ vars.x }}", ""])
def test_a_broken_project_breaks_no_prompt(text: str, books: Books, program: str) -> None:
    books.write("broken.yaml", text)
    assert SYNC in in_bash("reconciler plan --target ''", program)
    books.write("reconciler.yaml", text)
    books.write("environments/books.yaml", text)
    assert in_bash("reconciler plan --target ''", program) == []


def test_a_mapping_is_offered_as_the_configuration_that_it_changes(sample: Path, program: str) -> None:
    assert sample.is_dir()
    assert in_bash("reconciler plan --target xero-au/C", program) == ["xero-au/Configuration"]
    assert in_bash("reconciler -e staging plan --target xero-nz/C", program) == ["xero-nz/Configuration"]


@pytest.mark.parametrize("shell_name", ["zsh", "fish"])
def test_other_shells_take_their_script(shell_name: str, program: str) -> None:
    load = {"zsh": 'autoload -U compinit; compinit -u -D; eval "$(reconciler completion zsh)"; echo $_comps[reconciler]',
            "fish": "reconciler completion fish | source; complete -C 'reconciler dri'"}[shell_name]  # fmt: skip
    done = run_shell(shell_name, load, program)
    assert (done.returncode, done.stderr) == (0, "")
    assert {"zsh": "_reconciler_completion", "fish": "drift"}[shell_name] in done.stdout


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
def test_the_script_asks_this_program(shell_name: str, shell: Shell) -> None:
    assert "_RECONCILER_COMPLETE" in shell.ok("completion", shell_name).out


def test_of_another_shell_it_knows_nothing(shell: Shell) -> None:
    assert shell("completion", "csh").code == 64


@pytest.mark.usefixtures("books")
def test_nothing_for_live_or_the_record_is_loaded_to_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_RECONCILER_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "reconciler plan --target ")
    monkeypatch.setenv("COMP_CWORD", "3")
    names = loaded()
    assert "yaml" in names
    assert not names & HEAVY
