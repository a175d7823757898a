"""Time that passes only by sleeping, and a served world of a few functions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconciler.emulator import Running, serve
from tests.live.doubles import Time, world


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def server() -> Iterator[Running]:
    with serve(world(3)) as running:
        yield running
