"""A client in a process of its own, for tests that race and kill. Obeys one word a line on stdin.

    writer.py URL FOLDER ENVIRONMENT NAME

Transition number n is the same in every process (`step`), so that a test knows the state at every serial.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from reconciler.backends import Backend, Holder, open_backend
from reconciler.errors import Refused
from reconciler.resources import Address, Recorded, RecordedField
from reconciler.state import HistoryEntry, Intent, State, Transition

LONG = 600.0


def step(number: int) -> Transition:
    """The transition that leads to serial `number`: an intent, then its outcome, over seven objects."""
    address = Address("xero-au", "Automation", f"a{number // 2 % 7}")
    if number % 2:
        return Transition(
            open=Intent(f"i{number}", "run", address, "update", "2026-01-01T00:00:00Z", [number])
        )
    fields = {"check_on": RecordedField(f"{number} hours", f"{number} h"), "n": RecordedField(number)}
    entry = HistoryEntry(
        "2026-01-01T00:00:00Z", "ann", "abc", "sha256:1", "run", address, "update", "ok", str(number), []
    )
    return Transition(
        put=(Recorded(address, f"u{number}", fields, {"updated": number}),),
        drop=(Address("xero-au", "Automation", f"a{number // 2 % 5}"),) if number % 3 == 0 else (),
        close=f"i{number - 1}",
        history=(entry,),
    )


def at(lineage: str, serial: int) -> State:
    state = State(lineage)
    for number in range(1, serial + 1):
        state = state.after(step(number))
    return state


def write_for_ever(backend: Backend, name: str) -> None:
    """Say each serial after it was acknowledged, until killed."""
    backend.break_lock()
    lease = backend.acquire(Holder(name, 1, name), LONG)
    serial = backend.load().serial
    while True:
        serial += 1
        backend.commit(step(serial), lease=lease)
        sys.stdout.write(f"{serial}\n")
        sys.stdout.flush()


def take_turns(backend: Backend, name: str, times: int) -> str:
    """Commit so many times, each under a lease of its own; the serial must not move but by us."""
    for _ in range(times):
        while True:
            try:
                lease = backend.acquire(Holder(name, 1, name), LONG)
                break
            except Refused:
                time.sleep(0.002)
        serial = backend.load().serial
        backend.commit(step(serial + 1), lease=lease)
        if backend.load().serial != serial + 1:
            return "somebody else wrote"
        backend.release(lease)
    return "done"


def main() -> None:
    url, folder, environment, name = sys.argv[1:]
    with open_backend(url, environment=environment, folder=Path(folder)) as backend:
        lease = None
        for line in sys.stdin:
            match line.split():
                case ["write"]:
                    write_for_ever(backend, name)
                case ["turns", times]:
                    said = take_turns(backend, name, int(times))
                case ["acquire"]:
                    try:
                        lease = backend.acquire(Holder(name, 1, name), LONG)
                        said = f"won {lease.epoch}"
                    except Refused:
                        said = "refused"
                case ["release"]:
                    if lease is not None:
                        backend.release(lease)
                    lease, said = None, "free"
                case _:
                    said = f"what is {line}?"
            sys.stdout.write(f"{said}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
