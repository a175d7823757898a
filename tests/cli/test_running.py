"""How a plan is carried out: waiting for the lock, stopping at a failure, a line of JSON for each event."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from reconciler.backends import Backend, Holder, Lease, open_backend
from reconciler.cli import running
from reconciler.emulator import Fault, Status
from reconciler.errors import StateError
from tests.cli.builder import CUSTOMER_SYNC, Books, Shell


@pytest.fixture
def two_changes(applied: Books) -> Books:
    """In this order: the first is refused by the server, the second waits for nobody."""
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    applied.edit("supplier-export.yaml", "8 hours", "2 hours")
    applied.environment(more="")
    return applied


def test_a_held_lock_says_who_and_is_waited_for_no_longer_than_asked(
    two_changes: Books, shell: Shell
) -> None:
    with open_backend(
        f"sqlite:///{two_changes.state}", environment="books", folder=two_changes.folder
    ) as backend:
        lease = backend.acquire(Holder("eve@elsewhere", 7, "run-1", "abc", "apply"), 60)
        ended = shell("apply", "--auto-approve", "--lock-timeout", "0.1")
        assert ended.code == 4
        assert "eve@elsewhere" in ended.err
        assert "on commit abc" in ended.err
        assert not two_changes.sent
        backend.release(lease)
    shell.apply("--lock-timeout", "5")
    assert len(two_changes.sent) == 2


def test_one_failure_does_not_stop_the_rest_unless_asked(two_changes: Books, shell: Shell) -> None:
    refused = Fault(Status(400, {"errors": [{"code": "X", "message": "no"}]}), "PATCH", f"*/{CUSTOMER_SYNC}")
    two_changes.running.faults.add(refused)
    two_changes.edit(
        "environments/books.yaml", "requests_per_second: 500", "requests_per_second: 500\n    concurrency: 1"
    )
    ended = shell("apply", "--auto-approve", "--fail-fast", "--format", "json")
    statuses = {o["address"].rpartition("/")[2]: o["status"] for o in ended.document["outcomes"]}
    assert statuses["customer-sync"] == "failed"
    assert ended.code == 1
    assert shell.ok("apply", "--auto-approve").code == 0


@pytest.mark.usefixtures("two_changes")
def test_events_are_lines_of_json_from_start_to_end(shell: Shell, home: Path) -> None:
    shell.apply("--events", "events.ndjson")
    events = [json.loads(line) for line in (home / "events.ndjson").read_text().splitlines()]
    assert [e["event"] for e in events] == ["start", "outcome", "outcome", "end"]
    assert len({e["run"] for e in events}) == 1
    assert {e["status"] for e in events if e["event"] == "outcome"} == {"done"}
    assert events[-1]["summary"]["done"] == 2


def test_a_plan_that_is_too_old_is_refused(
    two_changes: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_changes.environment("max_plan_age_hours: 24")
    shell.ok("plan", "--out", "plan")
    later = (datetime.now(UTC) + timedelta(hours=25)).strftime("%Y-%m-%dT%H:%M:%SZ")
    monkeypatch.setattr("reconciler.cli.apply.now", lambda: later)
    ended = shell("apply", "plan")
    assert ended.code == 4
    assert "25 hours old" in ended.err
    assert not two_changes.sent


@pytest.mark.parametrize(
    ("now", "code"),
    [
        ("2026-11-27T04:59:00Z", 0),  # Friday 15:59 in Sydney
        ("2026-11-27T05:00:00Z", 4),
        ("2026-11-27T20:59:00Z", 4),  # Saturday 07:59
        ("2026-11-27T21:00:00Z", 0),
        ("2026-11-28T05:30:00Z", 0),  # Saturday afternoon: it starts on Fridays only
    ],
)
def test_nothing_is_applied_in_a_freeze_window(
    now: str, code: int, two_changes: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_changes.environment(
        'freeze: [{days: [friday], starts: "16:00", ends: "08:00", timezone: Australia/Sydney}]'
    )
    for room in ("apply", "session"):
        monkeypatch.setattr(f"reconciler.cli.{room}.now", lambda: now)
    ended = shell("apply", "--auto-approve")
    assert ended.code == code, ended.shown
    assert bool(two_changes.sent) is (code == 0)
    if code:
        assert "nothing is applied until 2026-11-28 08:00 Australia/Sydney" in ended.err
        assert shell("apply", "--auto-approve", "--allow", "freeze").code == 0


def test_drift_is_not_corrected_in_a_freeze_either(applied: Books, shell: Shell) -> None:
    applied.environment("freeze: [{}]")
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    assert applied.sent
    assert shell("drift", "--detailed-exitcode").code == 3
    assert shell("apply", "--only", "drift", "--auto-approve").code == 4
    assert not applied.sent


def test_a_zone_that_does_not_exist_is_told_with_its_place(books: Books, shell: Shell) -> None:
    books.environment("freeze: [{timezone: Mars/Olympus}]")
    ended = shell("validate")
    assert ended.code == 5
    assert "expected a time zone such as Australia/Sydney" in ended.out


class _Away:
    """A record whose store does not answer the first renewals."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.renewed = 0

    def acquire(self, holder: Holder, ttl_seconds: float) -> Lease:
        return Lease(holder, 1, ttl_seconds)

    def renew(self, lease: Lease) -> Lease:
        self.renewed += 1
        if self.left:
            self.left -= 1
            raise StateError("the database is away")
        return lease

    def release(self, lease: Lease) -> None:
        pass


@pytest.mark.parametrize(("times", "seconds", "gone"), [(1, 3.0, False), (1000, 0.3, True)])
def test_a_store_that_is_away_for_a_moment_has_not_given_the_lock_away(
    times: int, seconds: float, gone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "LEASE_SECONDS", seconds)
    store, term = _Away(times), running.Term()
    with running.leased(cast("Backend", store), Holder("me", 1, "run"), term=term):
        deadline = time.monotonic() + 20
        while store.renewed <= times and term.lasts() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert term.lasts() is not gone
