"""From the tables of an older reconciler to today's, inside the transaction of the first write.

Numbered by the format that a step starts from, and never changed once released: `tests/backends/formats` has a
record of each.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import DDL, Connection

from reconciler.backends.tables import FORMAT, META

# what each step alters in META; a step over other tables will name them
STEPS: Mapping[int, tuple[str, ...]] = {
    1: (
        "ALTER TABLE %(fullname)s ADD COLUMN sealed TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE %(fullname)s ADD COLUMN moved_to TEXT NOT NULL DEFAULT ''",
    ),
}


def migrate(connection: Connection, version: int) -> None:
    """The tables of format `version` become today's. The head is written anew by the caller."""
    for step in range(version, FORMAT):
        for statement in STEPS[step]:
            connection.execute(DDL(statement).against(META))  # type: ignore[no-untyped-call]
