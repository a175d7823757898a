"""A whole journey, and not one secret in anything that it says or writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.emulator import Fault, Status
from reconciler.emulator.messages import Call, Reply
from reconciler.emulator.tokens import Tokens
from tests.cli.builder import CREDENTIALS, CUSTOMER_SYNC, Books, Ended, Shell

JOURNEY = (
    "validate", "render", "-v plan", "plan --out plan --format json", "show plan --format html", "-v apply plan",
    "drift", "apply --auto-approve --format json", "plan --format markdown", "state list", "state history",
    "state show xero-au/Automation/customer-sync", "pull --out pulled", "state unlock",
)  # fmt: skip


def secrets(books: Books, tokens: list[str]) -> set[str]:
    """Ours, the tokens', and those of the partner that live keeps beside each connection."""
    about = [c.about for c in books.world.connections.values()]
    partners = {str(a[key]) for a in about for key in ("client_secret", "access_token", "refresh_token")}
    return partners | set(tokens) | {CREDENTIALS["BOOKS_CLIENT_SECRET"]}


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every token that is issued."""
    issued: list[str] = []
    issue = Tokens.issue

    def listening(self: Tokens, call: Call) -> Reply:
        reply = issue(self, call)
        body = json.loads(reply.content)
        issued.extend((body["access_token"], body["refresh_token"]))
        return reply

    monkeypatch.setattr(Tokens, "issue", listening)
    return issued


def test_no_secret_is_in_any_word_or_file(books: Books, shell: Shell, home: Path, tokens: list[str]) -> None:
    said: list[Ended] = []
    for number, command in enumerate(JOURNEY):
        if number == 6:
            books.edit("customer-sync.yaml", "4 hours", "1 hour")
            books.console.automation(CUSTOMER_SYNC, description="by hand")
        ended = shell(*command.split())
        assert ended.code == 0, ended.shown
        said.append(ended)
    text = f"you sent {CREDENTIALS['BOOKS_CLIENT_SECRET']}"
    echo = {"errors": [{"code": "X", "message": text}]}
    books.running.faults.add(Fault(Status(400, echo), "GET", "*/automation"))
    failed = shell("-v", "plan")
    assert failed.code == 1
    assert "you sent" in failed.err
    assert len(tokens) > 8
    told = "".join(ended.out + ended.err for ended in (*said, failed)).encode()
    written = {p: p.read_bytes() for p in home.rglob("*") if p.is_file()}
    assert len(written) > 8
    for secret in secrets(books, tokens):
        assert secret.encode() not in told
        assert not [path for path, data in written.items() if secret.encode() in data]


def test_the_files_of_the_record_are_nobody_elses(applied: Books) -> None:
    assert applied.state.stat().st_mode & 0o077 == 0
