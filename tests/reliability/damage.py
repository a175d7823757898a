"""R3: a state that is damaged is refused, and never read as empty or as something else."""

from __future__ import annotations

import shutil
from pathlib import Path

from reconciler.backends import open_backend
from reconciler.errors import StateError
from reconciler.state import HistoryEntry, State
from tests.reliability.estate import estate
from tests.reliability.promise import Bench, Figure


def every_length_and_many_bytes(bench: Bench) -> Figure:
    """The file cut at every length, and single bytes changed: refused, or what it was."""
    figure = Figure("R3 a damaged state is refused, never read as empty or as another")
    with estate(bench.folder / "sound") as sound:
        sound.apply()
        with sound.backend() as backend:
            truth = (backend.load(), tuple(backend.history(None, None)))
        sound.log.leave()
        whole = (sound.folder / sound.url.removeprefix("sqlite:///")).read_bytes()
    step = max(1, round(1 / bench.scale))
    refused = 0
    for length in range(bench.chance.randrange(step), len(whole), step):
        refused += _opened(bench, figure, truth, whole[:length], f"cut at byte {length}")
        figure.tried("lengths of a cut file")
    figure.hold(refused == figure.attempts["lengths of a cut file"], "a cut file was read as a whole one")
    for _ in range(bench.times(10_000)):
        place, change = bench.chance.randrange(len(whole)), bench.chance.randrange(1, 256)
        damaged = bytearray(whole)
        damaged[place] ^= change
        refused += _opened(bench, figure, truth, bytes(damaged), f"byte {place} changed by {change}")
        figure.tried("changed bytes")
    figure.notes.append(f"{refused:,} refused; the others stand in unused space and read as what they were")
    return figure


def _opened(
    bench: Bench, figure: Figure, truth: tuple[State, tuple[HistoryEntry, ...]], content: bytes, how: str
) -> bool:
    folder = bench.folder / "damaged"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = folder / "books.db"
    path.write_bytes(content)
    try:
        with open_backend(f"sqlite:///{path}", environment="books", folder=Path(folder)) as backend:
            found = (backend.load(), tuple(backend.history(None, None)))
    except StateError:
        return True
    figure.hold(found == truth, f"{how}: read as something else ({len(found[0].records)} records)")
    return False
