"""Neutral text, and neutral lines in a CI log."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given

from reconciler.render.safe import quoted, safe, without_commands
from tests.render.plans import texts


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("Zürich 東京", "Zürich 東京"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\x9b", "\\x9b"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x7f\x00", "\\x7f\\x00"),
        ("\u202egpj", "\\u202egpj"),
        ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
        ("\u2028", "\\u2028"),
        ("\xa0", "\\xa0"),
        ("\ufe0f\U000e0041\U000e0101", "\\ufe0f\\U000e0041\\U000e0101"),
        ("\ud800", "\\ud800"),
        ("\u3164", "\\u3164"),
    ],
)
def test_what_cannot_be_seen_is_shown(text: str, shown: str) -> None:
    assert safe(text) == shown


@given(texts)
def test_neutral_text_is_one_visible_line_and_stays_as_it_is(text: str) -> None:
    shown = safe(text)
    assert safe(shown) == shown
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in shown)
    shown.encode()


@given(texts, texts)
def test_two_values_never_look_the_same(one: str, other: str) -> None:
    assert (quoted(one) == quoted(other)) == (one == other)


@pytest.mark.parametrize(
    ("text", "neutral"),
    [
        ("::error::x", ": :error::x"),
        ("a\n  ::set-output name=x::y\n", "a\n  : :set-output name=x::y\n"),
        ("a\r::x::y", "a\r: :x::y"),
        ("\xa0::x::y", "\xa0: :x::y"),
        ("see ##[error]x", "see ## [error]x"),
        ("rule::message", "rule::message"),
        ("a :: b", "a :: b"),
    ],
)
def test_a_log_line_is_no_command(text: str, neutral: str) -> None:
    assert without_commands(text) == neutral


@given(texts)
def test_no_runner_obeys_a_neutral_log(text: str) -> None:
    shown = without_commands(text)
    assert "##[" not in shown
    assert not any(line.strip().startswith("::") for line in shown.splitlines())
