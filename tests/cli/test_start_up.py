"""Nothing is imported that a command does not use: help and validation are wanted at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.builder import Books, surroundings

HEAVY = {"httpx", "sqlalchemy", "deepdiff", "rich", "uvicorn", "starlette", "tenacity"}
_PROGRAM = """
import sys
from reconciler.cli.main import run
code = run(sys.argv[1:])
print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
sys.exit(code)
"""


def loaded(*words: str) -> set[str]:
    done = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-c", _PROGRAM, *words],
        capture_output=True,
        text=True,
        env=surroundings(),
        check=True,
    )
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize(
    "words",
    [
        "--help",
        "--version",
        "validate",
        "validate --format json",
        "render",
        "init new",
        "plan --help",
        "apply --help",
        "drift --help",
        "state list --help",
        "completion bash",
    ],
)
def test_offline_commands_load_nothing_for_live_or_for_the_record(words: str) -> None:
    assert not loaded(*words.split()) & HEAVY


def test_what_runs_against_a_server_loads_no_emulator(books: Books) -> None:
    assert not loaded("plan") & {"uvicorn", "starlette"}
    assert not books.sent
