"""The plan as a document: it says everything, reads back as it was, and finds damage."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from reconciler.changes import Evidence, FieldChange, Update
from reconciler.errors import Refused, UsageError
from reconciler.plan import Plan
from reconciler.planfile import dump, encode, parse, plan_id, to_document
from reconciler.values import digest
from tests.render.plans import plans
from tests.render.samples import CATCHING_UP, EVERYTHING, NOTHING, SUPPLIER_EXPORT, plan

FULL = replace(EVERYTHING, catch_up=(CATCHING_UP,))


def resealed(document: dict[str, Any]) -> bytes:
    """As somebody would write it who knows how ids and checksums are made."""
    document.pop("checksum")
    done = {
        k: v for k, v in document.items() if k not in {"id", "created_at", "project_commit", "base_commit"}
    }
    done["changes"] = json.loads(json.dumps(done["changes"]))
    for change in done["changes"] if isinstance(done["changes"], list) else []:
        for field in change.get("fields", []) if isinstance(change, dict) else []:
            field.pop("source")  # where a value is written does not change what is done
    document["id"] = digest(done)
    return encode({**document, "checksum": digest(document)})


@given(plans)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
def test_what_is_written_reads_back_equal(made: Plan) -> None:
    assert parse(dump(made)) == made


@given(plans)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
def test_a_document_is_one_spelling_that_no_terminal_or_runner_acts_on(made: Plan) -> None:
    data = dump(made)
    assert data == dump(parse(data))
    assert data.isascii()
    assert not any(c < 0x20 and c != 0x0A for c in data)
    assert 0x7F not in data
    assert b"##[" not in data
    assert not any(line.lstrip().startswith(b"::") for line in data.splitlines())


def test_the_document_has_the_keys_of_the_contract() -> None:
    document: Any = to_document(FULL)
    assert document.keys() >= {
        "format_version", "id", "environment", "created_at", "project_commit", "state", "summary", "changes", "objections",
    }  # fmt: skip
    assert document["state"] == {"lineage": "0b9f1c1e", "serial": 7}
    change = next(c for c in document["changes"] if c["address"] == "xero-au/Automation/supplier-export")
    assert change.keys() >= {
        "address", "action", "uuid", "cause", "fields", "requests", "precondition", "depends_on",
    }  # fmt: skip
    assert change["fields"][0] == {
        "path": "check_on",
        "before": "6 hours",
        "after": "4 hours",
        "recorded": "8 hours",
        "cause": "conflict",
        "evidence": "observed",
        "source": {"file": "automations.yaml", "line": 12, "column": 5},
    }


def test_absent_is_left_out_and_null_is_null() -> None:
    document: Any = to_document(FULL)
    tax = next(
        f for c in document["changes"] for f in c["fields"] if f["path"] == "account.export.default_tax"
    )
    assert "before" not in tax
    assert tax["after"] is None
    created = next(c for c in document["changes"] if c["action"] == "create")
    assert created["uuid"] is None
    assert "body" not in created["requests"][1]


def test_what_is_to_be_done_decides_the_id_and_nothing_else_does() -> None:
    again = replace(FULL, created_at="2030-01-01T00:00:00Z", project_commit="another")
    assert plan_id(again) == plan_id(FULL)
    assert dump(again) != dump(FULL)
    assert plan_id(replace(FULL, serial=8)) != plan_id(FULL)
    assert plan_id(replace(FULL, changes=FULL.changes[1:])) != plan_id(FULL)
    assert plan_id(replace(FULL, origin="https://elsewhere.example")) != plan_id(FULL)


def test_the_order_of_keys_in_a_value_does_not_matter() -> None:
    one, other = (
        plan(replace(SUPPLIER_EXPORT, fields=(replace(SUPPLIER_EXPORT.fields[0], after=value),)))
        for value in ({"a": 1, "b": 2}, {"b": 2, "a": 1})
    )
    assert dump(one) == dump(other)


def test_every_truncation_is_refused() -> None:
    data = dump(FULL)
    for length in range(0, len(data) - 1, 7):
        with pytest.raises(Refused):
            parse(data[:length])


def test_every_changed_value_is_refused() -> None:
    text = dump(FULL).decode()
    for old, new in (
        ('"4 hours"', '"5 hours"'), ('"serial": 7', '"serial": 8'), ("2026-01-01", "2026-01-02"), ('"delete"', '"forget"'),
        ("supplier-export", "supplier-exporu"), ("PATCH", "POST"), ('"unchanged": 38', '"unchanged": 39'),
    ):  # fmt: skip
        assert old in text
        with pytest.raises(Refused, match=r"altered|damaged"):
            parse(text.replace(old, new, 1).encode())


def test_reformatting_is_no_alteration() -> None:
    assert parse(json.dumps(json.loads(dump(FULL)), sort_keys=True).encode()) == FULL


def test_another_major_format_is_refused_and_a_later_minor_one_is_read() -> None:
    document: Any = json.loads(dump(FULL))
    with pytest.raises(Refused, match=r"format '2\.0'"):
        parse(resealed({**document, "format_version": "2.0"}))
    assert parse(resealed({**document, "format_version": "1.1", "weather": "fine"})) == FULL


@pytest.mark.parametrize("edit", [{"weather": "fine"}, {"summary": {"unchanged": 38, "delete": 0}}])
def test_a_document_that_says_more_or_other_than_its_plan_is_refused(edit: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="more, or other"):
        parse(resealed({**json.loads(dump(FULL)), **edit}))


@pytest.mark.parametrize(
    "edit",
    [
        {"serial": 1, "state": None}, {"state": {"lineage": 1, "serial": 7}}, {"state": {"lineage": "a", "serial": True}},
        {"changes": [1]}, {"changes": {}}, {"changes": [{"address": "x", "action": "update"}]}, {"connections": {"a": 1}},
        {"changes": [{"action": "explode"}]}, {"objections": [{"guard": "g", "message": "m", "addresses": [1]}]},
    ],
)  # fmt: skip
def test_what_is_sealed_and_yet_no_plan_is_a_usage_error(edit: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        parse(resealed({**json.loads(dump(FULL)), **edit}))


@pytest.mark.parametrize(
    "data",
    [b"[]", b"1", b"{}", b'"x"', b"hello", b"\xff\xfe", b"[" * 100_000, b'{"format_version": "1.2", "terraform_version": "1"}'],
)  # fmt: skip
def test_anything_else_is_no_plan(data: bytes) -> None:
    with pytest.raises(UsageError, match="no plan file"):
        parse(data)


@pytest.mark.parametrize("data", [b"", b'{"a": 1, "a": 2}', b'{"a": NaN}', b'{"a": ' + b"[" * 100_000])
def test_an_object_that_is_no_clean_json_counts_as_damaged(data: bytes) -> None:
    with pytest.raises(Refused, match="damaged"):
        parse(data)


def test_an_empty_plan_is_a_plan() -> None:
    assert parse(dump(NOTHING)) == NOTHING


def test_evidence_and_cause_survive() -> None:
    change = parse(dump(FULL)).changes[1]
    assert isinstance(change, Update)
    field: FieldChange = change.fields[4]
    assert field.evidence is Evidence.ASSERTED
