"""One token for all, renewed when it must be; and never seen by anybody."""

from __future__ import annotations

import json
import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest

from reconciler.changes import Request
from reconciler.emulator import ExpireTokens, Fault, Running, Status
from reconciler.errors import LiveError
from reconciler.web.errors import Forbidden, StrangeResponse, Unauthorised
from tests.live.doubles import (
    CONFIGURATION,
    CONNECTION,
    FUNCTION,
    FUNCTIONS,
    TOKEN_PATH,
    Reply,
    Seen,
    Time,
    function,
    live,
    page,
    scripted,
)

SECRETS = ("first-access-token", "first-refresh-token", "a-secret-of-mine", "client-id")


def grants(server: Running) -> list[object]:
    bodies = [entry.body for entry in server.log if entry.path == TOKEN_PATH]
    return [body.get("grant_type") for body in bodies if isinstance(body, dict)]


def test_one_token_serves_all_threads_and_all_requests(server: Running) -> None:
    with live(server.base_url) as writer, ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: len(writer.objects(FUNCTION, CONNECTION)), range(24)))
    assert found == [3] * 24
    assert grants(server) == ["client_credentials"]


def test_nothing_is_asked_before_the_first_request(server: Running) -> None:
    with live(server.base_url):
        pass
    assert len(server.log) == 0


def test_a_401_renews_the_token_once_and_replays_the_request(server: Running) -> None:
    server.faults.add(Fault(ExpireTokens(), path=FUNCTIONS))
    with live(server.base_url) as writer:
        assert len(writer.objects(FUNCTION, CONNECTION)) == 3
    # the refresh token expired with the rest, so the grant starts over
    assert grants(server) == ["client_credentials", "refresh_token", "client_credentials"]
    assert [e.status for e in server.log if e.path == FUNCTIONS] == [401, 200]


def test_a_creation_is_replayed_after_a_401_because_it_was_refused(server: Running) -> None:
    server.faults.add(Fault(ExpireTokens(), method="POST", path=FUNCTIONS))
    with live(server.base_url) as writer:
        writer.send(Request("POST", FUNCTIONS, {"partner_function": {"name": "New"}}))
    assert len(server.log.writes) == 1


def test_a_second_401_is_the_end(server: Running) -> None:
    server.faults.add(Fault(Status(401), path=FUNCTIONS, times=None))
    with live(server.base_url) as writer, pytest.raises(Unauthorised, match="401") as caught:
        writer.objects(FUNCTION, CONNECTION)
    assert not caught.value.maybe_sent
    assert len([e for e in server.log if e.path == FUNCTIONS]) == 2


def test_a_token_is_refreshed_before_it_ends(server: Running, time: Time) -> None:
    with live(server.base_url, time) as writer:
        writer.objects(FUNCTION, CONNECTION)
        time.now += 3600 - 59
        writer.objects(FUNCTION, CONNECTION)
    assert grants(server) == ["client_credentials", "refresh_token"]
    assert [e.status for e in server.log if e.path == FUNCTIONS] == [200, 200]


def test_bad_credentials_are_told_clearly_and_tried_only_once(server: Running) -> None:
    with live(server.base_url, secret="a-secret-of-mine") as writer:
        for _ in range(2):
            with pytest.raises(Unauthorised, match="Unknown client_id or client_secret") as caught:
                writer.objects(FUNCTION, CONNECTION)
            assert "credentials" in caught.value.hint
            assert "a-secret-of-mine" not in str(caught.value)
    assert len(server.log) == 1


@pytest.mark.parametrize(
    "body", [{}, {"access_token": None}, {"access_token": "two\r\nlines"}, {"access_token": 7}]
)
def test_an_answer_without_a_usable_token_is_strange(body: object) -> None:
    with scripted(lambda _seen: Reply(page(3, 0))) as script:
        script.token = lambda _seen: Reply(body)
        with live(script.base_url) as writer, pytest.raises(StrangeResponse, match="access_token"):
            writer.objects(FUNCTION, CONNECTION)
        assert script.calls == []


def test_the_token_endpoint_in_trouble_is_not_hammered() -> None:
    with scripted(lambda _seen: Reply(page(3, 0))) as script:
        script.token = lambda _seen: Reply(status=503)
        with live(script.base_url) as writer, pytest.raises(LiveError, match="503"):
            writer.objects(FUNCTION, CONNECTION)
        assert len(script.seen) == 5


def parrot(status: int, content_type: str) -> Reply:
    """Says every secret, and more than once, on several lines."""
    said = " ".join(SECRETS) + "\n" + "\n".join(SECRETS)
    body = json.dumps({"errors": [{"code": SECRETS[0], "message": "x" * 490 + said, "field": said}]})
    return Reply(body.encode(), status, {"Content-Type": content_type, "Content-Encoding": "identity"})


@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 409, 429, 500, 503])
def test_no_secret_is_in_any_error_though_the_api_repeats_it(status: int) -> None:
    def respond(seen: Seen) -> Reply:
        return parrot(status, "text/html") if seen.method == "PATCH" else Reply(page(1, 0))

    with scripted(respond) as script, live(script.base_url, secret="a-secret-of-mine") as writer:
        writer.objects(FUNCTION, CONNECTION)
        try:
            writer.send(Request("PATCH", f"{FUNCTIONS}x", {"partner_function": {"name": "x"}}))
        except LiveError as error:
            shown = traceback.TracebackException.from_exception(error, capture_locals=True)
            told = [str(error), repr(error), error.hint, *shown.format(), repr(vars(error))]
            assert not [secret for secret in SECRETS for text in told if secret in text]
        else:
            assert status == 200  # the parrot spoke JSON: an answer


@pytest.mark.parametrize(
    "trouble",
    [
        Reply(b"<html>", 200),
        Reply(b"{" * 10, 200, {"Content-Length": "100", "Connection": "close"}),
        Reply(page(3, 5)),
        Reply({"partner_functions": [{"secret": "a-partner's"}], "pagination": {}}),
    ],
)
def test_no_traceback_of_a_read_shows_the_token(trouble: Reply) -> None:
    def respond(seen: Seen) -> Reply:
        return trouble if seen.path == FUNCTIONS else Reply({"integration": function(1)})

    with scripted(respond) as script, live(script.base_url, secret="a-secret-of-mine") as writer:
        try:
            writer.objects(FUNCTION, CONNECTION)
        except LiveError as error:
            shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
            assert not [secret for secret in SECRETS if secret in shown]
        else:
            pytest.fail("a strange list was taken")
        with pytest.raises(StrangeResponse):
            writer.object(CONFIGURATION, CONNECTION, CONNECTION)


def test_no_traceback_shows_a_token_that_cannot_be_used() -> None:
    with scripted(lambda _seen: Reply(page(3, 0))) as script:
        script.token = lambda _seen: Reply({"access_token": "unusable, and secret", "refresh_token": "x"})
        with live(script.base_url) as writer, pytest.raises(StrangeResponse) as caught:
            writer.objects(FUNCTION, CONNECTION)
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "unusable, and secret" not in "".join(shown.format())


def test_a_permission_that_is_missing_is_no_reason_for_a_new_token(server: Running) -> None:
    server.faults.add(Fault(Status(403), path=FUNCTIONS))
    with live(server.base_url) as writer, pytest.raises(Forbidden):
        writer.objects(FUNCTION, CONNECTION)
    assert grants(server) == ["client_credentials"]
