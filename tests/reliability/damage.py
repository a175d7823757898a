"""R3: a state that is damaged is refused, and never read as empty or as something else."""

from __future__ import annotations

import shutil
from pathlib import Path

from reconciler.backends import open_backend
from reconciler.errors import StateError
from reconciler.state import State
from tests.reliability.estate import estate
from tests.reliability.promise import Bench, Figure


def every_length_and_many_bits(bench: Bench) -> Figure:
    """The file cut at many lengths, and single bits flipped: refused, or what it was."""
    figure = Figure("R3 a damaged state is refused, never read as empty or as another")
    with estate(bench.folder / "sound", 6) as sound:
        sound.run("apply", "--auto-approve")
        with sound.backend() as backend:
            truth = backend.load()
        whole = sound.state.read_bytes()
    refused = 0
    lengths = [bench.chance.randrange(len(whole)) for _ in range(bench.times(150))]
    for length in [0, 1, 100, len(whole) - 1, *lengths]:
        refused += _opened(bench, figure, truth, whole[:length], f"cut at byte {length}")
    for _ in range(bench.times(600)):
        place, bit = bench.chance.randrange(len(whole)), bench.chance.randrange(8)
        flipped = bytearray(whole)
        flipped[place] ^= 1 << bit
        refused += _opened(bench, figure, truth, bytes(flipped), f"bit {bit} of byte {place} flipped")
    figure.notes.append(f"{refused} refused; the others stand in unused space and read as what they were")
    return figure


def _opened(bench: Bench, figure: Figure, truth: State, content: bytes, how: str) -> bool:
    folder = bench.folder / "damaged"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = folder / "books.db"
    path.write_bytes(content)
    figure.tried += 1
    try:
        with open_backend(f"sqlite:///{path}", environment="books", folder=Path(folder)) as backend:
            found = backend.load()
    except StateError:
        return True
    figure.hold(found == truth, f"{how}: read as something else ({len(found.records)} records)")
    return False
