"""A small, seeded slice of every experiment: the whole of it is `make reliability`."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.cli.builder import CREDENTIALS
from tests.reliability.__main__ import EXPERIMENTS
from tests.reliability.promise import Bench, Experiment


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda e: e.__name__)
def test_a_promise_holds(experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    figure = experiment(Bench(tmp_path, random.Random(7), 0.05))  # noqa: S311 - an experiment's
    assert figure.tried
    assert figure.broken == []
