"""What an older or a plain record becomes at its first write, inside that transaction: today's, and encrypted.

Steps are numbered by the format that they start from, and never changed once released: `tests/backends/formats`
has a record of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import DDL, Connection

from reconciler.backends import ledger
from reconciler.backends.cipher import Cipher
from reconciler.backends.head import Head
from reconciler.backends.place import Place
from reconciler.backends.tables import FORMAT, META

# what each step alters in META; a step over other tables will name them
STEPS: Mapping[int, tuple[str, ...]] = {
    1: (
        "ALTER TABLE %(fullname)s ADD COLUMN sealed TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE %(fullname)s ADD COLUMN moved_to TEXT NOT NULL DEFAULT ''",
    ),
}


def migrated(connection: Connection, place: Place, head: Head) -> Head:
    """Of today's format. The tables are altered; the head is for the caller to write."""
    if head.format == FORMAT:
        return head
    for step in range(head.format, FORMAT):
        for statement in STEPS[step]:
            connection.execute(DDL(statement).against(META))  # type: ignore[no-untyped-call]
    return replace(head, format=FORMAT, layout=place.renew_layout(connection))


def encrypted(connection: Connection, head: Head, cipher: Cipher | None) -> Head:
    """As a whole, where a key is given and it is not yet. Raise StateError where no key opens what is."""
    opened = head.opened_by(cipher)
    if opened is cipher:
        return head
    state = ledger.read_state(connection, head, opened)
    history = ledger.read_history(connection, head, None, None, opened)
    return ledger.write_all(connection, head, state, history, cipher)
