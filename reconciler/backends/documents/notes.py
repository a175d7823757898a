"""What a swap says in the log of a store that keeps one. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.backends.documents.store import Note
from reconciler.backends.protocol import Holder
from reconciler.backends.waves import Waiting

NOBODY = "reconciler"


def lock(what: str, holder: Holder | None) -> Note:
    """`what` has happened to the lock of `holder`: taken, released, broken, renewed."""
    if holder is None:
        return Note(NOBODY, f"lock {what}\n")
    return Note(holder.who, f"lock {what}: {holder.command or 'reconciler'}\n\n{_about(holder)}")


def wave(stored: Sequence[Waiting], serial: int) -> Note:
    """What was written, a line each; `serial` is that of the record after it."""
    lines = [line for each in stored for line in _lines(each)]
    holder = stored[-1].lease.holder
    subject = lines[0] if len(lines) == 1 else f"{len(lines)} steps" if lines else "nothing but the serial"
    return Note(
        holder.who,
        f"serial {serial}: {subject}\n\n" + "".join(f"{x}\n" for x in lines) + "\n" + _about(holder),
    )


def _lines(waiting: Waiting) -> list[str]:
    transition = waiting.transition
    begun = [f"begin {transition.open.action} {transition.open.address}"] if transition.open else []
    ended = [f"{entry.action} {entry.address}: {entry.status}" for entry in transition.history]
    if begun or ended:
        return begun + ended
    return [f"record {r.address}" for r in transition.put] + [f"drop {a}" for a in transition.drop]


def _about(holder: Holder) -> str:
    commit = f"Commit: {holder.commit}\n" if holder.commit else ""
    return f"Run: {holder.run}\n{commit}By: {holder.who}, pid {holder.pid}\n"
