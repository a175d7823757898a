"""The record as a whole: taken out, put in, carried to another store. The caller holds the locks.

What may replace what is decided here, and nothing is asked or told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from reconciler.backends import Backend, Lease
from reconciler.errors import Refused, StateError
from reconciler.state import HistoryEntry, State, Transition
from reconciler.statefile import Kept

_TRIES = 5


def taken(backend: Backend, environment: str) -> Kept:
    """The record with its history, of one moment, without the lock. Raise Refused while it is being written."""
    state = backend.load()
    for _ in range(_TRIES):
        history = tuple(backend.history())
        again = backend.load()
        if (again.lineage, again.serial) == (state.lineage, state.serial):
            return Kept(environment, state, history)
        state = again
    raise Refused("the record is being written just now", hint="try again when that run has ended")


def there(backend: Backend, *, force: bool) -> tuple[State, tuple[HistoryEntry, ...]]:
    """The record that a copy is to replace, with its history.

    With `force` also one that has moved, and nothing of one that cannot be read: damage is what copies are for.
    """
    try:
        return backend.load(moved=force), tuple(backend.history())
    except StateError as error:
        if force:
            return State(lineage=""), ()
        raise StateError(
            error.message, hint="to put the copy in its place all the same, whatever is there: --force"
        ) from error


def refuse_unfit(kept: Kept, state: State, *, force: bool) -> None:
    """Raise Refused where what is kept may not take the place of `state`."""
    if force or _is_blank(state):
        return
    if kept.state.lineage != state.lineage:
        raise Refused(
            f"it is the copy of another record: lineage {kept.state.lineage}, and here is {state.lineage}",
            hint="check environment and file; to put it in the place of what is here: --force",
        )
    if kept.state.serial <= state.serial:
        raise Refused(
            f"the record is at serial {state.serial}, and the copy has only {kept.state.serial}",
            hint="what was applied since would be forgotten; to go back to the copy all the same: --force",
        )


def pushed(
    kept: Kept, state: State, history: Sequence[HistoryEntry], entry: HistoryEntry
) -> tuple[State, tuple[HistoryEntry, ...]]:
    """What the record becomes. Its serial only rises, so that no plan of before is taken for a fresh one."""
    serial = max(kept.state.serial, state.serial) + 1
    told = kept.history
    if kept.state.lineage == state.lineage and tuple(history[len(history) - len(told) :]) == told:
        told = tuple(history)  # the store knows all that the copy knows, and what came after it
    return replace(kept.state, serial=serial), (entry, *told)


def refuse_occupied(target: State, state: State) -> None:
    """Raise Refused where a record cannot be carried to where `target` is."""
    if _is_blank(target):
        return
    if target.lineage != state.lineage:
        raise Refused(
            f"there is another record already, of lineage {target.lineage}",
            hint="name an empty place; nothing was written",
        )
    if target.serial > state.serial:
        raise Refused(
            f"there is a later copy already: serial {target.serial}, and here is {state.serial}",
            hint="point the environment to that one, or name an empty place; nothing was written",
        )


def migrate(
    source: Backend,
    lease: Lease,
    target: Backend,
    theirs: Lease,
    reader: Callable[[], AbstractContextManager[Backend]],
    entry: HistoryEntry,
) -> State:
    """Copy everything, read it back, and only then send whoever comes to `source` on to `target`.

    `reader` gives a new client of the target, which has seen none of it yet. Raise Refused where the target holds something else, StateError where what is read back differs.
    """
    refuse_occupied(target.load(moved=True), source.load())
    source.commit(Transition(history=(entry,)), lease=lease)
    state, history = source.load(), tuple(source.history())
    target.restore(state, history, lease=theirs)
    with reader() as other:
        if (other.load(), tuple(other.history())) != (state, history):
            raise StateError(
                f"what was written to {target.label} reads back as something else",
                hint="the record is where it was; run `state doctor` on that store",
            )
    source.retire(target.label, lease=lease)
    return state


def reencrypt(backend: Backend, lease: Lease, entry: HistoryEntry) -> State:
    """Write everything anew, with the key of today."""
    state = backend.load()
    after = state.after(Transition(history=(entry,)))
    backend.restore(after, (entry, *backend.history()), lease=lease)
    return after


def _is_blank(state: State) -> bool:
    """Never written, whatever its lineage: that is born with the first lock."""
    return state.serial == 0 and not state.records and not state.intents
