"""One object, the configuration, and the connections of which only the names are kept."""

from __future__ import annotations

import pytest

from reconciler.changes import Request
from reconciler.emulator import CLIENT_SECRET, Running, World, serve
from reconciler.errors import Refused
from reconciler.live import Reader
from reconciler.web.errors import StrangeResponse
from reconciler.web.exchange import Call
from tests.live.doubles import (
    CONFIGURATION,
    CONNECTION,
    FUNCTION,
    FUNCTIONS,
    Reply,
    function,
    live,
    scripted,
)


def test_one_object_is_what_the_list_says_of_it(server: Running) -> None:
    uuid = function(1)["uuid"]
    with live(server.base_url) as writer:
        assert writer.object(FUNCTION, CONNECTION, uuid) == writer.objects(FUNCTION, CONNECTION)[uuid]


def test_an_object_that_is_not_there_is_none(server: Running) -> None:
    with live(server.base_url) as writer:
        assert writer.object(FUNCTION, CONNECTION, "no-such-uuid") is None
        assert writer.object(CONFIGURATION, "no-such-uuid", "no-such-uuid") is None


def test_the_configuration_has_the_uuid_of_its_connection(server: Running) -> None:
    with live(server.base_url) as writer:
        observed = writer.object(CONFIGURATION, CONNECTION, CONNECTION)
    assert observed is not None
    assert (observed.uuid, observed.name) == (CONNECTION, "")
    assert isinstance(observed.fields["account.export.enabled"], bool)


@pytest.mark.parametrize(
    "body",
    [
        {"partner_function": function(2)},
        {"partner_function": {**function(1), "uuid": None}},
        {"partner_function": None},
        {"partner_function": {**function(1), "direction": {}}},
        {},
    ],
)
def test_an_answer_about_something_else_is_strange(body: object) -> None:
    uuid = function(1)["uuid"]
    with (
        scripted(lambda _seen: Reply(body)) as script,
        live(script.base_url) as writer,
        pytest.raises(StrangeResponse, match=f"GET {FUNCTIONS}{uuid}"),
    ):
        writer.object(FUNCTION, CONNECTION, uuid)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"integration": None},
        {"integration": {}},
        {"integration": {"account": {}}},
        {"message": "fine"},
        {"integration": {"account": [], "transaction": {"invoice_sync_to_xero": "true"}}},
        {"integration": {"account": {"export": "x", "account_sync_to_xero": "true"}}},
        {"integration": {"account": {"account_sync_to_xero": ["true"]}}},
    ],
)
def test_a_configuration_without_a_field_is_strange_and_not_empty(body: object) -> None:
    with (
        scripted(lambda _seen: Reply(body)) as script,
        live(script.base_url) as writer,
        pytest.raises(StrangeResponse, match="configuration"),
    ):
        writer.object(CONFIGURATION, CONNECTION, CONNECTION)


def test_of_connections_only_the_names_are_kept() -> None:
    with serve(World.sample()) as server, live(server.base_url) as writer:
        names = writer.reader.connections()
    assert names["922ffe4a-439f-4b1c-b671-d4387bc2ec59"] == "Harbour & Vale Pty Ltd"
    assert len(names) == len(server.world.connections)
    assert CLIENT_SECRET not in repr(names)


def test_the_reader_has_no_way_to_write(server: Running) -> None:
    with live(server.base_url) as writer:
        public = {name for name in dir(Reader) if not name.startswith("_")}
        assert public == {"connections", "object", "objects"}
        transport = writer.reader._transport
        for method in ("PATCH", "POST", "DELETE", "PUT", "get"):
            with pytest.raises(Refused, match="only reads"):
                transport.request(Call(method, FUNCTIONS, "none"))
    assert len(server.log) == 0


@pytest.mark.parametrize("uuid", ["", "..", "."])
def test_a_path_that_would_lead_elsewhere_is_refused_before_anything_is_sent(
    server: Running, uuid: str
) -> None:
    with live(server.base_url) as writer, pytest.raises(Refused, match="no path"):
        writer.object(FUNCTION, CONNECTION, f"{uuid}") if uuid else writer.objects(FUNCTION, uuid)
    assert not [entry for entry in server.log if entry.path.startswith("/api/v3")]


@pytest.mark.parametrize(
    "path", ["//elsewhere.test/x", "/a?b=c", "/a#b", "/{uuid}", "/a\\b", "https://x.test/a"]
)
def test_a_plan_cannot_send_to_anywhere_else(server: Running, path: str) -> None:
    with live(server.base_url) as writer, pytest.raises(Refused):
        writer.send(Request("PATCH", path, {}))
    assert not server.log.writes
