"""`Retry-After` is a floor, for every request of the run."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from reconciler.live import Retry, RetryPolicy
from reconciler.web.errors import Throttled
from tests.live.doubles import CONNECTION, FUNCTION, Reply, Seen, Time, live, page, scripted


def in_seconds(time: Time, seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(time.epoch + time.now + seconds, UTC), usegmt=True)


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize("chance", [0.0, 0.3, 0.999])
@pytest.mark.parametrize(
    ("header", "floor"),
    [("0", 0), ("1", 1), ("7", 7), (" 30 ", 30), ("119.5", 119.5), ("0007", 7), ("date", 60)],
)
def test_retry_after_is_a_floor_for_every_request_of_the_run(
    time: Time, code: int, chance: float, header: str, floor: float
) -> None:
    asked_at = time.now
    moments: list[float] = []

    def respond(_seen: Seen) -> Reply:
        moments.append(time.now)
        if len(moments) > 1:
            return Reply(page(3, 0))
        written = in_seconds(time, 60) if header == "date" else header
        return Reply({}, code, {"Retry-After": written})

    retries: list[Retry] = []
    with scripted(respond) as script, live(script.base_url, time, chance=chance, retries=retries) as writer:
        writer.objects(FUNCTION, CONNECTION)
    assert [retry.wait_seconds >= floor for retry in retries] == [True]
    assert moments[1] - asked_at >= floor
    assert moments[1] - asked_at <= max(floor, 0.5) * 1.25 + 0.1


def test_another_request_of_the_run_keeps_the_pause_too(time: Time) -> None:
    moments: list[float] = []

    def respond(_seen: Seen) -> Reply:
        moments.append(time.now)
        return Reply(page(3, 0)) if len(moments) > 1 else Reply({}, 429, {"Retry-After": "20"})

    with scripted(respond) as script, live(script.base_url, time, policy=RetryPolicy(attempts=1)) as writer:
        with pytest.raises(Throttled):
            writer.objects(FUNCTION, CONNECTION)
        writer.objects(FUNCTION, CONNECTION)
    assert moments[1] - moments[0] >= 20


@pytest.mark.parametrize(
    "header",
    ["-5", "soon", "1e9", "", "NaN", "Inf", "0x10", "99 bottles", "Tue, 99 Foo 2026 25:61:61 GMT", "1, 2"],
)
def test_a_senseless_retry_after_is_as_none(time: Time, header: str) -> None:
    replies = iter([Reply({}, 429, {"Retry-After": header}), Reply(page(3, 0))])
    with scripted(lambda _seen: next(replies)) as script, live(script.base_url, time) as writer:
        start = time.now
        writer.objects(FUNCTION, CONNECTION)
    assert 0.5 <= time.now - start < 0.7


@pytest.mark.parametrize("header", ["3600", "999999999999"])
def test_who_asks_for_too_long_a_pause_is_not_waited_for_by_anybody(time: Time, header: str) -> None:
    start = time.now
    with scripted(lambda _seen: Reply({}, 429, {"Retry-After": header})) as script:
        with live(script.base_url, time) as writer:
            for _ in range(2):
                with pytest.raises(Throttled) as caught:
                    writer.objects(FUNCTION, CONNECTION)
                assert "run again after it" in caught.value.hint
        assert len(script.calls) == 1
    assert time.now - start < 1
