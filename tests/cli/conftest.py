"""An empty folder to work in, an environment without surprises, and an emulator to talk to."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.emulator import Running, World, serve
from tests.cli.builder import CREDENTIALS, EXPORT, FOLDER, IMPORT, ROOT, SYNC, Books, Shell
from tests.forge.sites import github, gitlab, no_job, site  # noqa: F401 - the forges, for who writes to them

_TELLING = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "GITHUB_ACTIONS", "GITLAB_USER_LOGIN",
            "GITHUB_BASE_REF", "CI_MERGE_REQUEST_DIFF_BASE_SHA")  # fmt: skip


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, outside of any repository."""
    for name in (*_TELLING, *(n for n in os.environ if n.startswith(("RECONCILER_", "EXSITED_", "BOOKS_")))):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("GITHUB_ACTOR", "ada")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.fixture
def sample(home: Path) -> Path:
    """The sample project, with its world in a file beside the state."""
    folder = home / FOLDER
    shutil.copytree(ROOT / "desired_state", folder, ignore=shutil.ignore_patterns(".state"))
    return folder


@pytest.fixture
def server() -> Iterator[Running]:
    """The sample world over HTTP; what is made in it gets the uuids …001, …002 and so on."""
    numbers = itertools.count(1)
    sample = World.sample().document()
    world = World(sample, ids=lambda: f"00000000-0000-4000-8000-{next(numbers):012}")
    with serve(world) as running:
        yield running


@pytest.fixture
def empty_books(server: Running, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Books]:
    """A project without manifests, on the server."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    books = Books(server, home)
    yield books
    books.close()


@pytest.fixture
def books(empty_books: Books) -> Books:
    """Two automations and a partner function that live has already."""
    empty_books.automation("customer-sync", SYNC)
    empty_books.automation("supplier-export", EXPORT)
    empty_books.function("customer-import", IMPORT)
    return empty_books


@pytest.fixture
def applied(books: Books, shell: Shell) -> Books:
    """The same, after the first apply."""
    shell.apply()
    assert books.sent
    return books
