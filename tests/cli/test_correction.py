"""`drift --correct`: what moved outside git is put back once, then more rarely, and never fought for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from syrupy.assertion import SnapshotAssertion

from reconciler.backends import Holder, open_backend
from reconciler.emulator import Fault, Status
from tests.cli.builder import AU, AUTOMATIONS, CUSTOMER_SYNC, SUPPLIER_EXPORT, Books, Ended, Shell, manifest
from tests.cli.test_changes import patched

SYNC_ADDRESS = "xero-au/Automation/customer-sync"
EXPORT_ADDRESS = "xero-au/Automation/supplier-export"


class Clock:
    """Stands still, unless somebody waits."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC) + timedelta(hours=1)

    def wait(self, **time: float) -> None:
        self.time += timedelta(**time)

    def __call__(self) -> str:
        return self.time.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def clock(applied: Books, monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    applied.sent  # noqa: B018 - looked at
    for room in ("apply", "session", "running", "record"):
        monkeypatch.setattr(f"reconciler.cli.{room}.now", clock)
    return clock


def correct(shell: Shell, *words: str) -> Ended:
    return shell("drift", "--correct", "--detailed-exitcode", *words)


def held(ended: Ended) -> dict[str, str]:
    return {
        f"{h['address'].rpartition('/')[2]} {h['path']}".strip(): h["reason"]
        for h in ended.document["governor"]["held"]
    }


def test_drift_is_healed_and_a_changed_manifest_is_not_rolled_forward(
    applied: Books, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    applied.edit("customer-sync.yaml", "4 hours", "1 hour")
    applied.edit("supplier-export.yaml", "8 hours", "2 hours")
    applied.console.automation(SUPPLIER_EXPORT, check_on="30 minutes")
    assert applied.sent
    ended = correct(shell)
    assert ended.code == 0
    assert ended.shown == snapshot
    assert applied.sent == [patched(SUPPLIER_EXPORT, check_on="8 hours")]
    assert correct(shell).code == 0
    assert not applied.sent
    assert shell.plan()["summary"]["update"] == 2


def test_the_history_shows_each_correction(applied: Books, shell: Shell) -> None:
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    assert correct(shell).code == 0
    (entry,) = shell.ok("state", "history", "--limit", "1", "--format", "json").document
    assert entry["fields"] == [
        {
            "path": "check_on", "cause": "drift", "before": "30 minutes", "after": "4 hours",
            "outcome": "verified", "by": "drift --correct",
        }
    ]  # fmt: skip
    assert "check_on (by drift --correct)" in shell.ok("state", "history").out


def test_a_drift_that_comes_back_is_tried_more_and_more_rarely_and_then_left_to_people(
    applied: Books, shell: Shell, clock: Clock, snapshot: SnapshotAssertion
) -> None:
    """The out-of-band actor undoes every correction within a minute."""
    tried: list[int] = []
    for minute in range(0, 24 * 60, 5):
        applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
        clock.wait(minutes=1)
        applied.sent  # noqa: B018 - the console's
        ended = correct(shell, "--format", "json") if minute < 90 or minute > 1400 else None
        if ended and applied.sent:
            tried.append(minute)
        elif ended and minute < 15:
            assert (ended.code, held(ended)) == (3, {"customer-sync check_on": "backing off"})
        clock.wait(minutes=4)
    assert tried == [0, 15, 45]
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    left = correct(shell)
    assert left.code == 3
    assert "in quarantine since" in left.out
    assert left.shown == snapshot


def test_another_value_is_another_drift_and_tried_at_once_until_the_field_flaps(
    applied: Books, shell: Shell, clock: Clock
) -> None:
    codes = []
    for value in ("1 hour", "2 hours", "3 hours", "5 hours"):
        applied.console.automation(CUSTOMER_SYNC, check_on=value)
        clock.wait(minutes=1)
        codes.append(correct(shell).code)
    assert codes == [0, 0, 0, 3]
    assert applied.details(CUSTOMER_SYNC)["check_on"] == "5 hours"


@pytest.fixture
def quarantined(applied: Books, shell: Shell, clock: Clock) -> Books:
    for value in ("1 hour", "2 hours", "3 hours", "5 hours"):
        applied.console.automation(CUSTOMER_SYNC, check_on=value)
        clock.wait(minutes=1)
        ended = correct(shell, "--format", "json")
    assert held(ended) == {"customer-sync check_on": "quarantined"}
    applied.sent  # noqa: B018 - the console's
    return applied


def test_a_quarantine_lasts(quarantined: Books, shell: Shell, clock: Clock) -> None:
    clock.wait(days=300)
    assert correct(shell).code == 3
    assert not quarantined.sent


def test_a_quarantine_is_for_the_field_alone(quarantined: Books, shell: Shell) -> None:
    quarantined.console.automation(CUSTOMER_SYNC, direction="EXPORT")
    quarantined.console.automation(SUPPLIER_EXPORT, check_on="30 minutes")
    quarantined.sent  # noqa: B018 - the console's
    ended = correct(shell, "--format", "json")
    assert (ended.code, held(ended)) == (3, {"customer-sync check_on": "quarantined"})
    assert sorted(quarantined.sent) == sorted(
        [patched(SUPPLIER_EXPORT, check_on="8 hours"), patched(CUSTOMER_SYNC, direction="IMPORT")]
    )


@pytest.mark.parametrize("way", ["apply", "release", "accept"])
def test_a_quarantine_ends_where_somebody_settles_it(
    way: str, quarantined: Books, shell: Shell, clock: Clock
) -> None:
    match way:
        case "apply":
            shell.apply("--only", "drift")
        case "release":
            assert correct(shell, "--release", SYNC_ADDRESS).code == 0
            assert shell.ok("state", "history", SYNC_ADDRESS).out.count(": done") >= 5
        case _:
            quarantined.edit("customer-sync.yaml", "4 hours", "5 hours")
            shell.apply()
    quarantined.sent  # noqa: B018 - looked at
    clock.wait(minutes=1)
    quarantined.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    assert correct(shell).code == 0
    assert quarantined.details(CUSTOMER_SYNC)["check_on"] in {"4 hours", "5 hours"}


def test_what_is_released_has_to_be_recorded(applied: Books, shell: Shell) -> None:
    ended = correct(shell, "--release", "xero-au/Automation/nobody")
    assert (ended.code, ended.out) == (64, "")
    assert not applied.sent


def test_a_correction_that_the_server_refuses_is_not_tried_again_at_once(
    applied: Books, shell: Shell, clock: Clock
) -> None:
    refused = Fault(
        Status(400, {"errors": [{"code": "X", "message": "no"}]}), "PATCH", f"*/{CUSTOMER_SYNC}", times=9
    )
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    applied.running.faults.add(refused)
    assert correct(shell).code == 1
    clock.wait(minutes=14)
    applied.sent  # noqa: B018 - looked at
    assert correct(shell).code == 3
    assert not applied.sent
    clock.wait(minutes=1)
    assert correct(shell).code == 1
    clock.wait(minutes=29)
    applied.sent  # noqa: B018 - looked at
    assert correct(shell).code == 3
    assert not applied.sent


def test_criteria_whose_sign_moved_are_asserted_again_and_a_new_sign_is_a_new_drift(
    applied: Books, shell: Shell, clock: Clock
) -> None:
    def edit(field: str) -> None:
        clock.wait(minutes=1)
        rule = {"field_name": field, "operator": "HAS_VALUE"}
        applied.console.criteria(SUPPLIER_EXPORT, {"group_condition": "AND", "rules": [rule]})
        assert applied.sent

    edit("Name")
    assert correct(shell).code == 0
    assert len(applied.sent) == 1
    edit("Name")
    ended = correct(shell, "--format", "json")
    assert held(ended) == {"supplier-export additional_criteria_details": "backing off"}
    assert not applied.sent
    edit("Email")
    assert correct(shell).code == 0
    assert len(applied.sent) == 1


def test_an_object_that_was_removed_is_made_anew_once(applied: Books, shell: Shell, clock: Clock) -> None:
    applied.console.send("DELETE", f"/api/v3/integration/automation/{CUSTOMER_SYNC}")
    assert correct(shell).code == 0
    made = [path for method, path, _ in applied.sent if method == "POST"]
    assert AUTOMATIONS in made
    clock.wait(minutes=1)
    again = applied.world.connection(AU).automations.named("Customer sync")["uuid"]
    applied.console.send("DELETE", f"/api/v3/integration/automation/{again}")
    ended = correct(shell, "--format", "json")
    assert (ended.code, held(ended), ended.err) == (3, {"customer-sync": "backing off"}, "")


@pytest.mark.parametrize(
    ("environment", "manifest_says", "code", "healed"),
    [
        ("off", "", 0, False),
        ("off", "correct", 0, False),
        ("warn", "", 3, False),
        ("warn", "correct", 0, True),
        ("correct", "", 0, True),
        ("correct", "warn", 3, False),
        ("correct", "off", 0, False),
    ],
)
def test_the_mode_decides_what_is_healed(
    environment: str, manifest_says: str, code: int, healed: bool, applied: Books, shell: Shell
) -> None:
    applied.environment(more=f"drift: {{mode: {environment}}}\n")
    if manifest_says:
        applied.edit("customer-sync.yaml", "xero-au}", f"xero-au, lifecycle: {{drift: {manifest_says}}}}}")
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    applied.sent  # noqa: B018 - the console's
    assert correct(shell).code == code
    assert bool(applied.sent) is healed
    assert shell("drift", "--detailed-exitcode").code == (0 if healed else 3)


def test_of_one_configuration_the_most_cautious_manifest_decides(empty_books: Books, shell: Shell) -> None:
    books = empty_books
    books.write(
        "tax.yaml", manifest("TaxMapping", "tax", "direction: export\ntax_mapping: {enabled: true}\n")
    )
    books.write("accounts.yaml", manifest("AccountMapping", "accounts", "direction: export\nenabled: true\n"))
    books.edit("tax.yaml", "xero-au}", "xero-au, lifecycle: {drift: warn}}")
    shell.apply()
    body = {"account": {"export": {"enabled": "false"}}}
    books.console.send("PATCH", f"/api/v3/integration/{AU}/configuration", body)
    books.sent  # noqa: B018 - looked at
    assert correct(shell).code == 3
    assert not books.sent


@pytest.mark.parametrize("policy", ["freeze: [{}]", "max_changes: 0"])
def test_what_policy_forbids_as_a_whole_is_refused_and_nothing_is_sent(
    policy: str, applied: Books, shell: Shell
) -> None:
    applied.environment(policy)
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    applied.sent  # noqa: B018 - the console's
    ended = correct(shell)
    assert ended.code == 4
    assert "check_on" in ended.out
    assert policy.partition(":")[0] in ended.err
    as_json = correct(shell, "--format", "json")
    assert (as_json.code, [r["guard"] for r in as_json.document["governor"]["refused"]]) == (
        4,
        [policy.partition(":")[0]],
    )
    assert not applied.sent
    assert correct(shell, "--allow", policy.partition(":")[0]).code == 0
    assert len(applied.sent) == 1


def test_a_freeze_without_drift_is_no_refusal(applied: Books, shell: Shell) -> None:
    applied.environment("freeze: [{}]")
    assert correct(shell).code == 0


def test_a_protected_object_does_not_keep_the_others_from_being_healed(applied: Books, shell: Shell) -> None:
    applied.environment(f"protect: [{SYNC_ADDRESS}]")
    for uuid in (CUSTOMER_SYNC, SUPPLIER_EXPORT):
        applied.console.automation(uuid, check_on="30 minutes")
    applied.sent  # noqa: B018 - the console's
    ended = correct(shell, "--format", "json")
    assert (ended.code, held(ended)) == (4, {"customer-sync": "guard"})
    assert applied.sent == [patched(SUPPLIER_EXPORT, check_on="8 hours")]


def test_a_target_limits_it(applied: Books, shell: Shell) -> None:
    for uuid in (CUSTOMER_SYNC, SUPPLIER_EXPORT):
        applied.console.automation(uuid, check_on="30 minutes")
    applied.sent  # noqa: B018 - the console's
    assert correct(shell, "--target", EXPORT_ADDRESS).code == 0
    assert applied.sent == [patched(SUPPLIER_EXPORT, check_on="8 hours")]


def test_a_connection_that_left_the_environment_is_no_drift(applied: Books, shell: Shell) -> None:
    applied.edit("environments/books.yaml", "xero-au:", "xero-nl:")
    for file in ("customer-sync", "supplier-export", "customer-import"):
        applied.edit(f"{file}.yaml", "xero-au", "xero-nl")
    assert shell("drift", "--detailed-exitcode").code == 0
    assert correct(shell).code == 0
    assert SYNC_ADDRESS in shell.ok("state", "list").out


def test_a_held_lock_refuses_it(applied: Books, shell: Shell) -> None:
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    applied.sent  # noqa: B018 - the console's
    with open_backend(f"sqlite:///{applied.state}", environment="books", folder=applied.folder) as backend:
        backend.acquire(Holder("eve@elsewhere", 7, "run-1", "abc", "apply"), 60)
        ended = correct(shell, "--lock-timeout", "0.1")
    assert ended.code == 4
    assert "eve@elsewhere" in ended.err
    assert not applied.sent


@pytest.mark.parametrize(
    "words", [["--release", SYNC_ADDRESS], ["--allow", "freeze"], ["--fail-fast"], ["--events", "e"]]
)
def test_its_options_mean_nothing_without_it(words: list[str], applied: Books, shell: Shell) -> None:
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    assert shell("drift", *words).code == 64


@pytest.mark.usefixtures("applied")
def test_it_is_told_as_text_or_json(shell: Shell) -> None:
    assert correct(shell, "--format", "html").code == 64
    document = correct(shell, "--format", "json").document
    assert document["mode"] == "drift"
    assert document["governor"]["held"] == []
