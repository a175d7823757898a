"""A token goes to one origin, decided before anything is sent."""

from __future__ import annotations

import pytest

from reconciler.emulator import Running
from reconciler.errors import Refused, UsageError
from reconciler.web.origin import Origin
from tests.live.doubles import CONNECTION, FUNCTION, live


def test_another_origin_than_the_trusted_one_is_refused_before_anything_is_sent(server: Running) -> None:
    with (
        pytest.raises(Refused, match="not the trusted origin"),
        live(server.base_url, trusted="https://api.test"),
    ):
        pytest.fail("it was opened")
    assert len(server.log) == 0


@pytest.mark.parametrize("tail", ["", "/", "/some/path"])
def test_the_trusted_origin_is_let_through(server: Running, tail: str) -> None:
    with live(server.base_url, trusted=server.base_url + tail) as writer:
        assert len(writer.objects(FUNCTION, CONNECTION)) == 3


@pytest.mark.parametrize(
    ("base_url", "trusted"),
    [
        ("https://api.test", "https://api.test:444"),
        ("https://api.test", "https://api.test.evil.test"),
        ("https://evil.test", "https://api.test"),
        ("http://localhost:443", "https://localhost"),
        ("http://127.0.0.1", "http://localhost"),
    ],
)
def test_origins_differ_by_scheme_host_and_port(base_url: str, trusted: str) -> None:
    with pytest.raises(Refused):
        Origin.parse(base_url).require(trusted)


@pytest.mark.parametrize(
    ("base_url", "why"),
    [
        ("http://api.test", "plain http"),
        ("http://192.168.0.1", "plain http"),
        ("http://127.0.0.1.evil.test", "plain http"),
        ("http://localhost.evil.test", "plain http"),
        ("http://0.0.0.0", "plain http"),
        ("ftp://api.test", "https://"),
        ("api.test", "https://"),
        ("https://", "https://"),
        ("https://user:pass@api.test", "user name or password"),
        ("https://localhost@evil.test", "user name or password"),
        ("https://api.test/?x=1", "query"),
        ("https://api.test/#x", "fragment"),
        ("https://api.test/a/%2e%2e/b", "path"),
        ("https://api.test:port", "no URL"),
    ],
)
def test_an_address_that_could_leak_a_token_is_refused_without_repeating_it(base_url: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as caught, live(base_url):
        pytest.fail("it was opened")
    assert "pass@" not in str(caught.value)


@pytest.mark.parametrize(
    "base_url", ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1", "https://api.test/v"]
)
def test_loopback_may_be_plain_and_a_path_may_stand_in_front(base_url: str) -> None:
    assert str(Origin.parse(base_url).url("/api/x")) == f"{base_url}/api/x"
