"""How records, intents and history are spelt in parts: one JSON object a line, in one order. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from reconciler.backends import rows
from reconciler.resources import Address, Recorded, RecordedField
from reconciler.state import HistoryEntry, Intent, Transition
from reconciler.values import canonical

Records: TypeAlias = Mapping[Address, Recorded]
Intents: TypeAlias = Mapping[str, Intent]
History: TypeAlias = Sequence[HistoryEntry]


def refuse_unstorable(transition: Transition) -> None:
    """Raise UnicodeEncodeError where a key or uuid has half a surrogate pair: no other store could take it."""
    for record in transition.put:
        record.uuid.encode()
    for address in (*(r.address for r in transition.put), *(e.address for e in transition.history)):
        "".join(rows.key_cells(address)).encode()


def shard_of(address: Address, shards: int) -> int:
    return hashlib.sha256(canonical(list(rows.key_cells(address)))).digest()[0] % shards


def records_bytes(records: Records) -> bytes:
    return _lines(_record_line(records[address]) for address in sorted(records))


def records_of(raw: bytes) -> Records:
    found = rows.parsed(lambda: [_record(line) for line in raw.splitlines()])
    return {record.address: record for record in found}


def intents_bytes(intents: Intents) -> bytes:
    return _lines(rows.intent_cells(intents[key])[1] for key in sorted(intents))


def intents_of(raw: bytes) -> Intents:
    found = (rows.intent_of(("", line)) for line in raw.decode().splitlines())
    return {intent.id: intent for intent in found}


def history_bytes(entries: History) -> bytes:
    return _lines(rows.history_cells(0, entry)[-1] for entry in entries)


def history_of(raw: bytes) -> History:
    return tuple(rows.history_of((0, "", "", "", line)) for line in raw.decode().splitlines())


def _lines(lines: Iterable[str | int]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def _record_line(record: Recorded) -> str:
    fields = {path: [field.value, field.live] for path, field in record.fields.items()}
    return canonical(
        {
            "address": list(rows.key_cells(record.address)),
            "uuid": record.uuid,
            "fields": fields,
            "signs": record.signs,
        }
    ).decode("ascii")


def _record(line: bytes) -> Recorded:
    told = json.loads(line)
    return Recorded(
        address=Address(*told["address"]),
        uuid=told["uuid"],
        fields={path: RecordedField(value, live) for path, (value, live) in told["fields"].items()},
        signs=told["signs"],
    )
