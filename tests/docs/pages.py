"""The pages for users, and what of them can be run: the commands in ```console blocks.

A line that begins with `$ ` is a command; the lines below it are its output, where `…` alone stands for any
lines, and none means that the output is not shown. `# exit 4` behind a command is how it ends; else it ends
with 0. A block below `<!-- not run: why -->` is only held against the options that there are.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click

from reconciler.cli.main import cli

ROOT = Path(__file__).parents[2]
DOCS = ROOT / ".github/docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]

_BLOCK = re.compile(r"(?P<mark><!-- not run:[^>]*-->\n+)?```console\n(?P<body>.*?)```", re.DOTALL)
_SPAN = re.compile(r"(?<!`)`(reconciler [^`\n]+)`(?!`)")
_EXIT = re.compile(r"#\s*exit (\d+)")
_SHELL = re.compile(r"\s(?:[|>&;#]|\d>|<).*|\s&&.*")


@dataclass
class Command:
    """A command as it stands in a page. `shown` is the output below it."""

    line: str
    run: bool
    shown: list[str] = field(default_factory=list)

    @property
    def code(self) -> int:
        found = _EXIT.search(self.line)
        return int(found[1]) if found else 0


def commands(page: Path) -> list[Command]:
    found: list[Command] = []
    for block in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        run = not block["mark"]
        for line in block["body"].splitlines():
            if line.startswith("$ "):
                found.append(Command(line[2:], run))
            elif found and line.strip():
                found[-1].shown.append(line)
    return found


def written(page: Path) -> Iterator[str]:
    """Every command of ours that a page names, in blocks and in its sentences."""
    text = page.read_text(encoding="utf-8")
    for command in commands(page):
        for part in re.split(r"&&|\|", command.line):
            if part.strip().startswith("reconciler "):
                yield part.strip()
    yield from _SPAN.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def unknown_words(line: str) -> list[str]:
    """The commands and options in a line that do not exist. Words in capitals, `…` and values are anything."""
    words = shlex.split(_SHELL.sub("", line.replace("…", "ANY")))[1:]
    command: click.Command = cli
    context = click.Context(command)
    known = _options(command)
    wrong = []
    while words:
        word = words.pop(0)
        name, _, value = word.partition("=")
        if name.startswith("-") and name != "-":
            if name not in known:
                wrong.append(name)
            elif not value and known[name]:
                words[:1] = []
        elif isinstance(command, click.Group) and word.islower():
            inner = command.get_command(context, word)
            if inner is None:
                return [*wrong, word]
            command, known = inner, {**_options(inner)}
    return wrong


def _options(command: click.Command) -> dict[str, bool]:
    """Each option, and whether a value follows it."""
    return {
        name: not option.is_flag
        for option in command.params
        if isinstance(option, click.Option)
        for name in (*option.opts, *option.secondary_opts)
    } | {"--help": False, "-h": False}
