"""Both forges, each on a port of its own; time that passes only by sleeping; no trace of a real CI job."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pytest

from reconciler.forge.connecting import ForgeName, Place, connected
from reconciler.forge.protocol import Forge
from reconciler.values import Secret
from reconciler.web import Retry
from tests.forge.doubles import BOT, Double, GitHub, GitLab
from tests.forge.serving import served
from tests.live.doubles import Time

TOKEN = "tok-canary-4f2c9a"
ROBOT = {"github": BOT, "gitlab": "project_1_bot"}


@dataclass
class Site:
    """A forge as it is, and the way to it. `waits` are the retries that were announced."""

    name: ForgeName
    double: Double
    time: Time
    waits: list[Retry]

    @property
    def api(self) -> str:
        return self.double.base_url + ("/api/v4" if self.name == "gitlab" else "")

    def open(self, token: str = TOKEN, author: str = "") -> AbstractContextManager[Forge]:
        place = Place(self.name, "o/r", Secret(token), self.api, author)
        return connected(place, on_retry=self.waits.append, clock=self.time.clock())

    def note(self, author: str, body: str) -> dict[str, Any]:
        """A comment that somebody wrote on the forge's own page."""
        key, name = ("user", "login") if self.name == "github" else ("author", "username")
        note = {"id": next(self.double.ids), key: {name: author}, "body": body, "system": False}
        self.double.notes.append(note)
        return note


@pytest.fixture(autouse=True)
def no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("GITHUB_", "CI_", "GITLAB_")) and name != "GITHUB_ACTOR":
            monkeypatch.delenv(name)


@pytest.fixture
def github() -> Iterator[Site]:
    yield from _site("github")


@pytest.fixture
def gitlab() -> Iterator[Site]:
    yield from _site("gitlab")


@pytest.fixture(params=["github", "gitlab"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """One test, both forges."""
    yield from _site(request.param)


def _site(name: ForgeName) -> Iterator[Site]:
    robot = ROBOT[name]
    double = Double({TOKEN: robot}, shy={robot} if name == "github" else set())
    app = GitHub(double).app() if name == "github" else GitLab(double).app()
    with served(app) as double.base_url:
        yield Site(name, double, Time(), [])
