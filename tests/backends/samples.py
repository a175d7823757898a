"""Values that several tests write: holders, addresses, records, entries."""

from __future__ import annotations

from reconciler.backends import Holder
from reconciler.resources import Address, Recorded, RecordedField
from reconciler.state import HistoryEntry
from reconciler.values import Json

ANN = Holder("ann@ci", 7, "run-1", "abc123", "reconciler apply")
BOB = Holder("bob@laptop", 8, "run-2")
LONG = 600.0
KEYS = [f"{letter * 42}A=" for letter in "abc"]
A = Address("xero-au", "Automation", "a")
B = Address("xero-au", "Automation", "b")
CONFIGURATION = Address("xero-au", "Configuration")


def entry(message: str, address: Address = A) -> HistoryEntry:
    at = "2026-01-01T00:00:00Z"
    return HistoryEntry(
        at, "ann", "abc", "sha256:1", "run-1", address, "update", "ok", message, [{"path": "x"}]
    )


def record(address: Address, value: Json = "4 hours") -> Recorded:
    fields = {"check_on": RecordedField(value, "4 h"), "tags": RecordedField(["x", None, 1.5])}
    return Recorded(address, "uuid-1", fields, {"updated": 3})


def numbered(number: int) -> Recorded:
    return record(Address("xero-au", "Automation", f"a{number}"), number)
