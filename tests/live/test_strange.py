"""Answers that are none end as a typed error in time, and nothing is concluded from them."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest

from reconciler.changes import Request
from reconciler.emulator import Fault, Running, Slow
from reconciler.web.answers import MOST_BYTES
from reconciler.web.errors import Rejected, StrangeResponse, Unreachable
from tests.live.doubles import CONNECTION, FUNCTION, FUNCTIONS, Reply, live, page, scripted

GOOD = json.dumps(page(3, 0)).encode()
PATCH = Request("PATCH", f"{FUNCTIONS}x", {"partner_function": {"name": "x"}})

STRANGE = {
    "html": Reply(b"<html>Maintenance</html>", 200, {"Content-Type": "text/html"}),
    "html that claims to be json": Reply(b"<html>"),
    "no body": Reply(b""),
    "half a body": Reply(GOOD[:50]),
    "null": Reply(b"null"),
    "a list": Reply(b"[]"),
    "a number": Reply(b"7"),
    "NaN": Reply(b'{"records": NaN}'),
    "two documents": Reply(b"{} {}"),
    "UTF-16": Reply(GOOD.decode().encode("utf-16")),
    "latin-1": Reply(
        '{"a": "é"}'.encode("latin-1"), 200, {"Content-Type": "application/json; charset=ISO-8859-1"}
    ),
    "latin-1 that claims to be UTF-8": Reply(b'{"a": "\xe9"}'),
    "bytes": Reply(bytes(range(256))),
    "nested too deeply": Reply(b'{"a":' * 100_000),
    "gzip that is none": Reply(GOOD, 200, {"Content-Encoding": "gzip"}),
    "gzip cut off": Reply(gzip.compress(GOOD)[:-9], 200, {"Content-Encoding": "gzip"}),
    "a gzip bomb": Reply(gzip.compress(b" " * (MOST_BYTES + 1)), 200, {"Content-Encoding": "gzip"}),
    "deflate": Reply(zlib.compress(GOOD), 200, {"Content-Encoding": "deflate"}),
    "too large": Reply(b" " * (MOST_BYTES + 1)),
    "not modified": Reply(b"", 304),
}


@pytest.mark.parametrize("reply", STRANGE.values(), ids=STRANGE)
def test_a_strange_list_is_a_typed_error_at_once(reply: Reply) -> None:
    with scripted(lambda _seen: reply) as script, live(script.base_url) as writer:
        with pytest.raises(StrangeResponse, match=f"GET {FUNCTIONS}") as caught:
            writer.objects(FUNCTION, CONNECTION)
        assert len(script.calls) == 1
    assert not caught.value.maybe_sent
    assert "base_url" in caught.value.hint


@pytest.mark.parametrize("name", ["html", "half a body", "a list", "too large", "gzip cut off"])
def test_a_strange_answer_to_a_write_leaves_it_in_doubt(name: str) -> None:
    with scripted(lambda _seen: STRANGE[name]) as script, live(script.base_url) as writer:
        with pytest.raises(StrangeResponse) as caught:
            writer.send(PATCH)
        assert len(script.calls) == 1
    assert caught.value.maybe_sent


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"\xef\xbb\xbf" + GOOD),
        Reply(GOOD, 200, {"Content-Type": "text/plain"}),
        Reply(GOOD, 200, {"Content-Type": "application/json; charset=ISO-8859-1"}),
        Reply(gzip.compress(GOOD), 200, {"Content-Encoding": "gzip"}),
    ],
    ids=["a byte order mark", "another type", "ascii by another name", "gzip"],
)
def test_what_can_be_read_without_doubt_is_read(reply: Reply) -> None:
    with scripted(lambda _seen: reply) as script, live(script.base_url) as writer:
        assert len(writer.objects(FUNCTION, CONNECTION)) == 3


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_error_and_never_followed(status: int) -> None:
    with scripted(lambda _seen: Reply(page(3, 0))) as thief:
        away = Reply({}, status, {"Location": f"{thief.base_url}{FUNCTIONS}"})
        with scripted(lambda _seen: away) as script, live(script.base_url) as writer:
            with pytest.raises(StrangeResponse, match="never followed"):
                writer.objects(FUNCTION, CONNECTION)
            with pytest.raises(StrangeResponse, match="never followed"):
                writer.send(PATCH)
    assert thief.seen == []


def test_an_answer_that_drips_ends_with_the_deadline(server: Running) -> None:
    server.faults.add(Fault(Slow(60), path=FUNCTIONS, times=None))
    with (
        live(server.base_url, timeout=0.1) as writer,
        pytest.raises(Unreachable, match=r"no answer within 0\.1 s"),
    ):
        writer.objects(FUNCTION, CONNECTION)


def test_a_body_that_no_json_can_spell_is_not_sent(server: Running) -> None:
    with live(server.base_url) as writer, pytest.raises(Rejected, match="not sent") as caught:
        writer.send(Request("POST", FUNCTIONS, {"partner_function": {"name": "\ud800"}}))
    assert not caught.value.maybe_sent
    assert not server.log.writes


def test_the_environment_gives_no_proxy_and_no_other_credentials(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with live(server.base_url) as writer:
        assert len(writer.objects(FUNCTION, CONNECTION)) == 3
