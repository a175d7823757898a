"""The whole record with its history as one document (`state pull`): written for keeping, read back to the byte.

Pure: bytes in, bytes out. Equal records are equal bytes, except where they are sealed. The checksum finds every
damage and every careless edit; it is no signature.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.errors import Refused, UsageError
from reconciler.planfile import encode, plain, read_record, record_document
from reconciler.reading import Reader, no_duplicates, no_such_number
from reconciler.resources import Address
from reconciler.state import HistoryEntry, Intent, State
from reconciler.values import Json, digest

FORMAT: Final = "1.0"
_PULL: Final = "write one with: reconciler state pull FILE"
_BACKUP: Final = "take another copy; nothing was changed"

Seal = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Kept:
    """One environment's record at one moment. `history` newest first."""

    environment: str
    state: State
    history: tuple[HistoryEntry, ...]


def dump(kept: Kept, seal: Seal | None = None) -> bytes:
    """The document; with `seal`, all but what it is found by is sealed."""
    state = kept.state
    head: dict[str, Json] = {
        "format_version": FORMAT,
        "environment": kept.environment,
        "lineage": state.lineage,
        "serial": state.serial,
    }
    body: dict[str, Json] = {
        "records": [record_document(state.records[a]) for a in sorted(state.records)],
        "intents": [_intent(state.intents[i]) for i in sorted(state.intents)],
        "history": [entry_document(entry) for entry in kept.history],
    }
    if seal is not None:
        body = {"sealed": seal(encode({**head, **body})).decode("ascii")}
    return encode({**head, **body, "checksum": digest({**head, **body})})


def parse(data: bytes, unseal: Seal) -> Kept:
    """Read back what `dump` wrote; `unseal` is asked for a sealed one only.

    Raise UsageError where it is none at all, Refused where it is damaged, altered or of a newer format, and
    whatever `unseal` raises.
    """
    document = _load(data)
    version = document["format_version"]
    if not isinstance(version, str) or version.partition(".")[0] != FORMAT.partition(".")[0]:
        raise Refused(
            f"the state file has format {version!r}; this version reads {FORMAT}", hint="upgrade reconciler"
        )
    bare = {key: value for key, value in document.items() if key != "checksum"}
    # to the byte: a checksum over values would pass over a blank that became a tab
    if document["checksum"] != digest(bare) or encode(document) != data:
        raise Refused("the state file is damaged, or was altered after it was written", hint=_BACKUP)
    try:
        return _kept(bare, unseal)
    except UsageError as error:
        raise Refused(f"the state file is no whole record: {error.message}", hint=_BACKUP) from error


def entry_document(entry: HistoryEntry) -> dict[str, Json]:
    return {
        "at": entry.at, "actor": entry.actor, "commit": entry.commit, "plan": entry.plan, "run": entry.run,
        "address": str(entry.address), "action": entry.action, "status": entry.status, "message": entry.message,
        "fields": plain(entry.fields),
    }  # fmt: skip


def _intent(intent: Intent) -> dict[str, Json]:
    return {
        "id": intent.id, "run": intent.run, "address": str(intent.address), "action": intent.action,
        "at": intent.at, "requests": plain(intent.requests),
    }  # fmt: skip


def _load(data: bytes) -> Mapping[str, Json]:
    try:
        document: object = json.loads(data, object_pairs_hook=no_duplicates, parse_constant=no_such_number)
    except (ValueError, RecursionError) as error:
        if not data.strip() or data.lstrip()[:1] == b"{":
            raise Refused("the state file is cut short or damaged", hint=_BACKUP) from error
        raise UsageError("this is no state file", hint=_PULL) from error
    if not isinstance(document, dict) or not document.keys() >= {"format_version", "lineage", "checksum"}:
        raise UsageError("this is no state file", hint=_PULL)
    return document


def _kept(document: Mapping[str, Json], unseal: Seal) -> Kept:
    if "sealed" in document:
        document = {**_load_sealed(document, unseal), **{k: v for k, v in document.items() if k != "sealed"}}
    reader = Reader(document, "state")
    records = [read_record(r) for r in reader.objects("records")]
    intents = [_read_intent(i) for i in reader.objects("intents")]
    return Kept(
        reader.text("environment"),
        State(
            lineage=reader.text("lineage"),
            serial=reader.integer("serial"),
            records={record.address: record for record in records},
            intents={intent.id: intent for intent in intents},
        ),
        tuple(_read_entry(e) for e in reader.objects("history")),
    )


def _load_sealed(document: Mapping[str, Json], unseal: Seal) -> Mapping[str, Json]:
    """What was sealed says whose it is, so that a seal cannot be put under another head."""
    token = Reader(document, "state").text("sealed")
    opened = unseal(token.encode("ascii", "replace"))
    try:
        inner: object = json.loads(opened)
    except ValueError as error:
        raise UsageError("what is sealed in it is no record") from error
    head = {key: value for key, value in document.items() if key != "sealed"}
    if not isinstance(inner, dict) or {key: inner.get(key) for key in head} != head:
        raise UsageError("what is sealed in it belongs to another")
    return inner


def _read_intent(reader: Reader) -> Intent:
    return Intent(
        id=reader.text("id"),
        run=reader.text("run"),
        address=_address(reader),
        action=reader.text("action"),
        at=reader.text("at"),
        requests=reader.json("requests"),
    )


def _read_entry(reader: Reader) -> HistoryEntry:
    texts = ("at", "actor", "commit", "plan", "run", "action", "status", "message")
    return HistoryEntry(
        **{name: reader.text(name) for name in texts}, address=_address(reader), fields=reader.json("fields")
    )


def _address(reader: Reader) -> Address:
    """Also of what is no object of the API, such as the lock."""
    parts: Sequence[str] = reader.text("address").split("/", 2)
    if len(parts) < 2:  # noqa: PLR2004
        raise UsageError("an entry has no address")
    return Address(*parts)
