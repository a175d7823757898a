"""One budget of requests for all threads, and an end of it all on demand."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest

from reconciler.changes import Request
from reconciler.emulator import Delay, Fault, Running, Status, serve
from reconciler.errors import LiveError
from reconciler.web.errors import Stopped
from tests.live.doubles import (
    CONNECTION,
    FUNCTION,
    FUNCTIONS,
    Reply,
    Seen,
    Time,
    function,
    live,
    page,
    scripted,
    world,
)

PATCH = Request("PATCH", FUNCTIONS + function(1)["uuid"], {"partner_function": {"description": "new"}})


@pytest.mark.parametrize(("rate", "seconds"), [(10, 1.0), (3, 1.0), (0.5, 2.0), (2.5, 0.8)])
def test_no_second_sees_more_requests_than_the_budget(time: Time, rate: float, seconds: float) -> None:
    moments: list[float] = []

    def respond(seen: Seen) -> Reply:
        moments.append(time.now)
        return Reply(page(2000, int(seen.query["offset"])))

    # one thread, for in a fake time a nap of one is a nap of all
    with scripted(respond) as script, live(script.base_url, time, rate=rate, concurrency=1) as writer:
        assert len(writer.objects(FUNCTION, CONNECTION)) == 2000
    most = max(1, int(rate))
    windows = [sum(start <= moment < start + seconds for moment in moments) for start in moments]
    assert max(windows) <= most
    assert moments[-1] - moments[0] <= (21 / rate) * 1.1 + 1


def test_never_more_are_under_way_than_concurrency_allows() -> None:
    lock, under_way, most = threading.Lock(), 0, 0

    def respond(seen: Seen) -> Reply:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        body = Reply(page(1000, int(seen.query["offset"])))
        sleep(0.002)  # so that those who are not held back meet here
        with lock:
            under_way -= 1
        return body

    with (
        scripted(respond) as script,
        live(script.base_url, concurrency=3) as writer,
        ThreadPoolExecutor(12) as pool,
    ):
        list(pool.map(lambda _: writer.objects(FUNCTION, CONNECTION), range(12)))
    assert 1 <= most <= 3


def test_after_a_stop_nothing_is_sent(server: Running) -> None:
    with live(server.base_url) as writer:
        writer.objects(FUNCTION, CONNECTION)
        before = len(server.log)
        writer.stop()
        with pytest.raises(Stopped) as caught:
            writer.send(PATCH)
        with pytest.raises(Stopped):
            writer.reader.objects(FUNCTION, CONNECTION)
    assert not caught.value.maybe_sent
    assert len(server.log) == before


def test_a_stop_ends_the_waiting_for_a_retry(server: Running, time: Time) -> None:
    server.faults.add(Fault(Status(503, retry_after="100", committed=True), path=PATCH.path, times=None))
    start = time.now
    with live(server.base_url, time) as writer:
        time.on_sleep = writer.stop
        with pytest.raises(LiveError, match="503") as caught:
            writer.send(PATCH)
    assert caught.value.maybe_sent
    assert time.now - start < 1
    assert len(server.log.writes) == 1


def test_a_stop_ends_the_waiting_for_a_turn(server: Running, time: Time) -> None:
    with live(server.base_url, time, rate=0.01) as writer:
        time.on_sleep = writer.stop
        with pytest.raises(Stopped):
            writer.objects(FUNCTION, CONNECTION)
    assert time.now < 1001


def test_closing_cuts_what_is_under_way() -> None:
    arrived = threading.Event()
    released = threading.Event()

    def respond(_seen: Seen) -> Reply:
        arrived.set()
        released.wait(10)
        return Reply({})

    with scripted(respond) as script, ThreadPoolExecutor(1) as pool:
        with live(script.base_url, timeout=60) as writer:
            sending = pool.submit(writer.send, PATCH)
            assert arrived.wait(10)
        error = sending.exception(timeout=10)
        released.set()
    assert isinstance(error, LiveError)
    assert error.maybe_sent


def test_a_stop_leaves_what_is_under_way_a_moment_to_finish(server: Running) -> None:
    server.faults.add(Fault(Delay(0.2), path=PATCH.path))
    with live(server.base_url) as writer, ThreadPoolExecutor(1) as pool:
        writer.objects(FUNCTION, CONNECTION)
        sending = pool.submit(writer.send, PATCH)
        while not server.faults._rules[0][1][0]:
            pass
        writer.stop()
        assert sending.result(timeout=10)["description"] == "new"


def test_ten_thousand_items_are_a_hundred_requests() -> None:
    with serve(world(10_000)) as server, live(server.base_url, concurrency=10) as writer:
        assert len(writer.objects(FUNCTION, CONNECTION)) == 10_000
        assert len([e for e in server.log if e.path == FUNCTIONS]) == 100
