"""Webhooks: who is told of what, in which words, and that nothing of it changes how a command ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from reconciler.emulator import Fault, Status
from tests.cli.builder import CUSTOMER_SYNC, Books, Shell
from tests.forge.serving import served
from tests.forge.sites import TOKEN, Site

PATH = "/services/T0/B0/path-canary-9x"
QUERY = "sig=query-canary-7q%2B"


class Room:
    """A chat room with a webhook. Keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.queries: list[str] = []
        self.answer: Response = PlainTextResponse("ok")
        self.url = ""

    async def hook(self, request: Request) -> Response:
        self.told.append(await request.json())
        self.queries.append(request.url.query)
        return self.answer


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    room = Room()
    with served(Starlette(routes=[Route(PATH, room.hook, methods=["POST"])])) as base:
        room.url = f"{base}{PATH}?{QUERY}"
        monkeypatch.setenv("ROOM", room.url)
        yield room


def tell(books: Books, *more: str) -> None:
    """The environment has one notification with these settings on top of its URL."""
    books.environment(more=f"notifications: [{{{', '.join(['url: {env: ROOM}', *more])}}}]\n")


def text(message: Any) -> str:  # noqa: ANN401 - JSON
    return "\n".join(block["text"]["text"] for block in message["blocks"])


def test_drift_is_told_as_slack_takes_it(applied: Books, room: Room, shell: Shell) -> None:
    tell(applied)
    applied.console.automation(CUSTOMER_SYNC, check_on="<!channel> & *x*")
    assert shell.ok("drift").err == ""
    (message,) = room.told
    assert "books / books" in message["text"]
    assert "customer-sync" in text(message)
    assert "check\u005f\u200bon" in text(message)
    assert "<!channel>" not in str(message), "values stay in the plan"
    assert room.queries == [QUERY]


def test_a_program_gets_a_document_with_the_changes(applied: Books, room: Room, shell: Shell) -> None:
    tell(applied, "format: json")
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    shell.ok("drift")
    (document,) = room.told
    assert {k: document[k] for k in ("event", "project", "environment", "format_version")} == {
        "event": "drift", "project": "books", "environment": "books", "format_version": "1.0",
    }  # fmt: skip
    assert document["summary"]["drift"] == 1
    (change,) = document["changes"]
    assert change["address"] == "xero-au/Automation/customer-sync"
    assert [(f["path"], f["before"], f["after"]) for f in change["fields"]] == [
        ("check_on", "30 minutes", "4 hours")
    ]
    assert "requests" not in change


def test_without_drift_nobody_is_told(applied: Books, room: Room, shell: Shell) -> None:
    tell(applied)
    shell.ok("drift")
    assert room.told == []


def test_a_plan_tells_nobody(applied: Books, room: Room, shell: Shell) -> None:
    tell(applied, "on: [drift, resolved, corrected, failed, applied]")
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    for words in ("plan", "plan --out p.json", "show p.json", "validate", "pull --out x"):
        shell(*words.split())
    assert room.told == []


@pytest.mark.parametrize(
    ("words", "happening"),
    [
        ("drift --correct", "corrected"),
        ("apply --auto-approve --only drift", "corrected"),
        ("apply --auto-approve", "applied"),
    ],
)
def test_what_was_put_back_is_told_to_whoever_asked_for_it(
    applied: Books, room: Room, shell: Shell, words: str, happening: str
) -> None:
    tell(applied, "format: json", f"on: [{happening}]")
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    shell.ok(*words.split())
    assert [m["event"] for m in room.told] == [happening]


def test_an_apply_is_told_only_to_whoever_asked_for_it(applied: Books, room: Room, shell: Shell) -> None:
    tell(applied)
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    shell.apply()
    assert room.told == []


def test_a_failure_is_told(applied: Books, room: Room, shell: Shell) -> None:
    tell(applied, "format: json")
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    applied.running.faults.add(Fault(Status(400), "PATCH", f"*/{CUSTOMER_SYNC}"))
    assert shell("apply", "--auto-approve").code == 1
    (document,) = room.told
    assert (document["event"], "1 failed" in document["headline"]) == ("failed", True)


def test_with_an_issue_only_what_is_new_in_it_is_told(
    applied: Books, room: Room, github: Site, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(applied, "format: json")
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    words = ["drift", "--report", "github-issue", "--repository", "o/r", "--api-url", github.api]
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    shell.ok(*words)
    shell.ok(*words)
    applied.console.automation(CUSTOMER_SYNC, check_on="4 hours")
    shell.ok(*words)
    shell.ok(*words)
    assert [m["event"] for m in room.told] == ["drift", "resolved"]
    assert room.told[0]["link"].startswith("https://github.test/o/r/issues/")


@pytest.mark.parametrize(
    "answer",
    [
        PlainTextResponse("no_service", 404),
        PlainTextResponse("invalid_payload", 400),
        PlainTextResponse("no", 500),
        RedirectResponse("https://elsewhere.test/"),
    ],
)
def test_a_webhook_that_fails_is_a_warning_sent_once_without_its_address(
    applied: Books, room: Room, shell: Shell, answer: Response
) -> None:
    tell(applied)
    room.answer = answer
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    ended = shell("-v", "drift", "--detailed-exitcode")
    assert ended.code == 3
    assert "Warning: notification 1 was not sent" in ended.err
    assert "canary" not in ended.err
    assert len(room.told) == 1


def test_one_that_fails_does_not_keep_the_others_from_being_told(
    applied: Books, room: Room, shell: Shell
) -> None:
    applied.environment(more="notifications:\n  - {url: {env: NOWHERE}}\n  - {url: {env: ROOM}}\n")
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    assert "NOWHERE is not set" in shell.ok("drift").err
    assert len(room.told) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.test/canary", "https://user:canary@hooks.test/", "canary", "https://hooks.test/a b/canary",
        "https://hooks.test/../canary", "ftp://hooks.test/canary", "", "https://[canary", "http://127.0.0.1:1/canary",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_a_warning_that_does_not_repeat_it(
    applied: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    tell(applied)
    monkeypatch.setenv("ROOM", url)
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    ended = shell.ok("drift")
    assert "Warning: notification 1 was not sent" in ended.err
    assert "canary" not in ended.shown


@pytest.mark.parametrize("item", ["{url: 'https://hooks.test/x/canary'}", "'https://hooks.test/x/canary'"])
def test_a_literal_url_is_refused_without_being_repeated(books: Books, shell: Shell, item: str) -> None:
    books.environment(more=f"notifications: [{item}]\n")
    ended = shell("validate")
    assert ended.code == 5
    assert "canary" not in ended.shown
    assert "{env: NAME_OF_A_VARIABLE}" in ended.shown


def test_another_mistake_in_a_notification_is_told_as_it_is(books: Books, shell: Shell) -> None:
    books.environment(more="notifications: [{url: {env: ROOM}, on: [drifting]}]\n")
    ended = shell("validate")
    assert (ended.code, "drifting" in ended.shown) == (5, True)


def test_many_changes_fit_into_a_message(applied: Books, room: Room, shell: Shell) -> None:
    for number in range(45):
        applied.function(f"made-{number}", f"name: Made {number}\ndirection: IMPORT\nobject_name: customer\n")
    tell(applied, "on: [applied]")
    shell.apply()
    (message,) = room.told
    assert "… and 25 more" in text(message)
    assert all(len(b["text"]["text"]) <= 3000 for b in message["blocks"])
    assert len(message["blocks"]) <= 50
