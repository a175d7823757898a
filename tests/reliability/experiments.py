"""Every experiment by its name, the longest first: so they fill the processors evenly."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.reliability.clocks import clocks_jump
from tests.reliability.crash import killed_at_every_point, killed_at_random
from tests.reliability.damage import every_length_and_many_bytes
from tests.reliability.disk import failing_sync, full_and_read_only
from tests.reliability.lag import late_reads
from tests.reliability.laws import any_history, the_same_plan
from tests.reliability.partial import lists_in_part, lists_in_part_by_command
from tests.reliability.promise import Experiment
from tests.reliability.retries import answers_lost, pauses
from tests.reliability.stopping import asked_to_stop
from tests.reliability.strange import strange_answers
from tests.reliability.writers import hand_overs, racing_applies

EXPERIMENTS: Mapping[str, Experiment] = MappingProxyType(
    {
        experiment.__name__: experiment
        for experiment in (
            killed_at_random,
            answers_lost,
            asked_to_stop,
            hand_overs,
            every_length_and_many_bytes,
            any_history,
            late_reads,
            racing_applies,
            killed_at_every_point,
            failing_sync,
            lists_in_part,
            clocks_jump,
            full_and_read_only,
            the_same_plan,
            strange_answers,
            lists_in_part_by_command,
            pauses,
        )
    }
)

ON_EVERY_STORE = frozenset(e.__name__ for e in (killed_at_random, killed_at_every_point, hand_overs))
