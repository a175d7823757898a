"""A process that takes the lock, writes three times with pauses between, and begins again. Ends on SIGTERM."""

from __future__ import annotations

import sys
import time
import uuid
from pathlib import Path

from reconciler.backends import Holder, open_backend
from reconciler.errors import Refused
from reconciler.resources import Address
from reconciler.state import HistoryEntry, Transition


def main() -> None:
    url, folder, number, ttl = sys.argv[1], Path(sys.argv[2]), sys.argv[3], float(sys.argv[4])
    with open_backend(url, environment="books", folder=folder) as backend:
        while True:
            run = str(uuid.uuid4())
            try:
                lease = backend.acquire(Holder(f"holder {number}", 1, run), ttl)
                for write in range(3):
                    time.sleep(0.01)
                    entry = HistoryEntry(
                        "2026-01-01T00:00:00Z", "", "", "", run, Address("a", "Automation", f"w{write}"), "update",
                        "done", "", [],
                    )  # fmt: skip
                    backend.commit(Transition(history=(entry,)), lease=lease)
                backend.release(lease)
            except Refused:
                time.sleep(0.01)


if __name__ == "__main__":
    main()
