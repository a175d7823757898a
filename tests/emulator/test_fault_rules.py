"""When a rule strikes: its match, its count, its end."""

from typing import Any

import httpx
import pytest

from reconciler.emulator import Cut, Fault, Running, Status


def test_a_rule_strikes_at_its_nth_match_and_so_many_times(
    client: httpx.Client, server: Running, automation: str, function: str
) -> None:
    server.faults.add(Fault(Status(503), method="GET", path="*/automation/*", nth=2, times=2))
    seen = []
    for _ in range(4):
        assert client.get(function).status_code == 200
        assert client.patch(automation, json={"integration": {}}).status_code == 200
        seen.append(client.get(automation).status_code)
    assert seen == [200, 503, 503, 200]


def test_a_rule_can_strike_for_ever_until_it_is_cleared(
    client: httpx.Client, server: Running, automation: str
) -> None:
    server.faults.add(Fault(Status(503), times=None))
    assert [client.get(automation).status_code for _ in range(3)] == [503] * 3
    server.faults.clear()
    assert client.get(automation).status_code == 200


@pytest.mark.parametrize(
    "build", [lambda: Status(99), lambda: Fault(Cut(), nth=0), lambda: Fault(Cut(), times=0)]
)
def test_an_impossible_rule_is_refused_where_it_is_made(build: Any) -> None:  # noqa: ANN401
    with pytest.raises(ValueError, match=r"status|count from 1"):
        build()
