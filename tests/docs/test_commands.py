"""What the pages tell to type works, and shows what they say."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, Command, commands, unknown_words, written

RUN = [page for page in PAGES if any(command.run for command in commands(page))]
_MARK = "\x1e"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_option_that_is_named_exists(page: Path) -> None:
    wrong = {line: words for line in written(page) if (words := unknown_words(line))}
    assert wrong == {}


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.name)
def test_the_commands_work_in_their_order_and_show_what_stands_below_them(
    page: Path, tmp_path: Path, reconciler_program: Path
) -> None:
    told = [command for command in commands(page) if command.run and not command.line.startswith("make ")]
    for command, (code, output) in zip(told, ran(told, tmp_path, reconciler_program), strict=True):
        assert code == command.code, f"$ {command.line}\n{output}"
        if command.shown:
            assert fits(command.shown, output), f"$ {command.line}\n{output}"


def test_the_targets_of_make_that_are_named_exist() -> None:
    made = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for page in [*PAGES, ROOT / ".github/CONTRIBUTING.md"]:
        named = re.findall(r"(?:\$ |`|^)make (\w+)", page.read_text(), re.MULTILINE)
        assert {*named} <= {*made}, page.name


def ran(told: list[Command], folder: Path, program: Path) -> list[tuple[int, str]]:
    """One bash types them all, with somebody at its terminal who says yes."""
    home = folder / "home"
    home.mkdir()
    script = "\n".join(f"{{ {c.line}\n}} 2>&1; printf '\\n{_MARK}%s{_MARK}' $?" for c in told)
    master, slave = pty.openpty()
    try:
        os.write(master, b"yes\n" * len(told))
        done = subprocess.run(  # noqa: S603
            ["bash", "--noprofile", "--norc", "-c", script],  # noqa: S607
            cwd=home, stdin=slave, capture_output=True, text=True, check=False, timeout=120,
            env={
                "PATH": f"{program.parent}:/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8", "USER": "ada",
                "GIT_CONFIG_COUNT": "3", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Ada",
                "GIT_CONFIG_KEY_1": "user.email", "GIT_CONFIG_VALUE_1": "ada@books.test",
                "GIT_CONFIG_KEY_2": "init.defaultBranch", "GIT_CONFIG_VALUE_2": "main",
            },
        )  # fmt: skip
    finally:
        os.close(master)
        os.close(slave)
    parts = done.stdout.split(_MARK)
    assert len(parts) == 2 * len(told) + 1, done.stdout + done.stderr
    return [(int(code), output) for output, code in zip(parts[0::2], parts[1::2], strict=False)]


def fits(shown: list[str], output: str) -> bool:
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    pattern = "".join(
        r"(?:.*\n)*" if line.strip() == "…" else re.escape(line.rstrip()) + r"\n" for line in shown
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines)) is not None
