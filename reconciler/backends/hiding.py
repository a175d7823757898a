"""Cells under encryption: what a row is found by stays readable, what it says becomes one token. Pure.

The token holds the name of the table and the key of the row as well, so that none passes for another's.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from reconciler.backends import rows
from reconciler.backends.cipher import Cipher
from reconciler.backends.rows import Cells, Damaged
from reconciler.backends.tables import HISTORY, INTENTS, RECORDS

_KEYS = {RECORDS.name: 3, INTENTS.name: 1, HISTORY.name: 4}
"""How many cells of a row stay readable, from its start."""


def hidden(table: str, cells: Cells, cipher: Cipher | None) -> Cells:
    """The cells as they are stored: the token in place of the first value, nothing in place of the others."""
    if cipher is None:
        return cells
    keys, values = cells[: _KEYS[table]], cells[_KEYS[table] :]
    token = cipher.seal(rows.json_text([table, list(keys), list(values)]).encode("ascii"))
    return (*keys, token.decode("ascii"), *("" for _ in values[1:]))


def shown(table: str, cells: Sequence[Any], cipher: Cipher | None) -> Sequence[Any]:
    """What `hidden` was given. Raise StateError where no key opens it, Damaged where it is another row's."""
    if cipher is None:
        return cells
    keys = list(cells[: _KEYS[table]])
    opened = cipher.open(str(cells[_KEYS[table]]).encode("ascii", "replace"))
    name, whose, values = rows.parsed(lambda: json.loads(opened))
    if (name, whose) != (table, keys):
        raise Damaged(f"a row of {table!r} holds what was sealed for another")
    return (*keys, *values)
