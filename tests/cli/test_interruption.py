"""Ctrl-C and SIGTERM end a run between two requests; what was done is recorded."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

import pytest

from reconciler.cli.main import Settings
from reconciler.cli.output import Output
from reconciler.cli.session import opened, writing
from reconciler.cli.signals import exit_code_of
from reconciler.emulator import Delay, Fault, Running
from reconciler.errors import LiveError
from tests.cli.builder import CUSTOMER_SYNC, SUPPLIER_EXPORT, Books, Shell, process


def wait_for_a_write(server: Running) -> None:
    deadline = time.monotonic() + 30
    while not server.log.writes:
        assert time.monotonic() < deadline, "nothing was sent"
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_apply_finishes_what_is_under_way_and_says_which_signal_it_was(
    number: signal.Signals, applied: Books, server: Running, shell: Shell
) -> None:
    applied.edit(
        "environments/books.yaml", "requests_per_second: 500", "requests_per_second: 500\n    concurrency: 1"
    )
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    applied.edit("supplier-export.yaml", "8 hours", "2 hours")
    server.faults.add(Fault(Delay(1.0, committed=True), "PATCH"))
    with process("apply", "--auto-approve") as started:
        wait_for_a_write(server)
        started.send_signal(number)
        out, err = started.communicate(timeout=30)
    assert started.returncode == 128 + number, out + err
    assert "Traceback" not in err
    assert "Stopping" in err
    assert ("1 done" in out, "1 not tried" in out) == (True, True)
    first, second = applied.details(CUSTOMER_SYNC), applied.details(SUPPLIER_EXPORT)
    assert [first["check_on"], second["check_on"]] == ["1 hour", "8 hours"]
    assert shell("state", "unlock").err == "The lock is free.\n"
    assert [c["address"] for c in shell.plan()["changes"]] == ["xero-au/Automation/supplier-export"]
    shell.apply()
    assert shell("plan", "--detailed-exitcode").code == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("words", [("plan",), ("apply", "--auto-approve")])
def test_a_command_that_still_reads_ends_at_once(
    words: tuple[str, ...], number: signal.Signals, applied: Books, server: Running
) -> None:
    server.faults.add(Fault(Delay(30.0), "GET", times=None))
    with process(*words) as started:
        deadline = time.monotonic() + 30
        while not len(server.log):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        started.send_signal(number)
        out, err = started.communicate(timeout=10)
    assert (started.returncode, out) == (128 + number, "")
    assert "interrupted" in err
    assert "Traceback" not in err
    assert not applied.sent


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_that_is_swallowed_on_its_way_still_ends_the_command_as_one(
    number: signal.Signals, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal may arrive in a destructor, where Python prints what is raised and goes on."""
    settings = Settings(books.folder, "", Output(colour=False, width=80))
    stopped = LiveError("not sent: the run was stopped")
    monkeypatch.setattr(stopped, "stopped", True, raising=False)
    with pytest.raises(KeyboardInterrupt) as caught, opened(settings) as session, writing(session):  # noqa: PT012
        with suppress(KeyboardInterrupt):
            os.kill(os.getpid(), number)
            time.sleep(5)
        raise stopped
    assert exit_code_of(caught.value) == 128 + number
