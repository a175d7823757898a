"""What metadata says of an object's life: fields to leave alone, objects to protect, names that changed."""

from __future__ import annotations

import pytest

from tests.cli.builder import CUSTOMER_SYNC, Books, Shell

ADDRESS = "xero-au/Automation/customer-sync"


def with_metadata(books: Books, more: str) -> None:
    books.edit("customer-sync.yaml", "connection: xero-au}", f"connection: xero-au, {more}}}")


def test_an_ignored_field_is_neither_compared_nor_healed(applied: Books, shell: Shell) -> None:
    with_metadata(applied, "lifecycle: {ignore: [check_on]}")
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    assert shell.plan()["changes"] == []
    assert shell("drift", "--detailed-exitcode").code == 0


def test_an_ignored_field_is_set_when_the_object_is_created(empty_books: Books, shell: Shell) -> None:
    empty_books.automation("new", "name: New one\ncheck_on: 4 hours\n")
    empty_books.edit(
        "new.yaml", "connection: xero-au}", "connection: xero-au, lifecycle: {ignore: [check_on]}}"
    )
    shell.apply()
    assert "4 hours" in str(empty_books.sent)


def test_a_field_that_does_not_exist_cannot_be_ignored(books: Books, shell: Shell) -> None:
    with_metadata(books, "lifecycle: {ignore: [chek_on]}")
    ended = shell("validate")
    assert ended.code == 5
    assert "did you mean check_on?" in ended.out


def test_a_protected_object_may_not_change(applied: Books, shell: Shell) -> None:
    with_metadata(applied, "lifecycle: {protect: true}")
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    assert [(o["guard"], o["addresses"]) for o in shell.plan()["objections"]] == [("protect", [ADDRESS])]
    assert shell("apply", "--auto-approve").code == 4
    assert not applied.sent


def test_a_renamed_manifest_keeps_its_record(applied: Books, shell: Shell) -> None:
    applied.edit(
        "customer-sync.yaml",
        "name: customer-sync, connection: xero-au}",
        "name: clients, connection: xero-au, moved_from: customer-sync}",
    )
    plan = shell.plan()
    assert plan["changes"] == []
    assert plan["moves"] == [{"from": ADDRESS, "to": "xero-au/Automation/clients"}]
    shell.apply()
    assert not applied.sent
    listed = shell.ok("state", "list").out
    assert "Automation/clients " in listed
    assert ADDRESS not in listed
    assert shell.plan()["moves"] == []


def test_without_it_the_old_record_is_forgotten_and_the_object_adopted(applied: Books, shell: Shell) -> None:
    applied.edit("customer-sync.yaml", "name: customer-sync,", "name: clients,")
    actions = {c["address"]: c["action"] for c in shell.plan()["changes"]}
    assert actions[ADDRESS] == "forget"


@pytest.mark.parametrize(
    ("old", "rule"), [("supplier-export", "moved-from"), ("Not a name", "bad-name")], ids=["taken", "no name"]
)
def test_a_record_moves_only_from_a_name_that_is_free(
    old: str, rule: str, books: Books, shell: Shell
) -> None:
    with_metadata(books, f"moved_from: {old}")
    ended = shell("validate", "--format", "json")
    assert ended.code == 5
    assert [p["rule"] for p in ended.document["problems"]] == [rule]
