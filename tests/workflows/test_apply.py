"""From a pull request to the live service: what is applied after the merge is what its check had planned."""

from __future__ import annotations

import json
from pathlib import Path

from tests.workflows.team import Team


def test_scratch(applied: Team) -> None:
    head = applied.branch("faster", "check_on: 8 hours", "check_on: 1 hour")
    ended = applied.check("plan", applied.pull_request(7, head))
    assert ended
    print(ended.log)
    print(ended.summary)
    merge = applied.merge("faster")
    applied.forge.merged(7, head=head, merge=merge, artifacts=ended.artifacts)
    ended = applied.apply(merge)
    print(ended.log, ended.summary)
    assert 0
