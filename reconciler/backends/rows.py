"""How the record is spelt in rows, each sealed with a digest over its cells. Pure: no I/O, no SQL.

A store finds torn pages by itself, but not a flipped bit inside a value. The seal does; the sum of the seals,
kept in the head row, also finds a row that is lost, doubled or older than it should be.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, TypeAlias, TypeVar

from reconciler.resources import Address, Recorded, RecordedField
from reconciler.state import HistoryEntry, Intent
from reconciler.values import Json, canonical

Cell: TypeAlias = str | int
Cells: TypeAlias = tuple[Cell, ...]

SUM_SIZE = 1 << 256
T = TypeVar("T")


class Damaged(Exception):
    """What was read is not what was written. Turned into a StateError at the rim."""


def seal(table: str, cells: Sequence[object]) -> str:
    """The digest of a row. Text that one flipped bit turned into bytes is spelt `b'…'`, so it differs too."""
    text = "\0".join([table, *map(str, cells)])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def sealed(table: str, cells: Cells) -> tuple[Cell, ...]:
    return (*cells, seal(table, cells))


def unsealed(table: str, row: Sequence[Any]) -> tuple[Any, ...]:
    """The cells of a row as they were written. Damaged where the last one is not the seal of the others."""
    *cells, digest = row
    if seal(table, cells) != digest:
        raise Damaged(f"a row of {table!r} does not match its digest")
    return tuple(cells)


def added(total: str, digests: Sequence[str], *, sign: int = 1) -> str:
    """`total` and the result are a sum of seals in hex. A sum does not care for the order of rows."""
    try:
        change = sum(int(digest, 16) for digest in digests)
        return f"{(int(total, 16) + sign * change) % SUM_SIZE:064x}"
    except (TypeError, ValueError) as error:
        raise Damaged("a digest is no digest") from error


def json_text(value: Json) -> str:
    return canonical(value).decode("ascii")


def parsed(build: Callable[[], T]) -> T:
    try:
        return build()
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged("a row has a shape that this program never writes") from error


def key_cells(address: Address) -> tuple[str, str, str]:
    return address.connection, address.kind, address.name


def record_cells(record: Recorded) -> Cells:
    fields = {path: [field.value, field.live] for path, field in record.fields.items()}
    return (*key_cells(record.address), record.uuid, json_text(fields), json_text(record.signs))


def record_of(cells: Sequence[Any]) -> Recorded:
    connection, kind, name, uuid, fields, signs = cells
    return parsed(
        lambda: Recorded(
            address=Address(connection, kind, name),
            uuid=uuid,
            fields={path: RecordedField(value, live) for path, (value, live) in json.loads(fields).items()},
            signs=json.loads(signs),
        )
    )


def intent_cells(intent: Intent) -> Cells:
    return intent.id, _body(intent)


def intent_of(cells: Sequence[Any]) -> Intent:
    return parsed(lambda: Intent(**_unfolded(cells[1])))


def history_cells(seq: int, entry: HistoryEntry) -> Cells:
    return (seq, *key_cells(entry.address), _body(entry))


def history_of(cells: Sequence[Any]) -> HistoryEntry:
    return parsed(lambda: HistoryEntry(**_unfolded(cells[4])))


def _body(value: Intent | HistoryEntry) -> str:
    """As JSON, so that a message of any characters at all (NUL, lone surrogates) fits in any store."""
    fields = {name: getattr(value, name) for name in value.__dataclass_fields__}
    return json_text({**fields, "address": list(key_cells(value.address))})


def _unfolded(body: str) -> dict[str, Any]:
    fields = json.loads(body)
    return {**fields, "address": Address(*fields["address"])}


def plain(value: Any) -> str:  # noqa: ANN401 - any frozen dataclass of scalars
    return json_text(asdict(value))
