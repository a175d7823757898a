"""What a forge may answer, and what becomes of it: a typed error that says what to do, or patience."""

from __future__ import annotations

import traceback
from email.utils import formatdate

import pytest
from starlette.responses import JSONResponse, RedirectResponse, Response

from reconciler.errors import LiveError, UsageError
from reconciler.forge.connecting import Place, connected
from reconciler.forge.marker import Marker
from reconciler.forge.sticky import stick
from reconciler.values import Secret
from reconciler.web.errors import Forbidden, NotFound, Rejected, StrangeResponse, Throttled, Unauthorised
from tests.forge.doubles import Fault, once
from tests.forge.sites import TOKEN, Site

MARKER = Marker("plan", "desired_state", "production")


def put(site: Site, token: str = TOKEN, pull: int = 7, words: str = "text") -> None:
    with site.open(token) as forge:
        stick(forge, pull, MARKER, lambda _memory: MARKER.head({}) + words)


def limited(status: int, headers: dict[str, str], message: str = "API rate limit exceeded") -> Fault:
    return once(JSONResponse({"message": message}, status, headers), "GET", "7/")


def test_a_token_that_is_refused_is_an_error_without_the_token(site: Site) -> None:
    wrong = TOKEN[::-1]
    with pytest.raises(Unauthorised) as caught:
        put(site, wrong)
    told = "".join(traceback.format_exception(caught.value))
    assert wrong not in f"{told}{caught.value.message}{caught.value.hint}"
    assert len(site.double.seen) == 1
    if site.name == "gitlab":
        assert "a CI_JOB_TOKEN may not write notes" in caught.value.hint


def test_a_right_that_is_missing_is_named(github: Site) -> None:
    denied = {"message": "Resource not accessible by integration", "status": "403"}
    github.double.faults.append(once(JSONResponse(denied, 403), "POST", "/7/"))
    with pytest.raises(Forbidden, match="Resource not accessible") as caught:
        put(github)
    assert "pull-requests: write" in caught.value.hint
    assert github.waits == []


def test_a_pull_request_that_is_not_there_is_an_error(github: Site) -> None:
    with pytest.raises(NotFound) as caught:
        put(github, pull=404)
    assert "--number" in caught.value.hint


def test_a_body_that_is_too_long_is_refused_with_the_forges_own_words(site: Site) -> None:
    with pytest.raises(Rejected, match="too long"):
        put(site, words="x" * 1_000_001)


def test_retry_after_is_waited_for(site: Site) -> None:
    site.double.faults.append(limited(429, {"retry-after": "17"}))
    put(site)
    assert [r.wait_seconds >= 17 for r in site.waits] == [True]
    assert len(site.double.notes) == 1


@pytest.mark.parametrize("prefix", ["x-ratelimit", "ratelimit"])
def test_a_budget_that_is_spent_is_waited_for_until_it_is_full_again(github: Site, prefix: str) -> None:
    now = github.time.epoch + github.time.now
    headers = {
        f"{prefix}-remaining": "0",
        f"{prefix}-reset": str(int(now) + 40),
        "date": formatdate(now, usegmt=True),
    }
    github.double.faults.append(limited(403 if prefix.startswith("x") else 429, headers))
    put(github)
    assert [40 <= r.wait_seconds < 60 for r in github.waits] == [True]


def test_a_secondary_limit_without_any_header_costs_a_minute(github: Site) -> None:
    github.double.faults.append(limited(403, {}, "You have exceeded a secondary rate limit."))
    put(github)
    assert [r.wait_seconds >= 60 for r in github.waits] == [True]


def test_a_limit_on_writing_is_waited_for_and_the_comment_is_made_once(github: Site) -> None:
    refused = JSONResponse(
        {"message": "You have exceeded a secondary rate limit."}, 403, {"retry-after": "5"}
    )
    github.double.faults.append(once(refused, "POST", "/7/"))
    put(github)
    assert len(github.double.notes) == 1


def test_a_limit_that_lasts_longer_than_we_wait_is_an_error_that_says_how_long(github: Site) -> None:
    github.double.faults.append(limited(403, {"retry-after": "3000"}))
    with pytest.raises(Throttled) as caught:
        put(github)
    assert "3000 s" in caught.value.hint
    assert github.waits == []


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Response("<html>Sign in</html>", media_type="text/html"), "no JSON"),
        (JSONResponse({"message": "not a list"}), "no list"),
        (JSONResponse(["text"]), "something else than objects"),
        (JSONResponse([{"body": "without an id"}]), "id is missing"),
        (JSONResponse([{"id": True, "body": "x"}]), "id is missing"),
        (
            Response(b"[" + b" " * (33 * 1024 * 1024) + b"]", media_type="application/json"),
            "larger than 32 MiB",
        ),
        (RedirectResponse("https://elsewhere.test/"), "a redirect"),
        (Response(b'[{"id": 1', media_type="application/json"), "no JSON"),
    ],
)
def test_an_answer_that_is_none_is_an_error_and_nothing_is_written_after_it(
    site: Site, answer: Response, why: str
) -> None:
    site.double.faults.append(lambda seen: answer if seen.path.endswith(("comments", "notes")) else None)
    with pytest.raises(StrangeResponse, match=why):
        put(site)
    assert site.double.sent == []


@pytest.mark.parametrize("author", [None, {}, {"login": None}, {"login": 7}, "ada"])
def test_a_comment_whose_author_is_gone_is_nobodys(github: Site, author: object) -> None:
    github.double.notes.append({"id": 1, "user": author, "body": MARKER.head({}) + "x"})
    put(github)
    assert len(github.double.notes) == 2


def test_a_forge_that_repeats_the_token_does_not_get_it_printed(site: Site) -> None:
    echo = JSONResponse({"message": f"bad token {TOKEN}", "errors": [{"message": f"{TOKEN}!"}]}, 422)
    site.double.faults.append(once(echo, "POST", "7/"))
    with pytest.raises(LiveError) as caught:
        put(site)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    assert "***" in caught.value.message


@pytest.mark.parametrize("token", ["", "two words", "line\r\nx-evil: 1", "é"])
def test_a_token_that_could_end_a_header_is_refused_without_being_told(github: Site, token: str) -> None:
    with pytest.raises(UsageError) as caught:
        put(github, token)
    assert token == "" or token not in caught.value.message
    assert github.double.seen == []


@pytest.mark.parametrize("repository", ["o", "o/r/x", "../x/y", "o/r?x=1", "", "o/r#", "o/ r"])
def test_what_is_no_repository_is_refused_before_anything_is_sent(github: Site, repository: str) -> None:
    place = Place("github", repository, Secret(TOKEN), github.api)
    with pytest.raises(UsageError, match="no repository"), connected(place, on_retry=github.waits.append):
        pytest.fail("it was opened")


def test_a_project_of_gitlab_is_one_part_of_the_path(gitlab: Site) -> None:
    put(gitlab)
    assert any(s.path.startswith("/api/v4/projects/o/r/") for s in gitlab.double.seen)
