"""The copy of a record: equal bytes for equal records, and no damage that goes unseen."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from reconciler.backends import cipher_of
from reconciler.errors import Refused, StateError, UsageError
from reconciler.planfile import encode
from reconciler.resources import Address
from reconciler.state import HistoryEntry, Intent, State
from reconciler.statefile import FORMAT, Kept, dump, parse
from reconciler.values import Secret, digest
from tests.backends.samples import CONFIGURATION, KEYS, A, B, entry, record
from tests.backends.test_contract import TRANSITIONS, spelt

SEED = 20261124
FORMATS = Path(__file__).with_name("formats")
INTENT = Intent("i1", "run-1", A, "update", "2026-01-01T00:00:00Z", [{"body": {"a": 1}}])
LOCK = HistoryEntry(
    "2026-01-02", "ann", "", "", "r", Address("-", "Lock"), "unlock", "done", "##[é\0\ud800", []
)
STATE = State("l1", 7, {A: record(A, {"b": [1, 1.0, True, None, "##["]}), B: record(B)}, {"i1": INTENT})
KEPT = Kept("production", STATE, (LOCK, entry("2", CONFIGURATION), entry("1")))
CIPHER = cipher_of([("key", Secret(KEYS[0]))])


def unwanted(_: bytes) -> bytes:
    raise AssertionError("nothing is sealed here")


def test_a_copy_reads_back_as_what_was_copied() -> None:
    found = parse(dump(KEPT), unwanted)
    assert found == KEPT
    assert spelt(found.state) == spelt(STATE)


@settings(max_examples=60, deadline=None)
@given(st.lists(TRANSITIONS, max_size=4))
def test_any_record_reads_back_equal(transitions: list) -> None:  # type: ignore[type-arg]
    state, history = State("l1"), ()
    for transition in transitions:
        state, history = state.after(transition), (*reversed(transition.history), *history)
    kept = Kept("production", state, history)
    found = parse(dump(kept), unwanted)
    assert (spelt(found.state), found.history) == (spelt(state), history)


def test_equal_records_are_equal_bytes_in_whatever_order_they_came() -> None:
    turned = State("l1", 7, dict(reversed(list(STATE.records.items()))), STATE.intents)
    assert dump(Kept("production", turned, KEPT.history)) == dump(KEPT)


def test_a_sealed_copy_opens_with_its_key_alone_and_shows_no_value() -> None:
    data = dump(KEPT, CIPHER.seal)
    assert b"4 h" not in data
    assert b"uuid-1" not in data
    assert parse(data, CIPHER.open) == KEPT
    with pytest.raises(StateError, match="no key"):
        parse(data, cipher_of([("key", Secret(KEYS[1]))]).open)


def test_a_seal_put_under_another_head_is_refused() -> None:
    document = json.loads(dump(KEPT, CIPHER.seal))
    other = json.loads(dump(Kept("staging", State("l2", 99), ()), CIPHER.seal))
    swapped = {**other, "sealed": document["sealed"]}
    swapped["checksum"] = digest({k: v for k, v in swapped.items() if k != "checksum"})
    with pytest.raises(Refused, match="belongs to another"):
        parse(encode(swapped), CIPHER.open)


@pytest.mark.parametrize("seal", [None, CIPHER.seal], ids=["plain", "sealed"])
def test_every_truncation_and_every_flipped_byte_is_told(seal: None) -> None:
    whole = dump(KEPT, seal)
    for length in range(len(whole)):
        with pytest.raises((Refused, UsageError)):
            parse(whole[:length], CIPHER.open)
    chance = random.Random(SEED)  # noqa: S311 - a seeded test
    for place in range(len(whole)):
        for change in {1 << chance.randrange(8), chance.randrange(1, 256), whole[place] ^ 0x20 or 1}:
            flipped = whole[:place] + bytes([whole[place] ^ change]) + whole[place + 1 :]
            with pytest.raises((Refused, UsageError)):
                parse(flipped, CIPHER.open)


@pytest.mark.parametrize("content", [b"", b"hello", b"[]", b"{}", b'{"format_version": "1.0"}', b"\xff\xfe"])
def test_what_is_no_copy_is_refused_with_a_hint(content: bytes) -> None:
    with pytest.raises((Refused, UsageError)) as caught:
        parse(content, unwanted)
    assert caught.value.hint


def test_a_value_changed_by_hand_is_refused() -> None:
    with pytest.raises(Refused, match="altered"):
        parse(dump(KEPT).replace(b"uuid-1", b"uuid-2"), unwanted)


def test_a_newer_format_is_refused() -> None:
    with pytest.raises(Refused, match="this version reads") as caught:
        parse(dump(KEPT).replace(b'"1.0"', b'"2.0"'), unwanted)
    assert "upgrade" in caught.value.hint


def test_a_copy_of_every_released_format_is_read() -> None:
    files = sorted(FORMATS.glob("*.state.json"))
    assert [p.name for p in files] == [f"{n}.state.json" for n in range(1, int(float(FORMAT)) + 1)]
    for path in files:
        assert parse(path.read_bytes(), unwanted) == KEPT
