"""A write leaves only while its sender may write, asked right before the bytes go out."""

from __future__ import annotations

import pytest

from reconciler.changes import Request
from reconciler.emulator import Fault, Running, Status
from reconciler.web.errors import Stopped
from tests.live.doubles import CONNECTION, FUNCTION, FUNCTIONS, live

POST = Request("POST", FUNCTIONS, {"partner_function": {"name": "New", "object_name": "customer"}})


def test_nothing_is_written_once_it_is_not_allowed_any_more(server: Running) -> None:
    with live(server.base_url) as writer:
        writer.only_while(lambda: False)
        with pytest.raises(Stopped, match="may be somebody else's") as caught:
            writer.send(POST)
        assert caught.value.stopped
        assert not caught.value.maybe_sent
        assert len(writer.objects(FUNCTION, CONNECTION)) == 3  # to read harms nobody
    assert not server.log.writes


def test_a_write_is_not_tried_again_once_it_is_not_allowed_any_more(server: Running) -> None:
    server.faults.add(Fault(Status(503), "PATCH"))
    path = f"{FUNCTIONS}f0000000-0000-4000-8000-000000000000"
    with live(server.base_url) as writer:
        # each request goes out in two pieces: its head and its body
        asked = iter([True, True])
        writer.only_while(lambda: next(asked, False))
        with pytest.raises(Stopped) as caught:
            writer.send(Request("PATCH", path, {"partner_function": {"name": "x"}}))
        assert caught.value.maybe_sent  # a 503 tells nothing of its effect
    assert [e.status for e in server.log if e.method == "PATCH"] == [503]


def test_a_request_that_is_cut_between_its_head_and_its_body_never_was(server: Running) -> None:
    with live(server.base_url) as writer:
        asked = iter([True])
        writer.only_while(lambda: next(asked, False))
        with pytest.raises(Stopped):
            writer.send(POST)
        writer.only_while(lambda: True)
        assert len(writer.objects(FUNCTION, CONNECTION)) == 3
    assert not server.log.writes
