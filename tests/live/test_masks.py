"""A secret of ours that a service says back is taken out, however it is spelt."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, strategies as st

from reconciler.values import Secret
from reconciler.web.bearer import masked

SECRET = 'sécrèt "\\/+&=% <x>'


@pytest.mark.parametrize(
    "spelt",
    [
        SECRET, json.dumps(SECRET), json.dumps(SECRET, ensure_ascii=False), quote(SECRET), quote(SECRET, safe=""),
        quote_plus(SECRET), quote_plus(SECRET).lower(), SECRET.encode().hex(), SECRET.encode().hex().upper(),
    ],
)  # fmt: skip
def test_every_usual_spelling_is_masked(spelt: str) -> None:
    assert masked(f"<{spelt}>", Secret(SECRET)).replace('"', "") == "<***>"


@given(st.binary(max_size=7), st.text(min_size=12, max_size=40), st.binary(max_size=7))
def test_inside_of_base64_nothing_of_it_can_be_read(before: bytes, secret: str, after: bytes) -> None:
    raw = secret.encode("utf-8", "surrogatepass")
    for code in (base64.b64encode, base64.urlsafe_b64encode):
        told = masked(code(before + raw + after).decode(), Secret(secret))
        assert "***" in told
        assert len(told.replace("***", "")) <= len(code(before + after).decode()) + 8


def test_the_longer_of_two_goes_first() -> None:
    assert masked("x canary-long y", Secret("canary"), Secret("canary-long")) == "x *** y"


def test_what_is_too_short_for_a_secret_garbles_no_message() -> None:
    assert masked("a message", Secret("a"), Secret("")) == "a message"
