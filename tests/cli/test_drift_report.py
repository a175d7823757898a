"""`drift`: what can be seen is told whatever else is broken, in one issue that opens and closes by itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import cmarkgfm
import pytest

from reconciler.emulator import Fault, Garbage
from reconciler.forge.connecting import connected
from reconciler.web import RetryPolicy
from tests.cli.builder import AU, CUSTOMER_SYNC, NZ, SUPPLIER_EXPORT, Books, Ended, Shell, manifest
from tests.forge.sites import TOKEN, Site


def broken(books: Books, connection: str) -> None:
    """Whatever is asked of the connection, a maintenance page answers."""
    books.running.faults.add(Fault(Garbage(), "GET", f"*/{connection}/*", times=None))


@pytest.fixture
def two(books: Books, shell: Shell) -> Books:
    """Objects on two connections, all applied."""
    text = manifest(
        "PartnerFunction",
        "nz-import",
        "name: NZ import\ndirection: IMPORT\nobject_name: customer\n",
        "xero-nz",
    )
    books.write("nz-import.yaml", text)
    shell.apply()
    assert books.sent
    return books


@pytest.fixture
def wired(two: Books, site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The same, in a scheduled job of the forge."""
    in_github = site.name == "github"
    monkeypatch.setenv("GITHUB_REPOSITORY" if in_github else "CI_PROJECT_ID", "o/r")
    monkeypatch.setenv("GITHUB_API_URL" if in_github else "CI_API_V4_URL", site.api)
    monkeypatch.setenv("GITHUB_TOKEN" if in_github else "GITLAB_TOKEN", TOKEN)
    yield site
    assert not [s for s in two.sent if not s[1].endswith((CUSTOMER_SYNC, SUPPLIER_EXPORT))]


def report(shell: Shell, site: Site, *words: str) -> Ended:
    return shell("drift", "--report", f"{site.name}-issue", *words)


def text(issue: dict[str, Any]) -> str:
    return str(issue.get("body", issue.get("description")))


def is_open(issue: dict[str, Any]) -> bool:
    return issue["state"] in ("open", "opened")


def set_open(issue: dict[str, Any], site: Site, *, to: bool) -> None:
    issue["state"] = ("open" if to else "closed") if site.name == "github" else ("opened" if to else "closed")


def test_a_broken_connection_hides_no_drift_of_another(two: Books, shell: Shell) -> None:
    two.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    broken(two, NZ)
    ended = shell("drift", "--detailed-exitcode")
    assert ended.code == 1
    assert "customer-sync" in ended.out
    assert "nz-import" not in ended.out
    assert "xero-nz could not be looked at" in ended.err
    assert "check that base_url" in ended.err


def test_what_was_not_read_is_neither_gone_nor_drifted_nor_forgotten(two: Books, shell: Shell) -> None:
    broken(two, NZ)
    document = shell("drift", "--format", "json").document
    assert document["changes"] == []
    assert document["connections"] == {"xero-au": AU}
    assert [u["connection"] for u in document["unread"]] == ["xero-nz"]
    two.running.faults.clear()
    assert "unread" not in shell("drift", "--format", "json").document


def test_nothing_is_asked_for_twice(two: Books, shell: Shell) -> None:
    broken(two, NZ)
    two.running.log.clear()
    shell("drift")
    asked = [e.path for e in two.running.log if e.method == "GET"]
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize(
    "words", ["plan", "apply --auto-approve", "apply --auto-approve --only drift", "drift --correct"]
)
def test_whatever_may_be_applied_is_read_as_a_whole_or_not_at_all(
    two: Books, shell: Shell, words: str
) -> None:
    two.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    assert two.sent
    broken(two, NZ)
    ended = shell(*words.split())
    assert ended.code == 1
    assert not two.sent


def test_where_everything_is_broken_nobody_says_that_there_is_no_drift(two: Books, shell: Shell) -> None:
    broken(two, AU)
    broken(two, NZ)
    ended = shell("drift")
    assert (ended.code, ended.out) == (1, "")
    assert "xero-au" in ended.err
    assert "xero-nz" in ended.err


