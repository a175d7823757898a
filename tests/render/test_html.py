"""The plan as a page: whole, inert, and nothing in it but what we wrote."""

from __future__ import annotations

import html
from collections import Counter
from html.parser import HTMLParser

from hypothesis import HealthCheck, given, settings
from syrupy.assertion import SnapshotAssertion

from reconciler.plan import Plan
from reconciler.render.html import plan_html
from reconciler.render.safe import safe
from reconciler.render.words import legend
from tests.render.plans import plans
from tests.render.samples import DRIFTED, EVERYTHING, NOTHING, plan

relaxed = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
TAGS = {
    "html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "h3", "b", "p", "span", "code", "ul", "li", "main",
    "section", "br", "small", "article", "dl", "div", "dt", "dd", "del", "ins", "details", "summary", "pre",
}  # fmt: skip
ATTRIBUTES = {
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "class",
    "id",
    "aria-labelledby",
    "aria-hidden",
}


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


@given(plans)
@relaxed
def test_no_value_makes_an_element_or_an_attribute(made: Plan) -> None:
    page = Page(plan_html(made))
    assert set(page.tags) <= TAGS
    assert page.attributes <= ATTRIBUTES
    assert page.tags["article"] == len(made.changes)
    assert page.tags["dt"] == sum(len(c.fields) for c in made.changes) + len(legend(made))


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


def test_the_page_needs_nothing_from_anywhere() -> None:
    shown = plan_html(EVERYTHING)
    assert "default-src &#39;none&#39;" in shown or "default-src 'none'" in shown
    assert not any(word in shown for word in ("<script", "<link", "src=", "href=", "url(", "@import"))


def test_an_empty_plan_says_so() -> None:
    assert "No changes. 41 objects match the manifests." in html.unescape(plan_html(NOTHING))
    assert "No drift." in plan_html(plan(mode="drift"))


def test_the_sample_pages(snapshot: SnapshotAssertion) -> None:
    assert plan_html(DRIFTED).partition("</style>")[2] == snapshot
