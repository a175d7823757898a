"""`accept`: what live has becomes what the manifests say, and `git diff` shows these lines alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.cli.builder import AU, CUSTOMER_IMPORT, CUSTOMER_SYNC, SUPPLIER_EXPORT, Books, Shell, indented

SYNC, EXPORT = "xero-au/Automation/customer-sync", "xero-au/Automation/supplier-export"
STYLED = """\
# what we agreed with the bookkeepers
apiVersion: reconciler/v1
kind:   Automation
metadata: {name: customer-sync, connection: xero-au}   # do not rename
spec:
    direction:  IMPORT
    name: 'Customer sync'      # as in the console

    check_on: "4 hours"        # the ledger closes at six
    enabled:  true
"""


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*.yaml"))}


def drifted(books: Books) -> dict[str, bytes]:
    """Somebody changed two automations in the console."""
    books.console.automation(CUSTOMER_SYNC, check_on="8 hours", name="Customers # 1")
    books.console.automation(SUPPLIER_EXPORT, check_on="30 minutes")
    books.sent  # noqa: B018 - what the console sent is forgotten
    return files(books.folder)


@pytest.fixture
def styled(applied: Books, shell: Shell) -> Books:
    applied.write("customer-sync.yaml", STYLED)
    assert shell("plan", "--detailed-exitcode").code == 0
    return applied


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("beginning", ["", "\ufeff"])
def test_drift_becomes_an_edit_of_the_values_alone(
    newline: str, beginning: str, styled: Books, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    path = styled.folder / "customer-sync.yaml"
    text = beginning + STYLED.replace("\n", newline)
    path.write_bytes(text.encode())
    path.chmod(0o640)
    before = drifted(styled)
    ended = shell("accept", SYNC)
    assert ended.code == 0
    assert ended.shown.replace("\\ufeff", "") == snapshot(name="accepted")
    expected = text.replace("'Customer sync'", "'Customers # 1'").replace('"4 hours"', '"8 hours"')
    assert path.read_bytes() == expected.encode()
    assert path.stat().st_mode & 0o777 == 0o640
    after = files(styled.folder)
    assert {n for n in after if after[n] != before[n]} == {"customer-sync.yaml"}
    assert not [p for p in styled.folder.iterdir() if p.name.startswith(".customer")]
    assert [c["address"] for c in shell.plan()["changes"]] == [EXPORT]
    assert not styled.sent


def test_the_record_catches_up_with_the_next_apply_and_nothing_is_sent(applied: Books, shell: Shell) -> None:
    drifted(applied)
    shell("accept", SYNC, EXPORT)
    assert shell("plan", "--detailed-exitcode").code == 0
    shell("apply", "--auto-approve")
    assert not applied.sent
    assert shell("drift", "--detailed-exitcode").code == 0


def test_a_glob_a_field_and_a_dry_run_narrow_it(applied: Books, shell: Shell) -> None:
    before = drifted(applied)
    shown = shell("accept", "xero-au/*", "--dry-run")
    assert shown.code == 0
    assert shown.out.count("+++") == 2
    assert files(applied.folder) == before
    assert shell("accept", "xero-au/*", "--field", "check_*").code == 0
    assert {f["path"] for c in shell.plan()["changes"] for f in c["fields"]} == {"name"}


def test_a_conflict_is_settled_in_live_s_favour(applied: Books, shell: Shell) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    drifted(applied)
    assert shell("apply", "--auto-approve").code == 4
    shell("accept", SYNC)
    assert "check_on: 8 hours\n" in (applied.folder / "customer-sync.yaml").read_text()
    assert [c["address"] for c in shell.plan()["changes"]] == [EXPORT]


def test_what_the_manifest_changed_stays_changed(applied: Books, shell: Shell) -> None:
    applied.edit("customer-sync.yaml", "IMPORT", "EXPORT")
    drifted(applied)
    shell("accept", SYNC)
    (change, _) = shell.plan()["changes"]
    assert [(f["path"], f["cause"]) for f in change["fields"]] == [("direction", "change")]


def test_an_object_that_was_never_ours_is_taken_as_it_is(books: Books, shell: Shell) -> None:
    assert shell("accept", EXPORT, "--field", "check_on").code == 0
    assert "check_on" not in {
        f["path"] for c in shell.plan("--target", EXPORT)["changes"] for f in c["fields"]
    }
    assert not books.sent


def test_in_sync_there_is_nothing_to_accept(applied: Books, shell: Shell) -> None:
    before = files(applied.folder)
    ended = shell("accept", SYNC)
    assert (ended.code, ended.out) == (0, "")
    assert "Nothing to accept" in ended.err
    assert files(applied.folder) == before


def test_a_switch_and_a_fragment_s_flag_are_accepted_as_booleans(applied: Books, shell: Shell) -> None:
    applied.write(
        "mapping.yaml",
        "apiVersion: reconciler/v1\nkind: InvoiceMapping\nmetadata: {name: invoices, connection: xero-au}\n"
        "spec: {sync_to_xero: true, enabled: true} # both\n",
    )
    shell.apply()
    applied.console.send(
        "PATCH",
        f"/api/v3/integration/{AU}/configuration",
        {"transaction": {"invoice": {"export": {"sync_to_xero": "false"}}}},
    )
    applied.console.send("POST", f"/api/v3/integration/{AU}/automation/{CUSTOMER_SYNC}/disable")
    ended = shell("accept", "xero-au/InvoiceMapping/invoices", SYNC)
    assert ended.code == 0, ended.shown
    assert "sync_to_xero: false, enabled: true} # both" in (applied.folder / "mapping.yaml").read_text()
    assert "enabled: false\n" in (applied.folder / "customer-sync.yaml").read_text()


def test_a_reference_follows_to_the_manifest_of_what_live_has(applied: Books, shell: Shell) -> None:
    reference = "perform_action: {ref: PartnerFunction/customer-import} # runs"
    applied.edit("customer-sync.yaml", "enabled: true", f"enabled: true\n  {reference}")
    applied.function("contacts", "{name: Contacts, direction: IMPORT, object_name: contact}\n")
    shell.apply()
    uuid = shell.ok("state", "show", "xero-au/PartnerFunction/contacts").document["uuid"]
    applied.console.automation(CUSTOMER_SYNC, perform_action=uuid)
    assert shell("accept", SYNC).code == 0
    expected = reference.replace("customer-import", "contacts")
    assert expected in (applied.folder / "customer-sync.yaml").read_text()
    applied.edit("contacts.yaml", "name: contacts", "moved_from: contacts, name: people")
    applied.edit("customer-sync.yaml", "contacts", "customer-import")
    assert shell("accept", SYNC).code == 0
    assert expected.replace("contacts", "people") in (applied.folder / "customer-sync.yaml").read_text()
    unknown = applied.console.function(name="Unknown", direction="IMPORT", object_name="x")
    applied.console.automation(CUSTOMER_SYNC, perform_action=unknown)
    ended = shell("accept", SYNC)
    assert ended.code == 4
    assert "refers to another manifest" in ended.err


def test_all_that_cannot_be_accepted_is_told_at_once_and_nothing_is_written(
    applied: Books, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    applied.environment(more="variables: {interval: 4 hours}")
    spec = "name: Customer sync\ncheck_on: '{{ vars.interval }}'\ndirection: &way IMPORT\ndisplay_name: *way\nenabled: true\n"
    applied.automation("customer-sync", spec)
    applied.write(
        "customer-import.yaml",
        "for_each: [customer]\napiVersion: reconciler/v1\nkind: PartnerFunction\n"
        "metadata: {name: '{{ each.value }}-import', connection: xero-au}\nspec:\n"
        + indented(
            "name: Customer import\ndirection: IMPORT\nobject_name: '{{ each.value }}'\nenabled: true\n"
        ),
    )
    shell.apply()
    drifted(applied)
    applied.console.automation(CUSTOMER_SYNC, direction="EXPORT", display_name="shown")
    applied.console.criteria(SUPPLIER_EXPORT, {"group_condition": "OR", "rules": []})
    applied.console.send(
        "PATCH",
        f"/api/v3/integration/{AU}/partner-function/{CUSTOMER_IMPORT}",
        {"partner_function": {"direction": "EXPORT"}},
    )
    before = files(applied.folder)
    ended = shell("accept", "xero-au/*")
    assert ended.shown == snapshot
    assert (ended.code, ended.out) == (4, "")
    assert files(applied.folder) == before


def test_what_was_removed_outside_git_is_not_accepted(applied: Books, shell: Shell) -> None:
    applied.console.send("DELETE", f"/api/v3/integration/automation/{CUSTOMER_SYNC}")
    ended = shell("accept", SYNC)
    assert ended.code == 4
    assert "removed outside git" in ended.err
    assert "customer-sync.yaml:1:1" in ended.err


def test_a_live_value_that_no_manifest_may_have_is_not_written(applied: Books, shell: Shell) -> None:
    """Live's schedule is one that the rules between fields refuse."""
    applied.automation("customer-sync", "name: Customer sync\ncheck_on: customDayTime\ncustom_day: monday\n")
    shell.apply()
    applied.console.automation(CUSTOMER_SYNC, check_on="4 hours")
    before = files(applied.folder)
    ended = shell("accept", SYNC)
    assert (ended.code, ended.out) == (4, "")
    assert "custom-schedule" in ended.err
    assert files(applied.folder) == before


