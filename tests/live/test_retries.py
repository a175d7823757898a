"""Tried again only where that can help and can do no harm; and honest about what nobody knows."""

from __future__ import annotations

import socket

import pytest

from reconciler.changes import Request
from reconciler.emulator import Cut, Delay, Effect, Fault, Running, Status, Truncate
from reconciler.errors import LiveError
from reconciler.live import Retry, RetryPolicy
from reconciler.web.errors import NotFound, Rejected, ServerFault, Unreachable
from tests.live.doubles import (
    CONNECTION,
    FUNCTION,
    FUNCTIONS,
    Reply,
    Time,
    function,
    live,
    scripted,
)

ITEM = FUNCTIONS + function(1)["uuid"]
PATCH = Request("PATCH", ITEM, {"partner_function": {"description": "new"}})
ENABLE = Request("POST", f"{ITEM}/enable")
CREATE = Request("POST", FUNCTIONS, {"partner_function": {"name": "New"}})
DELETE = Request("DELETE", ITEM)

LOST = [
    Cut(),
    Cut(committed=True),
    Cut(reset=True),
    Truncate(0),
    Status(502),
    Status(503),
    Status(504, committed=True),
]


def sent(server: Running, request: Request) -> list[bool]:
    """For each time it arrived, whether it took effect."""
    return [e.wrote for e in server.log if (e.method, e.path) == (request.method, request.path)]


@pytest.mark.parametrize("effect", LOST, ids=str)
def test_a_read_is_tried_again(server: Running, effect: Effect) -> None:
    server.faults.add(Fault(effect, path=FUNCTIONS))
    with live(server.base_url) as writer:
        assert len(writer.objects(FUNCTION, CONNECTION)) == 3


@pytest.mark.parametrize("request_", [PATCH, ENABLE, DELETE], ids=["patch", "enable", "delete"])
@pytest.mark.parametrize("effect", LOST, ids=str)
def test_an_absolute_write_is_tried_again(server: Running, effect: Effect, request_: Request) -> None:
    server.faults.add(Fault(effect, path=request_.path))
    with live(server.base_url) as writer:
        writer.send(request_)
    assert len(sent(server, request_)) == 2


@pytest.mark.parametrize("effect", LOST, ids=str)
def test_a_creation_that_may_have_been_sent_is_not_tried_again(server: Running, effect: Effect) -> None:
    server.faults.add(Fault(effect, path=FUNCTIONS))
    with live(server.base_url) as writer, pytest.raises(LiveError, match=f"POST {FUNCTIONS}") as caught:
        writer.send(CREATE)
    assert caught.value.maybe_sent
    assert len(sent(server, CREATE)) == 1


@pytest.mark.parametrize("effect", LOST, ids=str)
def test_a_write_whose_answers_are_all_lost_may_have_taken_effect(server: Running, effect: Effect) -> None:
    server.faults.add(Fault(effect, path=ITEM, times=None))
    with live(server.base_url) as writer, pytest.raises(LiveError) as caught:
        writer.send(PATCH)
    assert caught.value.maybe_sent
    assert len(sent(server, PATCH)) == 5


def test_a_doubt_stays_though_the_second_attempt_is_refused(server: Running) -> None:
    server.faults.add(Fault(Cut(committed=True), path=ITEM), Fault(Status(403), path=ITEM, nth=2))
    with live(server.base_url) as writer, pytest.raises(LiveError, match="403") as caught:
        writer.send(PATCH)
    assert caught.value.maybe_sent


def test_a_deletion_is_done_though_the_second_attempt_finds_nothing(server: Running) -> None:
    server.faults.add(Fault(Cut(committed=True), path=ITEM))
    with live(server.base_url) as writer:
        assert writer.send(DELETE) == {}
    assert sent(server, DELETE) == [True, False]


def test_a_deletion_of_what_was_never_there_is_an_error(server: Running) -> None:
    with live(server.base_url) as writer, pytest.raises(NotFound) as caught:
        writer.send(Request("DELETE", f"{FUNCTIONS}never"))
    assert not caught.value.maybe_sent