@pytest.mark.usefixtures("two")
def test_one_reason_that_breaks_all_is_told_once(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKS_CLIENT_SECRET", "not-the-secret")
    ended = shell("drift")
    assert (ended.code, ended.err.count("Error:")) == (1, 1)
    assert "xero-au, xero-nz could not be looked at" in ended.err


def test_a_target_on_the_broken_connection_is_no_wrong_usage(two: Books, shell: Shell) -> None:
    two.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    broken(two, NZ)
    ended = shell("drift", "--target", "xero-nz/PartnerFunction/nz-import")
    assert (ended.code, "customer-sync" in ended.out) == (1, False)
    ended = shell("drift", "--target", "*/customer-sync")
    assert (ended.code, "customer-sync" in ended.out) == (1, True)
    assert shell("drift", "--target", "nobody/*").code == 64


def test_an_object_that_is_gone_and_cannot_be_made_anew_hides_no_other(two: Books, shell: Shell) -> None:
    function = {"name": "NZ export", "direction": "EXPORT", "object_name": "customer"}
    made = two.console.send(
        "POST", f"/api/v3/integration/{NZ}/partner-function/", {"partner_function": function}
    )
    uuid = made["partner_function"]["uuid"]
    two.write(
        "nz.yaml", manifest("PartnerFunction", "nz-export", f"uuid: {uuid}\nenabled: true\n", "xero-nz")
    )
    shell.apply()
    two.world.connection(NZ).functions.remove(uuid)
    two.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    ended = shell("drift")
    assert (ended.code, "customer-sync" in ended.out) == (1, True)
    assert "xero-nz could not be looked at" in ended.err
    assert "nz-export" in ended.err


def test_without_drift_there_is_no_issue(wired: Site, shell: Shell) -> None:
    assert report(shell, wired).code == 0
    assert wired.double.issues == []


def test_an_issue_is_opened_updated_closed_and_opened_again(wired: Site, two: Books, shell: Shell) -> None:
    two.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    assert report(shell, wired, "--detailed-exitcode").code == 3
    (issue,) = wired.double.issues
    assert is_open(issue)
    assert "30 minutes" in text(issue)
    assert issue["title"] == "Drift in books of books"

    before = len(wired.double.sent)
    report(shell, wired)
    assert len(wired.double.sent) == before, "the same drift is not written twice"

    two.console.automation(SUPPLIER_EXPORT, check_on="31 minutes")
    report(shell, wired)
    assert "31 minutes" in text(issue)
    (news,) = issue["said"]
    assert "supplier-export" in news
    assert "customer-sync" not in news

    two.console.automation(SUPPLIER_EXPORT, check_on="8 hours")
    report(shell, wired)
    assert "31 minutes" not in text(issue)
    assert len(issue["said"]) == 1, "less drift is no news"

    two.console.automation(CUSTOMER_SYNC, check_on="4 hours")
    assert report(shell, wired).code == 0
    assert not is_open(issue)
    assert "gone" in issue["said"][1]
    before = len(wired.double.sent)
    report(shell, wired)
    assert len(wired.double.sent) == before

    two.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    report(shell, wired)
    assert is_open(issue)
    assert len(wired.double.issues) == 1


def test_nothing_is_closed_while_something_cannot_be_read(wired: Site, two: Books, shell: Shell) -> None:
    two.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    report(shell, wired)
    two.console.automation(CUSTOMER_SYNC, check_on="4 hours")
    broken(two, NZ)
    assert report(shell, wired).code == 1
    (issue,) = wired.double.issues
    assert is_open(issue)
    assert "`xero-nz`" in text(issue)
    assert "1 connection could not be looked at" in text(issue)
    two.running.faults.clear()
    assert report(shell, wired).code == 0
    assert not is_open(issue)


def test_drift_that_cannot_be_seen_for_a_while_is_no_news_when_it_is_seen_again(
    wired: Site, two: Books, shell: Shell
) -> None:
    two.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    report(shell, wired)
    broken(two, AU)
    assert report(shell, wired).code == 1
    (issue,) = wired.double.issues
    assert "had drifted when it was last looked at" in text(issue)
    two.running.faults.clear()
    report(shell, wired)
    assert (is_open(issue), issue["said"]) == (True, [])


def test_one_that_a_person_closed_stays_closed_until_something_else_drifts(
    wired: Site, two: Books, shell: Shell
) -> None:
    two.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    report(shell, wired)
    (issue,) = wired.double.issues
    set_open(issue, wired, to=False)
    assert "stays closed" in report(shell, wired).err
    assert not is_open(issue)
    two.console.automation(SUPPLIER_EXPORT, check_on="31 minutes")
    report(shell, wired)
    assert is_open(issue)
    assert "supplier-export" in issue["said"][0]


def test_an_issue_of_somebody_else_with_our_line_is_left_alone(wired: Site, two: Books, shell: Shell) -> None:
    two.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    report(shell, wired)
    (forged,) = wired.double.issues
    key, name = ("user", "login") if wired.name == "github" else ("author", "username")
    forged[key] = {name: "mallory"}
    before = dict(forged)
    ended = report(shell, wired)
    assert "an issue by mallory" in ended.err
    assert forged == before
    assert len(wired.double.issues) == 2


def test_a_label_that_is_not_taken_is_an_error_and_no_issue_is_left_open(
    wired: Site, two: Books, shell: Shell
) -> None:
    wired.double.may_label = False
    two.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    ended = report(shell, wired)
    assert ended.code == 1
    assert "customer-sync" in ended.out, "the drift is told all the same"
    assert "create the label 'drift'" in ended.err
    assert not any(map(is_open, wired.double.issues))


def test_of_two_that_were_opened_at_once_the_later_is_closed(wired: Site, two: Books, shell: Shell) -> None:
    two.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    report(shell, wired)
    first = wired.double.issues.pop()

    def race(seen: Any) -> None:  # noqa: ANN401
        if seen.method == "POST" and seen.path.endswith("/issues") and first not in wired.double.issues:
            wired.double.issues.insert(0, first)

    wired.double.faults.append(race)
    report(shell, wired)
    assert [is_open(i) for i in wired.double.issues] == [True, False]
    assert f"Duplicate of #{first.get('number', first.get('iid'))}" in wired.double.issues[1]["said"][0]


def test_after_a_correction_the_issue_has_what_is_left(wired: Site, two: Books, shell: Shell) -> None:
    two.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    report(shell, wired)
    assert report(shell, wired, "--correct").code == 0
    (issue,) = wired.double.issues
    assert not is_open(issue)
    assert two.details(CUSTOMER_SYNC)["check_on"] == "4 hours"


def test_a_correction_that_is_impossible_is_reported_all_the_same(
    wired: Site, two: Books, shell: Shell
) -> None:
    two.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    broken(two, NZ)
    assert report(shell, wired, "--correct").code == 1
    (issue,) = wired.double.issues
    assert "30 minutes" in text(issue)
    assert "`xero-nz`" in text(issue)


def test_a_forge_that_is_down_does_not_silence_the_drift(
    two: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = RetryPolicy(attempts=2, first_wait=0.01)
    monkeypatch.setattr("reconciler.forge.connecting.connected", partial(connected, policy=at_once))
    two.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    where = ["--repository", "o/r", "--api-url", "http://127.0.0.1:1", "--author", "x"]
    ended = shell("drift", "--report", "github-issue", *where)
    assert ended.code == 1
    assert "customer-sync" in ended.out
    assert "the drift was not reported" in ended.err


@pytest.mark.parametrize(
    "words",
    [
        "--report github-issue --target xero-au/*",
        "--repository o/r",
        "--token-env X",
        "--report github-issue",
    ],
)
def test_wrong_use_is_told_before_anything_is_read(two: Books, shell: Shell, words: str) -> None:
    two.running.log.clear()
    assert shell("drift", *words.split()).code == 64
    assert len(two.running.log) == 0


def test_the_issue_is_sound_markdown(wired: Site, two: Books, shell: Shell) -> None:
    two.console.automation(CUSTOMER_SYNC, check_on="</details> @octocat #1 <script>`")
    broken(two, NZ)
    report(shell, wired)
    (issue,) = wired.double.issues
    page = cmarkgfm.github_flavored_markdown_to_html(text(issue), cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE)
    assert "<script" not in page
    assert page.count("<details>") == page.count("</details>")
