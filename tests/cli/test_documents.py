"""`--format json`: one document on stdout and nothing else, with the promised keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.builder import CUSTOMER_SYNC, SUPPLIER_EXPORT, SYNC, Books, Shell

PLAN = {
    "format_version", "id", "environment", "created_at", "project_commit", "state", "summary", "changes", "objections",
}  # fmt: skip
SUMMARY = {"create", "update", "adopt", "delete", "forget", "unchanged", "drift", "conflict"}
CHANGE = {"address", "action", "uuid", "cause", "fields", "requests", "precondition", "depends_on"}
FIELD = {"path", "before", "after", "recorded", "cause", "evidence", "source"}
CAUSES = {"change", "drift", "conflict", "adopt", "unverified", "suspect", "release"}


def check_plan(document: Any) -> None:  # noqa: ANN401 - JSON
    """The shape of a plan document, whatever is in it."""
    assert document.keys() >= PLAN
    assert document["format_version"] == "1.0"
    assert document["id"].startswith("sha256:")
    assert document["state"].keys() == {"lineage", "serial"}
    assert document["summary"].keys() == SUMMARY
    assert all(type(count) is int for count in document["summary"].values())
    for change in document["changes"]:
        assert change.keys() >= CHANGE
        assert change["action"] in {"create", "update", "adopt", "delete", "forget"}
        for field in change["fields"]:
            assert field.keys() >= {"path", "cause", "evidence", "source"}
            assert field.keys() <= FIELD
            assert field["cause"] in CAUSES
            assert field["evidence"] in {"observed", "asserted"}
            assert field["source"] is None or field["source"].keys() == {"file", "line", "column"}
        for request in change["requests"]:
            assert request.keys() - {"body"} == {"method", "path"}
    for objection in document["objections"]:
        assert objection.keys() >= {"guard", "message", "addresses"}


@pytest.mark.parametrize("command", ["plan", "drift"])
def test_a_plan_of_every_kind_has_the_promised_keys(command: str, applied: Books, shell: Shell) -> None:
    applied.environment("max_changes: 0")
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    applied.automation("new", "name: New one")
    applied.remove("customer-import.yaml")
    applied.console.automation(SUPPLIER_EXPORT, check_on="30 minutes")
    ended = shell.ok(command, "--format", "json")
    assert ended.err == ""
    check_plan(ended.document)
    assert ended.out.count("\n{") == 0


def test_an_update_says_everything_about_its_field(applied: Books, shell: Shell) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    document = shell.plan()
    assert (document["environment"], document["project_commit"]) == ("books", "")
    assert document["state"]["serial"] > 0
    assert document["summary"] == {
        "create": 0, "update": 1, "adopt": 0, "delete": 0, "forget": 0, "unchanged": 2, "drift": 0, "conflict": 0,
    }  # fmt: skip
    (change,) = document["changes"]
    assert {k: change[k] for k in ("address", "action", "uuid", "cause", "depends_on")} == {
        "address": "xero-au/Automation/customer-sync",
        "action": "update",
        "uuid": CUSTOMER_SYNC,
        "cause": "change",
        "depends_on": [],
    }
    assert change["precondition"].startswith("sha256:")
    assert change["fields"] == [
        {
            "path": "check_on",
            "before": "4 hours",
            "after": "1 hour",
            "recorded": "4 hours",
            "cause": "change",
            "evidence": "observed",
            "source": {"file": "customer-sync.yaml", "line": 6, "column": 13},
        }
    ]
    assert change["requests"] == [
        {
            "method": "PATCH",
            "path": f"/api/v3/integration/922ffe4a-439f-4b1c-b671-d4387bc2ec59/automation/{CUSTOMER_SYNC}",
            "body": {"integration": {"automation_details": {"check_on": "1 hour"}}},
        }
    ]


def test_the_same_question_has_the_same_id(applied: Books, shell: Shell) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    first, second = shell.plan(), shell.plan()
    applied.edit("customer-sync.yaml", "1 hour", "2 hours")
    assert first["id"] == second["id"] != shell.plan()["id"]


def test_an_objection_names_its_guard_and_its_objects(applied: Books, shell: Shell) -> None:
    applied.environment('protect: ["*/Automation/*"]')
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    (objection,) = shell.plan()["objections"]
    assert objection["guard"] == "protect"
    assert objection["message"]
    assert objection["addresses"] == ["xero-au/Automation/customer-sync"]


@pytest.mark.usefixtures("applied")
def test_an_empty_plan_is_a_document_too(shell: Shell) -> None:
    document = shell.plan()
    check_plan(document)
    assert (document["changes"], document["objections"]) == ([], [])
    assert document["summary"]["unchanged"] == 3


def test_a_saved_plan_is_the_same_document(applied: Books, shell: Shell, home: Path) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    ended = shell.ok("plan", "--format", "json", "--out", "plan.json")
    saved = json.loads((home / "plan.json").read_bytes())
    assert ended.document == saved == shell.ok("show", "plan.json", "--format", "json").document
    assert ended.err == "Saved to plan.json. Apply exactly this with: reconciler apply plan.json\n"


def test_the_command_that_is_suggested_names_the_project_and_the_environment(
    books: Books, shell: Shell
) -> None:
    elsewhere = books.folder.rename(books.folder.parent / "our settings")
    ended = shell("-C", elsewhere.name, "-e", "books", "plan", "--out", "plan.json")
    assert ended.err.endswith("reconciler -C 'our settings' -e books apply plan.json\n")


def test_apply_gives_one_document_of_how_everything_ended(applied: Books, shell: Shell) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    plan = shell.plan()["id"]
    ended = shell.apply("--format", "json")
    assert ended.err == ""
    assert ended.document["plan"] == plan
    assert ended.document["summary"]["done"] == 1
    (outcome,) = ended.document["outcomes"]
    assert (outcome["address"], outcome["status"]) == ("xero-au/Automation/customer-sync", "done")
    assert outcome["fields"] == [{"path": "check_on", "result": "verified", "detail": ""}]


def test_apply_without_anything_to_do_is_a_document_as_well(applied: Books, shell: Shell) -> None:
    ended = shell.ok("apply", "--format", "json")
    assert (ended.document["outcomes"], ended.err) == ([], "")
    assert not applied.sent


def test_validate_and_render(books: Books, shell: Shell) -> None:
    assert shell.ok("validate", "--format", "json").document == {
        "valid": True,
        "problems": [],
        "summary": {"errors": 0, "warnings": 0},
    }
    documents = shell.ok("render", "--format", "json").document
    assert {d["metadata"]["name"] for d in documents} == {
        "customer-import", "customer-sync", "supplier-export",
    }  # fmt: skip
    assert not books.sent


def test_the_record(applied: Books, shell: Shell) -> None:
    address = "xero-au/Automation/customer-sync"
    listed = shell.ok("state", "list", "--format", "json").document
    assert {"address": address, "uuid": CUSTOMER_SYNC} in listed
    shown = shell.ok("state", "show", address).document
    assert shown["uuid"] == CUSTOMER_SYNC
    assert shown["fields"]["check_on"] == {"value": "4 hours", "live": "4 hours"}
    history = shell.ok("state", "history", "--format", "json").document
    assert {e["address"] for e in history} == {entry["address"] for entry in listed}
    assert {e["actor"] for e in history} == {"ada"}
    assert applied.state.exists()


def test_the_schema_knows_every_kind(shell: Shell) -> None:
    ended = shell.ok("schema")
    assert ended.err == ""
    kinds = (
        "Automation",
        "CriteriaGroup",
        "PartnerFunction",
        "AccountMapping",
        "TaxMapping",
        "InvoiceMapping",
    )
    assert ended.document["$schema"].startswith("https://json-schema.org/")
    assert all(f'"{kind}"' in ended.out for kind in kinds)


@pytest.mark.parametrize(("form", "start"), [("markdown", "#"), ("html", "<!doctype html>")])
def test_a_plan_for_a_pull_request_or_a_browser(form: str, start: str, applied: Books, shell: Shell) -> None:
    applied.automation("customer-sync", SYNC.replace("4 hours", "1 hour"))
    for command in ("plan", "drift"):
        ended = shell(command, "--format", form)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out.lower().startswith(start)
    assert "customer-sync" in shell("plan", "--format", form).out
