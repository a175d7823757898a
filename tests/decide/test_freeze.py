"""When nothing is applied: by the clock on the wall of a zone, over midnight, over the hour that is missing or twice."""

from __future__ import annotations

import pytest

from reconciler.guards import Limits, Window, frozen

NIGHT = Window(("friday",), "22:00", "06:00", "Europe/Berlin")
EARLY = Window((), "02:15", "02:45", "Europe/Berlin")
WEEKEND = (
    Window(("friday",), "16:00", "00:00", "Australia/Sydney"),
    Window(("saturday", "sunday"), "00:00", "00:00", "Australia/Sydney"),
    Window(("monday",), "00:00", "08:00", "Australia/Sydney"),
)


@pytest.mark.parametrize(
    ("windows", "now", "until"),
    [
        pytest.param((NIGHT,), "2026-11-27T20:59:00Z", "", id="friday evening, before"),
        pytest.param((NIGHT,), "2026-11-27T21:00:00Z", "2026-11-28 06:00 Europe/Berlin", id="it begins"),
        pytest.param((NIGHT,), "2026-11-28T04:59:00Z", "2026-11-28 06:00 Europe/Berlin", id="past midnight"),
        pytest.param((NIGHT,), "2026-11-28T05:00:00Z", "", id="it is over"),
        pytest.param((NIGHT,), "2026-11-28T22:00:00Z", "", id="saturday is not friday"),
        pytest.param((NIGHT,), "2026-07-03T20:00:00Z", "2026-07-04 06:00 Europe/Berlin", id="in summer, an hour earlier"),
        pytest.param((EARLY,), "2026-03-29T01:00:00Z", "", id="the hour that is left out: 03:00 comes after 01:59"),
        pytest.param((EARLY,), "2026-10-25T00:30:00Z", "2026-10-25 02:45 Europe/Berlin", id="the first 02:30"),
        pytest.param((EARLY,), "2026-10-25T01:30:00Z", "2026-10-25 02:45 Europe/Berlin", id="the second 02:30"),
        pytest.param(WEEKEND, "2026-11-27T05:00:00Z", "2026-11-30 08:00 Australia/Sydney", id="windows that meet are one"),
        pytest.param(WEEKEND, "2026-11-29T12:00:00Z", "2026-11-30 08:00 Australia/Sydney", id="in their midst"),
        pytest.param(WEEKEND, "2026-11-29T21:00:00Z", "", id="monday, eight in Sydney"),
        pytest.param((Window((), "00:00", "00:00", "UTC"),), "2026-11-24T12:00:00Z", "2026-12-09 00:00 UTC", id="always"),
        pytest.param((), "2026-11-24T12:00:00Z", "", id="never"),
    ],
)  # fmt: skip
def test_a_freeze_goes_by_the_wall_clock_of_its_zone(
    windows: tuple[Window, ...], now: str, until: str
) -> None:
    assert frozen(Limits(freeze=windows), now) == until
