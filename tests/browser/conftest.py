"""One Chromium for all of it, the system's own. Where there is none, these tests are skipped."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402 - after the skip

from reconciler.plan import Plan  # noqa: E402
from reconciler.render.html import plan_html  # noqa: E402
from tests.browser.judges import SHOWN  # noqa: E402

SANDBOX = ("--no-sandbox", "--headless", "--disable-background-networking", "--disable-quic")


@dataclass
class Opened:
    """A page in a window, and what went wrong or out while it was looked at."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def shown(self) -> list[str]:
        """The addresses that are not filtered away."""
        found: list[str] = self.page.evaluate(SHOWN)
        return found

    @property
    def said(self) -> str:
        self.page.wait_for_timeout(200)  # the count is told once typing pauses
        return self.page.locator("#count").inner_text()


Open = Callable[..., Opened]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("no chromium on this machine")
    with sync_playwright() as tool:
        started = tool.chromium.launch(executable_path=found, args=list(SANDBOX))
        yield started
        started.close()


@pytest.fixture
def open_plan(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens a plan, or a page, as a file: `width` in pixels, `scheme` light or dark, with or without scripts."""
    contexts = []

    def open_(
        plan: Plan | str, *, width: int = 1280, scheme: str = "light", scripts: bool = True, at: str = ""
    ) -> Opened:
        file = tmp_path / "plan.html"
        file.write_text(plan if isinstance(plan, str) else plan_html(plan), "utf-8")
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        seen = Opened(context.new_page())
        seen.page.on("console", lambda message: seen.complaints.append(message.text))
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.on("dialog", lambda dialog: seen.complaints.append(dialog.message))
        seen.page.on("request", lambda request: seen.requests.append(request.url))
        seen.page.goto(file.as_uri() + at)
        return seen

    yield open_
    for context in contexts:
        context.close()
