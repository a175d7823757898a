"""A list is whole, or it is an error: never shorter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.emulator import Cut, Effect, Fault, Garbage, Running, Status, Truncate, serve
from reconciler.errors import LiveError
from reconciler.live import IncompleteList
from reconciler.web.errors import NotFound, ServerFault, StrangeResponse, Unreachable
from tests.live.doubles import (
    AUTOMATION,
    CONNECTION,
    FUNCTION,
    FUNCTIONS,
    Reply,
    Seen,
    function,
    live,
    page,
    scripted,
    world,
)


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (1, 1), (100, 1), (101, 2), (250, 3), (1000, 10)])
def test_a_list_takes_one_request_for_each_hundred(count: int, requests: int) -> None:
    with serve(world(count)) as server, live(server.base_url) as writer:
        found = writer.objects(FUNCTION, CONNECTION)
    assert sorted(o.name for o in found.values()) == sorted(f"Function {n}" for n in range(count))
    assert all(uuid == observed.uuid for uuid, observed in found.items())
    pages = [e.query for e in server.log if e.path == FUNCTIONS]
    assert sorted(int(query["offset"]) for query in pages) == [n * 100 for n in range(requests)]
    assert {query["limit"] for query in pages} == {"100"}


def test_objects_come_in_the_order_of_their_uuids(server: Running) -> None:
    with live(server.base_url) as writer:
        found = list(writer.objects(FUNCTION, CONNECTION))
    assert found == sorted(found)


def test_numbers_may_travel_as_text() -> None:
    def respond(seen: Seen) -> Reply:
        offset = seen.query["offset"]
        return Reply(page(150, int(offset), records="150", limit="100", offset=offset))

    with scripted(respond) as script, live(script.base_url) as writer:
        assert len(writer.objects(FUNCTION, CONNECTION)) == 150


def test_the_link_to_the_next_page_is_never_followed() -> None:
    with (
        scripted(lambda seen: Reply(page(150, int(seen.query["offset"])))) as script,
        live(script.base_url) as w,
    ):
        w.objects(FUNCTION, CONNECTION)
        assert {seen.path for seen in script.calls} == {FUNCTIONS}


def test_an_unknown_connection_is_an_error_that_names_it(server: Running) -> None:
    with live(server.base_url) as writer, pytest.raises(NotFound, match="no connection 99999999-aaaa"):
        writer.objects(AUTOMATION, "99999999-aaaa")


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize(
    ("effect", "error"),
    [
        (Status(500), ServerFault),
        (Status(503), ServerFault),
        (Cut(), Unreachable),
        (Cut(reset=True), Unreachable),
        (Truncate(), Unreachable),
        (Truncate(0), Unreachable),
        (Garbage(), StrangeResponse),
        (Garbage(b"[]", "application/json"), StrangeResponse),
        (Garbage(b"{}", "application/json"), StrangeResponse),
        (Status(404), NotFound),
    ],
)
def test_a_page_that_fails_makes_the_whole_list_fail(
    nth: int, effect: Effect, error: type[LiveError]
) -> None:
    with serve(world(250)) as server:
        server.faults.add(Fault(effect, path=FUNCTIONS, nth=nth, times=None))
        with live(server.base_url) as writer, pytest.raises(error):
            writer.objects(FUNCTION, CONNECTION)


def test_a_page_that_fails_once_is_asked_for_again() -> None:
    with serve(world(250)) as server:
        server.faults.add(Fault(Truncate(), path=FUNCTIONS, nth=2))
        with live(server.base_url) as writer:
            assert len(writer.objects(FUNCTION, CONNECTION)) == 250


Bent = Callable[[dict[str, Any], int], None]


def bent(how: Bent) -> Callable[[Seen], Reply]:
    """A list of 250 with one thing wrong."""

    def respond(seen: Seen) -> Reply:
        offset = int(seen.query["offset"])
        body = page(250, offset)
        how(body, offset)
        return Reply(body)

    return respond


def on(offset: int, change: Callable[[dict[str, Any]], object]) -> Bent:
    def how(body: dict[str, Any], at: int) -> None:
        if at == offset:
            change(body)

    return how


def about(**changes: object) -> Callable[[dict[str, Any]], object]:
    return lambda body: body["pagination"].update(changes)


@pytest.mark.parametrize(
    "how",
    [
        on(200, about(next_page="http://elsewhere.test/more")),
        on(200, about(next_page=None)),
        on(200, lambda body: body["pagination"].pop("next_page")),
        on(0, about(next_page="NULL")),
        on(100, about(next_page="NULL")),
        on(0, about(records=251)),
        on(0, about(records=50)),
        on(0, about(records=0, next_page="NULL")),
        on(100, about(records=249)),
        on(200, about(records=251)),
        on(100, about(offset=0)),
        on(100, about(limit=20)),
        on(0, lambda body: body["partner_functions"].pop()),
        on(0, lambda body: body["partner_functions"].clear()),
        on(200, lambda body: body["partner_functions"].clear()),
        on(200, lambda body: body["partner_functions"].append(function(999))),
        on(100, lambda body: body.update(page(250, 0), pagination=body["pagination"])),
        on(100, lambda body: body["partner_functions"].__setitem__(0, function(99))),
        on(0, lambda body: body["partner_functions"].__setitem__(1, function(0))),
    ],
)
def test_pages_that_do_not_fit_together_are_read_three_times_and_then_an_error(how: Bent) -> None:
    with scripted(bent(how)) as script, live(script.base_url) as writer:
        with pytest.raises(IncompleteList, match=FUNCTIONS):
            writer.objects(FUNCTION, CONNECTION)
        assert [seen.query["offset"] for seen in script.calls].count("0") == 3


@pytest.mark.parametrize(
    "how",
    [
        on(0, lambda body: body.pop("partner_functions")),
        on(0, lambda body: body.pop("pagination")),
        on(100, lambda body: body.update(partner_functions={})),
        on(100, lambda body: body.update(partner_functions=None)),
        on(100, lambda body: body.update(pagination=[])),
        on(0, about(records=None)),
        on(0, about(records=True)),
        on(0, about(records=-1)),
        on(0, about(records="many")),
        on(0, about(records=10**12)),
        on(0, about(records=10**8, next_page="more")),
        on(100, about(offset=None)),
        on(200, lambda body: body["partner_functions"].__setitem__(0, None)),
        on(200, lambda body: body["partner_functions"].__setitem__(0, "text")),
        on(200, lambda body: body["partner_functions"][0].pop("uuid")),
        on(200, lambda body: body["partner_functions"][0].update(uuid="")),
        on(200, lambda body: body["partner_functions"][0].update(uuid=7)),
        on(200, lambda body: body["partner_functions"][0].update(name={"is": "no text"})),
        on(200, lambda body: body["partner_functions"][0].update(enabled=["true"])),
    ],
)
def test_what_is_no_page_is_strange_and_says_which_request(how: Bent) -> None:
    with (
        scripted(bent(how)) as script,
        live(script.base_url) as writer,
        pytest.raises(StrangeResponse, match=f"GET {FUNCTIONS}"),
    ):
        writer.objects(FUNCTION, CONNECTION)


def test_a_list_that_shifted_while_it_was_read_is_read_again() -> None:
    counts = iter([250, 249, 250])

    def respond(seen: Seen) -> Reply:
        offset = int(seen.query["offset"])
        return Reply(page(next(counts, 249) if offset < 200 else 249, offset))

    with scripted(respond) as script, live(script.base_url, concurrency=1) as writer:
        assert len(writer.objects(FUNCTION, CONNECTION)) == 249
