"""A bench for each test. The server behind it is one for all of them; its world is a new one each time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.emulator import Running, World, serve

pytest.register_assert_rewrite("tests.acting.bench")

from tests.acting.bench import Bench  # noqa: E402 - its assertions are to be told like a test's


@pytest.fixture(scope="session")
def server() -> Iterator[Running]:
    with serve(World.sample()) as running:
        yield running


@pytest.fixture
def bench(tmp_path: Path, server: Running) -> Bench:
    server.faults.clear()
    server.log.clear()
    server.world.replace(World.sample().document())
    return Bench(tmp_path, server)