@pytest.mark.parametrize(
    "request_", [PATCH, CREATE, ENABLE, DELETE], ids=["patch", "create", "enable", "delete"]
)
def test_a_429_did_nothing_so_everything_is_tried_again(server: Running, request_: Request) -> None:
    server.faults.add(Fault(Status(429), path=request_.path, times=2))
    with live(server.base_url) as writer:
        writer.send(request_)
    assert len(server.log.writes) == 1


@pytest.mark.parametrize("code", [400, 403, 404, 409, 422])
def test_a_refusal_is_final_and_certain(server: Running, code: int) -> None:
    server.faults.add(Fault(Status(code), path=FUNCTIONS))
    with (
        live(server.base_url) as writer,
        pytest.raises(LiveError, match=f"POST {FUNCTIONS}: {code}") as caught,
    ):
        writer.send(CREATE)
    assert not caught.value.maybe_sent
    assert len(sent(server, CREATE)) == 1


def test_a_refusal_says_what_the_api_said(server: Running) -> None:
    body = {"partner_function": {"name": "", "direction": "SIDEWAYS"}}
    with live(server.base_url) as writer, pytest.raises(Rejected) as caught:
        writer.send(Request("PATCH", ITEM, body))
    assert caught.value.message.startswith(f"PATCH {ITEM}: 400 Bad Request: ")
    assert "partner_function.direction" in caught.value.message
    assert [error.field for error in caught.value.errors] == [
        "partner_function.name",
        "partner_function.direction",
    ]


@pytest.mark.parametrize("code", [500, 501, 505, 520])
def test_another_fault_of_the_server_is_not_tried_again_and_leaves_a_doubt(
    server: Running, code: int
) -> None:
    server.faults.add(Fault(Status(code), path=ITEM))
    with live(server.base_url) as writer, pytest.raises(ServerFault) as caught:
        writer.send(PATCH)
    assert caught.value.maybe_sent
    assert len(sent(server, PATCH)) == 1


def test_where_nobody_listens_nothing_was_sent() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and not listening
        retries: list[Retry] = []
        base_url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with (
            live(base_url, retries=retries) as writer,
            pytest.raises(Unreachable, match="no connection") as caught,
        ):
            writer.send(CREATE)
    assert not caught.value.maybe_sent
    assert len(retries) == 4


def test_a_write_without_an_answer_in_time_may_have_taken_effect(server: Running) -> None:
    server.faults.add(Fault(Delay(60, committed=True), path=FUNCTIONS))
    with (
        live(server.base_url, timeout=0.2) as writer,
        pytest.raises(Unreachable, match=r"no answer within 0\.2 s") as caught,
    ):
        writer.send(CREATE)
    assert caught.value.maybe_sent
    assert sent(server, CREATE) == [True]


def test_waits_double_with_chance_on_top_and_are_announced(server: Running, time: Time) -> None:
    server.faults.add(Fault(Status(503), path=FUNCTIONS, times=4))
    retries: list[Retry] = []
    with live(server.base_url, time, chance=0.5, retries=retries) as writer:
        writer.objects(FUNCTION, CONNECTION)
    assert [round(r.wait_seconds, 2) for r in retries] == [0.56, 1.13, 2.25, 4.5]
    assert [r.attempt for r in retries] == [2, 3, 4, 5]
    assert {(r.method, r.path) for r in retries} == {("GET", FUNCTIONS)}
    assert retries[0].reason.startswith("503 Service Unavailable")


def test_the_retries_of_a_run_come_out_of_one_budget(server: Running) -> None:
    server.faults.add(Fault(Status(503), path=FUNCTIONS, times=None))
    with live(server.base_url, policy=RetryPolicy(retries=6)) as writer:
        for _ in range(4):
            with pytest.raises(ServerFault) as caught:
                writer.objects(FUNCTION, CONNECTION)
    assert "used up" in caught.value.hint
    assert len([e for e in server.log if e.path == FUNCTIONS]) == 4 + 6


@pytest.mark.parametrize("reply", [Reply(b"", 204), Reply(b"", 200), Reply(b" \n", 202)])
def test_a_write_that_has_nothing_to_say_is_done(reply: Reply) -> None:
    with scripted(lambda _seen: reply) as script, live(script.base_url) as writer:
        assert writer.send(PATCH) == {}
