"""The plan as a page: whole, inert, and nothing in it but what we wrote."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from syrupy.assertion import SnapshotAssertion

from reconciler.changes import Cause, Evidence, FieldChange, Update
from reconciler.plan import Plan
from reconciler.render.html import plan_html
from reconciler.render.safe import safe, without_commands
from reconciler.render.shown import show
from reconciler.render.words import legend
from reconciler.resources import Address
from tests.render.plans import plans, texts
from tests.render.samples import DELETED, DRIFTED, EVERYTHING, NOTHING, REVIEWED, plan

relaxed = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
TAGS = {
    "html", "head", "meta", "title", "style", "script", "body", "header", "main", "footer", "section", "div", "p", "span", "b",
    "strong", "h1", "h2", "h3", "h4", "a", "br", "wbr", "code", "pre", "kbd", "ul", "li", "dl", "dt", "dd", "del", "ins",
    "details", "summary", "table", "thead", "tbody", "tr", "th", "td", "button", "label", "input",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "class", "id", "href", "hidden", "open", "type", "value", "tabindex",
    "scope", "colspan", "role", "placeholder", "autocomplete", "spellcheck", "aria-labelledby", "aria-hidden", "aria-label",
    "aria-live", "data-action", "data-connection", "data-cause", "data-whence",
}  # fmt: skip


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self.changes = 0
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes |= {name for name, _ in attrs}
        self.changes += ("class", "change") in {(k, (v or "").split(" ")[0]) for k, v in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


@given(plans)
@relaxed
def test_no_value_makes_an_element_or_an_attribute(made: Plan) -> None:
    page = Page(plan_html(made))
    assert set(page.tags) <= TAGS
    assert page.attributes <= ATTRIBUTES
    assert page.changes == len(made.changes)
    assert page.tags["script"] == page.tags["style"] == 1
    assert page.tags["dt"] == len(legend(made))
    assert page.tags["table"] == sum(bool(c.fields) for c in made.changes)


@given(plans)
@relaxed
def test_every_field_request_and_object_is_on_the_page(made: Plan) -> None:
    shown = plan_html(made)
    page = Page(shown).text
    for change in made.changes:
        assert str(change.address) in page
        assert all(f.path in page for f in change.fields)
        assert all(f"{r.method} {safe(r.path)}" in page for r in change.requests)
    assert all(line == safe(line) for line in shown.split("\n"))


def test_the_page_needs_nothing_from_anywhere_and_runs_nothing_but_its_own() -> None:
    shown = plan_html(EVERYTHING)
    assert not any(
        word in shown for word in ("<link", "src=", "url(", "@import", "unsafe-inline", 'http-equiv="refresh')
    )
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', shown)
    assert policy.startswith("default-src 'none'; ")
    for element in ("style", "script"):
        inner = shown.partition(f"<{element}>")[2].partition(f"</{element}>")[0]
        digest = base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in policy


def test_a_log_that_prints_the_page_takes_no_line_of_it_for_a_command() -> None:
    page = plan_html(plan(replace(DELETED, name="##[error]x ::warning::y")))
    assert without_commands(page) == page


@given(texts, texts)
def test_marking_the_words_that_differ_changes_no_value(one: str, other: str) -> None:
    field = FieldChange("description", Cause.CHANGE, Evidence.OBSERVED, one, other)
    page = Page(plan_html(plan(Update(Address("x", "Automation", "a"), fields=(field,)))))
    assert show(one) in page.text
    assert show(other) in page.text


def test_only_the_words_that_differ_are_marked() -> None:
    one = "Pulls every customer from the ledger, nightly"
    field = FieldChange(
        "description", Cause.CHANGE, Evidence.OBSERVED, one, one.replace("customer", "supplier")
    )
    page = plan_html(plan(Update(Address("x", "Automation", "a"), fields=(field,))))
    assert re.findall("<b>([a-z]+)</b>", page)[1:] == ["customer", "supplier"]  # the first is the environment


def test_an_empty_plan_says_so() -> None:
    assert "No changes. 41 objects match the manifests." in html.unescape(plan_html(NOTHING))
    assert "No drift." in plan_html(plan(mode="drift"))


@pytest.mark.parametrize("name", ["drift", "reviewed"])
def test_the_sample_pages(name: str, snapshot: SnapshotAssertion) -> None:
    page = plan_html({"drift": DRIFTED, "reviewed": REVIEWED}[name])
    assert page.partition("</style>")[2].partition("<script>")[0] == snapshot
