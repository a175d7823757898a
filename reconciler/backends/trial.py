"""Two clients of one scratch record, set against each other: does the store keep what a Backend promises?

The same for every store. What it finds is told, never raised.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from reconciler.backends.protocol import Backend, Finding, Holder, Lease
from reconciler.errors import ReconcilerError, Refused
from reconciler.resources import Address, Recorded
from reconciler.state import State, Transition

SECONDS = 600.0
MOST_SKEW_SECONDS = 5.0
_AT_ONCE = 3
"""Writes of each of the two clients at the same time: enough to meet, few enough for a slow store."""

_FIRST = Holder("doctor", 1, "probe-1", command="state doctor")
_SECOND = Holder("doctor", 2, "probe-2", command="state doctor")


def trial(first: Backend, second: Backend) -> Sequence[Finding]:
    """Of two clients of one record that nobody else knows. Writes to it."""
    lease = first.acquire(_FIRST, SECONDS)
    return (
        _held("lock", lambda: _locked(second)),
        _held("read_back", lambda: _read_back(first, second, lease)),
        _held("no_lost_write", lambda: _at_once(first, second, lease)),
        _held("epoch", lambda: _fenced(first, second, lease)),
    )


def record_finding(backend: Backend) -> Finding:
    """Whether the real record can be read, is whole, and is the one in use."""

    def read() -> str:
        state = backend.load()
        if not state.lineage:
            return "nothing is recorded here yet"
        return f"serial {state.serial}, {len(state.records)} objects, read whole"

    return _held("record", read)


def durable_finding(wrong: Sequence[str]) -> Finding:
    if wrong:
        return Finding("durable", ok=False, message=f"an acknowledged write may be lost: {', '.join(wrong)}")
    return Finding("durable", ok=True, message="a write is on the disk when it returns")


def clock_finding(theirs: float, ours: float) -> Finding:
    """Both in seconds since 1970. The store's clock alone decides when a lease ends, so that theft needs no
    skew of ours; but times that are shown, and read, are then not what they seem.
    """
    skew = theirs - ours
    where = "before" if skew > 0 else "behind"
    return Finding(
        "clock",
        ok=abs(skew) <= MOST_SKEW_SECONDS,
        message=f"the clock of the store is {abs(skew):.1f} s {where} ours",
    )


class _Broken(Exception):
    """A promise that was not kept; says which."""


def _held(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(name, ok=True, message=check())
    except _Broken as error:
        return Finding(name, ok=False, message=str(error))
    except ReconcilerError as error:
        return Finding(name, ok=False, message=error.message)


def _locked(second: Backend) -> str:
    try:
        second.acquire(_SECOND, SECONDS)
    except Refused:
        return "a lock that is held is refused to another"
    raise _Broken("a lock that is held was granted to another")


def _read_back(first: Backend, second: Backend, lease: Lease) -> str:
    record = Recorded(Address("probe", "Automation", "probe"), "probe")
    first.commit(Transition(put=(record,)), lease=lease)
    if second.load().records != {record.address: record}:
        raise _Broken("a client does not see what another has just written")
    return "a client sees what another has just written"


def _at_once(first: Backend, second: Backend, lease: Lease) -> str:
    """Two that think they are one, as after a network that answered twice."""
    before = first.load().serial
    done: list[bool] = []

    def write(backend: Backend) -> None:
        for _ in range(_AT_ONCE):
            try:
                backend.commit(Transition(), lease=lease)
            except ReconcilerError:
                continue  # refused, which is safe, or unknown; what was acknowledged counts
            done.append(True)

    threads = [threading.Thread(target=write, args=(backend,)) for backend in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = first.load().serial - before
    if kept < len(done):
        raise _Broken(f"of {len(done)} writes that were acknowledged at the same time, {kept} are there")
    return "of writes at the same time none is lost"


def _fenced(first: Backend, second: Backend, lease: Lease) -> str:
    second.break_lock()
    second.acquire(_SECOND, SECONDS)
    before: State = second.load()
    try:
        first.commit(Transition(), lease=lease)
    except Refused:
        if second.load() == before:
            return "a write under an old epoch is refused"
    raise _Broken("a write under an old epoch was taken: a holder that lost its lock can still write")
