"""The page that a reviewer opens, in a real browser: found, read, printed, and inert whatever stands in it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from reconciler.changes import Cause, Evidence, FieldChange, Objection, Request, Update
from reconciler.plan import Plan
from reconciler.render.html import plan_html
from reconciler.resources import Address
from tests.browser.conftest import Open
from tests.browser.judges import BARRIERS, CONTRASTS, CUT_OFF, ELEMENTS, EXECUTED, FOCUSED, OVERFLOW
from tests.render.plans import ATTACKS
from tests.render.samples import (
    CONFIGURATION,
    DELETED,
    DRIFTED,
    EVERYTHING,
    NOTHING,
    REVIEWED,
    SUPPLIER_EXPORT,
    at,
    plan,
)

WIDTHS = pytest.mark.parametrize("width", [1280, 390])
SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])
ORDER = [
    "xero-nz/PartnerFunction/legacy-sync", "xero-au/Automation/supplier-export", "xero-au/Configuration",
    "xero-au/PartnerFunction/customer-import", "xero-nz/Automation/nightly", "xero-nz/Automation/old-export",
    "xero-nz/PartnerFunction/supplier-import",
]  # fmt: skip


def hostile() -> Plan:
    """Every attack as a value, a path, a name, a place, a guard."""
    values = [
        *ATTACKS,
        "<script>window.owned=1</script>",
        "\"><img src=x onerror='window.owned=1'>",
        "javascript:owned=1",
    ]
    fields = tuple(
        FieldChange(f"tag{i}", Cause.DRIFT, Evidence.OBSERVED, value, value + "!", source=at(value, 1))
        for i, value in enumerate(values)
    )  # fmt: skip
    change = Update(
        Address("x", "Automation", "a"),
        fields=fields,
        requests=tuple(Request("PATCH", v, {v: v}) for v in values),
    )
    objections = tuple(Objection(v, v) for v in values)
    return replace(
        plan(change, replace(DELETED, name=values[-2]), objections=objections), environment=values[-3]
    )


@WIDTHS
@pytest.mark.parametrize(
    "made", [EVERYTHING, REVIEWED, NOTHING, DRIFTED, hostile()], ids=["all", "review", "none", "drift", "hostile"]
)  # fmt: skip
def test_nothing_sticks_out_nothing_complains_and_nothing_is_fetched(
    made: Plan, width: int, open_plan: Open
) -> None:
    seen = open_plan(made, width=width)
    assert seen.page.evaluate(OVERFLOW) == 0
    assert seen.complaints == []
    assert [url.partition(":")[0] for url in seen.requests] == ["file"]


def test_hostile_values_are_text(open_plan: Open) -> None:
    seen = open_plan(hostile())
    assert seen.page.evaluate(EXECUTED) == "undefined"
    assert seen.page.evaluate(ELEMENTS, ["img", "iframe", "object", "svg", "base", "link", "form"]) == []
    assert len(seen.page.evaluate(ELEMENTS, ["script"])) == 1
    hrefs = [link.get_attribute("href") or "" for link in seen.page.locator("a").all()]
    assert all(href.startswith("#") for href in hrefs)
    assert "<script>window.owned=1</script>" in seen.page.locator("body").inner_text()


def test_the_policy_stops_what_escaping_would_have_missed(open_plan: Open) -> None:
    injected = (
        "<script>window.owned=1</script><img src=x onerror='window.owned=1'><p id=p style='color:red'>x</p>"
    )
    page = plan_html(EVERYTHING).replace('<main id="main"', injected + '<main id="main"')
    seen = open_plan(page)
    assert seen.page.evaluate(EXECUTED) == "undefined"
    assert seen.page.evaluate("getComputedStyle(document.getElementById('p')).color") != "rgb(255, 0, 0)"
    assert sum("Content Security Policy" in complaint for complaint in seen.complaints) >= 3


def test_filters_narrow_and_within_one_widen(open_plan: Open) -> None:
    seen = open_plan(EVERYTHING)
    assert seen.shown() == ORDER
    assert seen.said == "Showing 7 of 7 changes"
    seen.page.get_by_label(re.compile("^update")).check()
    assert seen.shown() == [ORDER[1], ORDER[2]]
    seen.page.get_by_label(re.compile("^conflict")).check()
    assert seen.shown() == [ORDER[1]]
    seen.page.get_by_label(re.compile("^suspect")).check()
    assert seen.shown() == [ORDER[1], ORDER[2]]
    seen.page.get_by_label(re.compile("^xero-nz")).check()
    assert seen.shown() == []
    assert seen.page.locator("#none").is_visible()
    assert seen.said == "Showing 0 of 7 changes"
    seen.page.get_by_role("button", name="Clear").click()
    assert seen.shown() == ORDER


def test_what_the_branch_did_can_be_seen_alone(open_plan: Open) -> None:
    seen = open_plan(REVIEWED)
    assert seen.page.locator("h2").all_inner_texts() == ["From this branch", "Not from this branch"]
    seen.page.get_by_label(re.compile("^this branch")).check()
    assert seen.shown() == ["xero-au/Automation/supplier-export", "xero-au/PartnerFunction/customer-import"]
    assert seen.page.locator("h2:visible").all_inner_texts() == ["From this branch"]


def test_search_looks_at_addresses_fields_and_values_even_in_what_is_closed(open_plan: Open) -> None:
    seen = open_plan(EVERYTHING)
    seen.page.get_by_role("button", name="Collapse all").click()
    for words, found in (
        ("legacy", [ORDER[0]]),
        ("CHECK_ON 4 hours", [ORDER[1]]),
        ("gst on income", []),
        ("payment terms", [ORDER[6]]),
        ("<b>", []),
    ):
        seen.page.get_by_role("searchbox").fill(words)
        assert seen.shown() == found, words
    assert seen.said == "Showing 0 of 7 changes"


def test_the_keyboard_is_enough(open_plan: Open) -> None:
    seen = open_plan(EVERYTHING)
    keys = seen.page.keyboard
    keys.press("Tab")
    assert seen.page.locator(".skip").is_visible()
    keys.press("/")
    assert seen.page.evaluate(FOCUSED) == "search"
    keys.type("xero-au/j")
    assert seen.shown() == []
    keys.press("Escape")
    assert seen.shown() == ORDER
    keys.press("j")
    assert seen.page.evaluate(FOCUSED) == ORDER[0]
    keys.press("j")
    keys.press("ArrowDown")
    assert seen.page.evaluate(FOCUSED) == ORDER[2]
    keys.press("k")
    assert seen.page.evaluate(FOCUSED) == ORDER[1]
    was_open = seen.page.locator("details.change").nth(1).get_attribute("open") is not None
    keys.press("Enter")
    assert (seen.page.locator("details.change").nth(1).get_attribute("open") is not None) != was_open
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert seen.page.evaluate(outline) == "solid"


def test_a_link_to_a_change_opens_it_even_out_of_a_filter(open_plan: Open) -> None:
    many = [Update(Address("x", "Automation", f"n{i}"), requests=(Request("PATCH", "/"),)) for i in range(40)]
    seen = open_plan(plan(*many), at="#x/Automation/n33")
    target = seen.page.locator('[id="x/Automation/n33"]')
    assert target.get_attribute("open") is not None
    assert target.evaluate("e => e.getBoundingClientRect().top < innerHeight")
    assert seen.page.locator('[id="x/Automation/n1"]').get_attribute("open") is None
    seen.page.get_by_role("searchbox").fill("n1")
    seen.page.evaluate("location.hash = '#x/Automation/n5'")
    seen.page.wait_for_function("document.activeElement.closest('details.change')?.id === 'x/Automation/n5'")
    assert len(seen.shown()) == 40


def test_it_is_whole_without_its_script(open_plan: Open) -> None:
    seen = open_plan(EVERYTHING, scripts=False)
    assert not seen.page.locator("#filters").is_visible()
    assert not seen.page.locator("#theme").is_visible()
    body = seen.page.locator("details.change .body").first
    assert body.is_visible()
    seen.page.locator("details.change > summary").first.click()
    assert not body.is_visible()


@SCHEMES
@WIDTHS
def test_every_text_stands_out_from_what_is_behind_it(scheme: str, width: int, open_plan: Open) -> None:
    seen = open_plan(EVERYTHING, scheme=scheme, width=width)
    for made in (None, REVIEWED):
        if made:
            seen = open_plan(made, scheme=scheme, width=width)
            seen.page.get_by_label(re.compile("^this branch")).check()
        contrasts = seen.page.evaluate(CONTRASTS)
        assert len(contrasts) > 50
        assert contrasts[0][0] >= 4.5, contrasts[:5]


def test_the_theme_can_be_chosen_against_the_system_s(open_plan: Open) -> None:
    seen = open_plan(REVIEWED, scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    dark = seen.page.evaluate(background)
    button = seen.page.get_by_role("button", name="Theme")
    button.click()
    assert button.inner_text() == "Theme: light"
    light = seen.page.evaluate(background)
    assert light != dark
    for _ in range(20):  # the browser writes what a page of a file remembers when it finds the time
        seen.page.reload()
        if seen.page.evaluate(background) == light:
            break
    assert seen.page.evaluate(background) == light
    button.click()
    assert (button.inner_text(), seen.page.evaluate(background)) == ("Theme: dark", dark)


@pytest.mark.parametrize("made", [EVERYTHING, REVIEWED, DRIFTED], ids=["all", "review", "drift"])
def test_nothing_stands_in_the_way_of_a_screen_reader(made: Plan, open_plan: Open) -> None:
    assert open_plan(made).page.evaluate(BARRIERS) == []


def test_the_number_of_changes_shown_is_announced(open_plan: Open) -> None:
    status = open_plan(EVERYTHING).page.get_by_role("status")
    assert status.get_attribute("aria-live") == "polite"


@pytest.mark.parametrize("scripts", [True, False])
def test_in_print_everything_is_open_and_no_tool_is_in_the_way(scripts: bool, open_plan: Open) -> None:
    many = [
        replace(SUPPLIER_EXPORT, address=Address("x", "Automation", f"n{i}"), fields=CONFIGURATION.fields)
        for i in range(20)
    ]
    seen = open_plan(plan(*many), scripts=scripts, scheme="dark")  # fmt: skip
    assert len(seen.page.evaluate(CUT_OFF)) == 20
    seen.page.emulate_media(media="print")
    assert seen.page.evaluate(CUT_OFF) == []
    assert not seen.page.locator("#filters").is_visible()
    assert seen.page.evaluate("getComputedStyle(document.body).color") == "rgb(26, 31, 38)"
    assert len(seen.page.pdf()) > 20_000


def test_thousands_of_changes_can_be_searched_and_stepped_through(open_plan: Open) -> None:
    many = [
        Update(
            Address("x", "Automation", f"n{i:04}"),
            fields=(FieldChange("tag", Cause.CHANGE, Evidence.OBSERVED, "old", f"new {i}", source=at("a.yaml", i + 1)),),
            requests=(Request("PATCH", "/", {"tag": f"new {i}"}),),
        )
        for i in range(2000)
    ]  # fmt: skip
    seen = open_plan(plan(*many, DELETED))
    assert seen.said == "Showing 2001 of 2001 changes"
    assert seen.page.locator("details.change").first.get_attribute("id") == str(DELETED.address)
    seen.page.get_by_role("searchbox").fill("n123")
    assert len(seen.shown()) == 10
    seen.page.keyboard.press("Enter")
    assert seen.page.evaluate(FOCUSED) == "x/Automation/n1230"
