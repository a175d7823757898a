"""The record of an estate, as if all of it had been applied: without ten thousand requests."""

from __future__ import annotations

from pathlib import Path

from reconciler.backends import Holder, open_backend
from reconciler.decide import World, decide
from reconciler.identity import Live
from reconciler.manifests import load
from reconciler.resources import Recorded, RecordedField
from reconciler.state import Transition
from reconciler.values import Missing
from tests.benchmarks.estate import CONNECTION, ENVIRONMENT, NAME

_STATE = f"sqlite:///.state/{ENVIRONMENT}.db"


def write_record(folder: Path, live: Live, url: str = _STATE) -> None:
    """Record everything at `url`: by default in SQLite under the project in `folder`."""
    with open_backend(url, environment=ENVIRONMENT, folder=folder) as backend:
        lease = backend.acquire(Holder("bench@here", 0, "bench"), 600)
        backend.commit(Transition(put=recorded(folder, live)), lease=lease)
        backend.release(lease)


def recorded(folder: Path, live: Live) -> tuple[Recorded, ...]:
    desired = load(folder, ENVIRONMENT).desired
    decision = decide(desired, World({}, live, {NAME: CONNECTION}))
    sent = {change.address: change.fields for change in decision.changes}
    return tuple(
        Recorded(
            found.address,
            found.uuid,
            {
                **found.fields,
                **{f.path: RecordedField(f.after) for f in sent[found.address] if not isinstance(f.after, Missing)},
            },
            found.signs,
        )
        for found in decision.catch_up
    )  # fmt: skip