@pytest.mark.parametrize(
    "name",
    ["{{ vars.x }}", "a: b # c", "NO", "1.10", "line\nbreak", "{% raw %}", "\u202egpj", "'\"", "::error::x"],
)
def test_whatever_live_has_it_is_text_in_the_manifest(name: str, applied: Books, shell: Shell) -> None:
    applied.console.automation(CUSTOMER_SYNC, name=name)
    ended = shell("accept", SYNC)
    assert ended.code == 0, ended.shown
    assert "\u202e" not in ended.out
    assert shell("plan", "--detailed-exitcode").code == 0


def test_a_file_behind_a_link_stays_where_it_is(applied: Books, shell: Shell) -> None:
    inside = applied.folder / "_shared/sync.yaml"
    inside.parent.mkdir()
    (applied.folder / "customer-sync.yaml").rename(inside)
    (applied.folder / "customer-sync.yaml").symlink_to("_shared/sync.yaml")
    drifted(applied)
    assert shell("accept", SYNC).code == 0
    assert (applied.folder / "customer-sync.yaml").is_symlink()
    assert "check_on: 8 hours\n" in inside.read_text()


def test_a_link_out_of_the_project_is_not_followed(applied: Books, shell: Shell, home: Path) -> None:
    outside = home / "outside.yaml"
    (applied.folder / "customer-sync.yaml").rename(outside)
    (applied.folder / "customer-sync.yaml").symlink_to(outside)
    before = outside.read_bytes()
    drifted(applied)
    assert shell("accept", SYNC).code == 5
    assert outside.read_bytes() == before


def test_other_environments_that_it_touches_are_named(applied: Books, shell: Shell) -> None:
    applied.environment(name="staging")
    drifted(applied)
    assert "other environments too: staging" in shell("accept", SYNC).err


@pytest.mark.parametrize("words", [[], ["xero-au/Automation/customer-synk"], ["nothing"], ["xero-uk/*"]])
def test_an_address_without_a_manifest_is_wrong_usage(words: list[str], applied: Books, shell: Shell) -> None:
    before = drifted(applied)
    assert shell("accept", *words).code == 64
    assert files(applied.folder) == before
