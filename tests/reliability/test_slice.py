"""A small, seeded slice of every experiment: the whole of it is `make reliability`."""

from __future__ import annotations

import pytest

from tests.reliability.experiments import EXPERIMENTS
from tests.reliability.task import Task, performed

_SCALE = {
    "killed_at_random": 0.003,
    "answers_lost": 0.004,
    "asked_to_stop": 0.01,
    "hand_overs": 0.02,
    "every_length_and_many_bytes": 0.002,
    "any_history": 0.01,
    "late_reads": 0.01,
    "racing_applies": 0.01,
    "killed_at_every_point": 0.025,
    "failing_sync": 0.06,
    "lists_in_part": 0.02,
    "clocks_jump": 0.05,
    "full_and_read_only": 0.05,
    "the_same_plan": 0.1,
    "strange_answers": 0.007,
    "lists_in_part_by_command": 0.1,
    "pauses": 0.1,
}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_promise_holds(name: str) -> None:
    figure, _ = performed(Task(name, "sqlite", 7, _SCALE[name]))
    assert figure.broken == []
    if figure.skipped:
        pytest.skip("; ".join(figure.skipped))
    assert figure.attempts
