"""Neutral text, and neutral lines in a CI log."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, strategies as st

from reconciler.render.layout import hanging, to_text
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
        ("a\x85::x::y", "a\x85: :x::y"),
        ("a\u2028\u3000::x::y", "a\u2028\u3000: :x::y"),
        ("\u200b::x::y", "\u200b: :x::y"),
        (":\xad:x::y", ": :x::y"),
        ("see #\u2060#\x00[error]x", "see ## [error]x"),
        ("##[##[error]x", "## [## [error]x"),
        (":::x::y", ": ::x::y"),
        ("rule::message", "rule::message"),
        ("a :: b", "a :: b"),
    ],
)
def test_a_log_line_is_no_command(text: str, neutral: str) -> None:
    assert without_commands(text) == neutral


def obeyed(log: str) -> bool:
    """As a runner reads: line by line, comparing without what cannot be seen."""
    for line in log.splitlines():
        seen = "".join(c for c in line if unicodedata.category(c) not in {"Cc", "Cf", "Mn"} or c.isspace())
        if seen.strip().startswith("::") or "##[" in seen:
            return True
    return False


commands = st.lists(
    st.sampled_from(
        ["::", ":", "##[", "#", "[", "error", "]", " ", "\t", "\xa0", "\u3000", "\r", "\n", "\r\n", "\x85", "\u2028", "\v", "\x1c",
         "\u200b", "\xad", "\ufeff", "\x00", "\u2060", "x"]
    ), max_size=12,
).map("".join)  # fmt: skip


@given(texts | commands)
@example("::error::x")
def test_no_runner_obeys_a_neutral_log(text: str) -> None:
    assert not obeyed(without_commands(text))


@given(texts | commands)
def test_a_neutral_log_stays_as_it_is(text: str) -> None:
    assert without_commands(without_commands(text)) == without_commands(text)


def test_the_judge_of_logs_knows_a_command() -> None:
    assert obeyed("a\u2028 ::error::x")
    assert obeyed("a #\u200b#[error]x")


@given(
    st.lists(st.sampled_from(["::error::x", "##[error]", "word", "a::b", "宽" * 9]), max_size=9),
    st.integers(4, 40),
)
def test_wrapping_makes_no_command_that_the_sink_lets_through(words: list[str], width: int) -> None:
    lines = hanging("  note ", safe(" ".join(words)), width)
    assert not obeyed(without_commands(to_text(lines, colour=False)))
