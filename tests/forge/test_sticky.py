"""One comment: ours by its hidden line and by its author, made once, whoever races and whatever is lost."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount

from reconciler.errors import LiveError
from reconciler.forge.connecting import Place, connected
from reconciler.forge.marker import Marker
from reconciler.forge.sticky import Stuck, stick
from reconciler.values import Json, Secret
from tests.forge.doubles import GitHub, once
from tests.forge.serving import served
from tests.forge.sites import ROBOT, TOKEN, Site

MARKER = Marker("plan", "desired_state", "production")


def text(words: str, marker: Marker = MARKER, **memory: str) -> str:
    return marker.head(memory) + words


def put(site: Site, words: str, author: str = "") -> Stuck:
    with site.open(author=author) as forge:
        return stick(forge, 7, MARKER, lambda _memory: text(words))


def bodies(site: Site) -> list[str]:
    return [note["body"] for note in site.double.notes]


def test_the_first_plan_makes_a_comment_and_the_next_one_edits_it(site: Site) -> None:
    assert put(site, "one").done == "created"
    assert put(site, "two").done == "updated"
    assert bodies(site) == [text("two")]


def test_what_is_there_already_is_not_written_again(site: Site) -> None:
    put(site, "one")
    before = len(site.double.sent)
    assert put(site, "one").done == "unchanged"
    assert len(site.double.sent) == before


def test_line_ends_that_the_forge_rewrites_are_no_difference(site: Site) -> None:
    put(site, "one\ntwo")
    site.double.notes[0]["body"] = text("one\ntwo").replace("\n", "\r\n")
    assert put(site, "one\ntwo").done == "unchanged"


def test_what_our_comment_remembers_is_handed_to_the_writer(site: Site) -> None:
    site.note(ROBOT[site.name], text("x", serial="9", evil="--> <b>"))
    found: list[Mapping[str, Json]] = []
    with site.open() as forge:
        stick(forge, 7, MARKER, found.append)
    assert found == [{"serial": "9", "evil": "--> <b>"}]
    assert site.double.sent == []


def test_a_comment_with_our_line_by_somebody_else_is_never_touched_and_is_named(site: Site) -> None:
    forged = site.note("mallory", text("All is well, merge it."))
    stuck = put(site, "the truth")
    assert (stuck.done, stuck.others) == ("created", ("mallory",))
    assert forged["body"] == text("All is well, merge it.")
    again = put(site, "still the truth")
    assert (again.done, again.others) == ("updated", ("mallory",))
    assert len(bodies(site)) == 2


@pytest.mark.parametrize(
    "body",
    [
        f"Somebody wrote:\n{MARKER}\nand went on",
        f"> {MARKER}\n",
        f"{MARKER} and more",
        str(Marker("plan", "desired_state", "staging")),
        str(Marker("plan", "other", "production")),
        str(Marker("drift", "desired_state", "production")),
    ],
)
def test_a_comment_of_our_own_without_exactly_that_first_line_is_another(site: Site, body: str) -> None:
    note = site.note(ROBOT[site.name], body)
    assert put(site, "one").done == "created"
    assert note["body"] == body


def test_logins_are_compared_without_their_case(github: Site) -> None:
    github.note("GitHub-Actions[bot]", text("one"))
    assert put(github, "one").done == "unchanged"


def test_one_that_stands_on_a_later_page_is_found_and_no_link_is_followed(site: Site) -> None:
    for number in range(230):
        site.note("ada", f"remark {number}")
    ours = site.note(ROBOT[site.name], text("one"))
    assert put(site, "two").done == "updated"
    assert ours["body"] == text("two")
    assert {s.headers["host"] for s in site.double.seen} == {site.double.base_url.removeprefix("http://")}
    pages = [s.query["page"] for s in site.double.seen if "page" in s.query]
    assert pages == [str(n) for n in range(1, len(pages) + 1)]


def test_a_full_last_page_without_any_link_is_asked_beyond(github: Site) -> None:
    for number in range(100):
        github.note("ada", f"remark {number}")
    put(github, "one")
    assert [s.query["page"] for s in github.double.seen if "page" in s.query][:2] == ["1", "2"]


def test_an_endless_list_is_an_error_and_nothing_is_written(github: Site) -> None:
    full = JSONResponse([{"id": n + 1, "user": {"login": "x"}, "body": "x"} for n in range(100)])
    github.double.faults.append(lambda seen: full if seen.path.endswith("/comments") else None)
    with pytest.raises(LiveError, match="no end after"):
        put(github, "one")
    assert github.double.sent == []


def test_of_two_runs_that_race_one_comment_is_left(site: Site) -> None:
    barrier = threading.Barrier(2, timeout=10)

    ended: list[Stuck] = []

    def run(words: str) -> None:
        with site.open() as forge:

            def write(_memory: object) -> str:
                barrier.wait()  # both have looked, and found nothing, before either writes
                return text(words)

            ended.append(stick(forge, 7, MARKER, write))

    runs = [threading.Thread(target=run, args=(words,)) for words in ("one", "two")]
    for thread in runs:
        thread.start()
    for thread in runs:
        thread.join(20)
    assert len(ended) == 2
    assert len(bodies(site)) == 1
    assert put(site, "three").done == "updated"


def test_doubles_of_earlier_races_are_cleared_away(site: Site) -> None:
    for words in ("one", "two", "three"):
        site.note(ROBOT[site.name], text(words))
    put(site, "four")
    assert bodies(site) == [text("four")]


def test_a_creation_whose_answer_was_lost_is_not_sent_again(site: Site) -> None:
    site.double.after.append(once(Response("<html>bad gateway</html>", 502), "POST", "7/"))
    assert put(site, "one").done == "created"
    assert bodies(site) == [text("one")]


def test_a_creation_that_never_arrived_is_an_error_that_says_so(site: Site) -> None:
    site.double.faults.append(once(Response("no", 502), "POST", "7/"))
    with pytest.raises(LiveError, match="502"):
        put(site, "one")
    assert bodies(site) == []


def test_the_token_of_an_app_learns_who_it_is_from_graphql(github: Site) -> None:
    github.double.tokens[TOKEN] = "our-app[bot]"
    github.double.shy = {"our-app[bot]"}
    forged = github.note("github-actions[bot]", text("not ours"))
    mine = github.note("our-app[bot]", text("one"))
    stuck = put(github, "two")
    assert (stuck.done, stuck.others) == ("updated", ("github-actions[bot]",))
    assert (mine["body"], forged["body"]) == (text("two"), text("not ours"))


def test_without_any_word_on_who_we_are_the_answer_to_a_creation_tells(github: Site) -> None:
    github.double.tokens[TOKEN] = "our-app[bot]"
    github.double.shy = {"our-app[bot]"}
    github.double.faults.append(lambda seen: JSONResponse({}, 404) if "graphql" in seen.path else None)
    mine = github.note("our-app[bot]", text("one"))
    put(github, "two")
    assert bodies(github) == [text("two")]
    assert github.double.notes == [mine]


def test_the_author_that_is_told_is_not_asked_for(github: Site) -> None:
    put(github, "one", author="github-actions[bot]")
    assert not any(s.path in ("/user", "/graphql") for s in github.double.seen)


def test_on_an_enterprise_server_graphql_stands_beside_rest(github: Site) -> None:
    github.double.tokens[TOKEN] = "our-app[bot]"
    github.double.shy = {"our-app[bot]"}
    mine = github.note("our-app[bot]", text("one"))
    app = GitHub(github.double).app()
    with served(Starlette(routes=[Mount("/api/v3", app), Mount("/api", app)])) as base:
        place = Place("github", "o/r", Secret(TOKEN), f"{base}/api/v3/")
        with connected(place, on_retry=github.waits.append) as forge:
            assert stick(forge, 7, MARKER, lambda _memory: text("two")).done == "updated"
    assert mine["body"] == text("two")
    assert [s.path for s in github.double.seen][:2] == ["/api/v3/user", "/api/graphql"]
