"""A forked process that takes the lock, writes to live and to the record, lets go, and begins again."""

from __future__ import annotations

import itertools
import random
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from reconciler.backends import Holder, open_backend
from reconciler.changes import Request
from reconciler.cli.running import Term, leased
from reconciler.emulator import CLIENT_ID, CLIENT_SECRET
from reconciler.errors import LiveError, Refused
from reconciler.live import Credentials, Writer, connect
from reconciler.resources import Address
from reconciler.state import HistoryEntry, Transition
from reconciler.values import Secret
from tests.cli.builder import AUTOMATIONS, CUSTOMER_SYNC
from tests.reliability.driver import hasten

WRITES = 3
SECRETS = (Secret(CLIENT_ID), Secret(CLIENT_SECRET), Secret("https://x.test/"))


@dataclass(frozen=True, slots=True)
class Post:
    """Where a holder works: the record, the folder it stands under, the API, and the lease in seconds."""

    state: str
    folder: str
    base_url: str
    lease: float


def hold_and_write(post: Post, number: int) -> None:
    """Until SIGTERM. Every write to live has the tag of its turn, and so has every entry of the history."""
    hasten(post.lease)
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    chance = random.Random(number)  # noqa: S311 - an experiment's
    with (
        open_backend(post.state, environment="books", folder=Path(post.folder)) as backend,
        connect(
            post.base_url, Credentials(*SECRETS), requests_per_second=10_000, concurrency=2, timeout_seconds=10
        ) as live,
    ):  # fmt: skip
        for turn in itertools.count():
            if over.is_set():
                return
            tag, term, lost = f"{number}.{turn}", Term(), threading.Event()
            try:
                with leased(backend, Holder(f"holder {number}", number, tag), 5, term, lost) as lease:
                    live.only_while(term.lasts)
                    for _ in range(WRITES):
                        # as an apply does: nothing is sent before its announcement is durable
                        backend.commit(Transition(history=(_entry(tag),)), lease=lease)
                        time.sleep(chance.uniform(0, 0.01))
                        _write(live, tag)
            except (Refused, LiveError):
                continue


def _entry(tag: str) -> HistoryEntry:
    address = Address("xero-au", "Automation", "customer-sync")
    return HistoryEntry("2026-01-01T00:00:00Z", "", "", "", tag, address, "update", "done", "", [])


def _write(live: Writer, tag: str) -> None:
    body = {"integration": {"automation_details": {"check_on": tag}}}
    live.send(Request("PATCH", f"{AUTOMATIONS}/{CUSTOMER_SYNC}", body))
