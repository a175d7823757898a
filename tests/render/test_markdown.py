"""The plan in a comment: snapshots, and markdown-it as the judge that nothing gets out of its code."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token
from syrupy.assertion import SnapshotAssertion

from reconciler.changes import Cause, Evidence, FieldChange, Objection, Request, Update
from reconciler.plan import Plan
from reconciler.render.markdown import code, fenced, plan_markdown, prose
from reconciler.render.safe import safe
from reconciler.render.shown import show
from reconciler.resources import Address
from tests.render.plans import ATTACKS, plans
from tests.render.samples import DELETED, DRIFTED, EVERYTHING, NOTHING, plan

JUDGE = MarkdownIt("gfm-like", {"linkify": False, "html": True})
OURS = re.compile(
    r"<details><summary>[\w ]+(?: in <code>[\w.]+</code>)?(?: \([\w\[\]() →{},:\"]+\))?</summary>\n?|</details>\n?"
)
relaxed = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)


def tokens(markdown: str) -> Iterator[Token]:
    for token in JUDGE.parse(markdown):
        yield token
        yield from token.children or ()


def said(markdown: str) -> str:
    """What a reader sees as text outside of code."""
    return " ".join(t.content for t in tokens(markdown) if t.type == "text")


def test_the_sample_plan(snapshot: SnapshotAssertion) -> None:
    assert plan_markdown(EVERYTHING) == snapshot


def test_drift_and_nothing(snapshot: SnapshotAssertion) -> None:
    assert plan_markdown(DRIFTED) + plan_markdown(NOTHING) == snapshot


@given(plans)
@relaxed
def test_no_value_makes_structure_of_its_own(made: Plan) -> None:
    shown = plan_markdown(made)
    allowed = {
        "heading", "paragraph", "strong", "blockquote", "bullet_list", "list_item",
        "table", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    for token in tokens(shown):
        assert token.type.removesuffix("_open").removesuffix("_close") in allowed | {
            "text", "inline", "code_inline", "fence", "html_block", "softbreak",
        }, token  # fmt: skip
        if token.type == "html_block":
            assert OURS.fullmatch(token.content), token.content
    headings = sum(t.type == "heading_open" for t in tokens(shown))
    assert headings == 1 + len({c.address.connection for c in made.changes})


@given(plans)
@relaxed
def test_text_outside_code_means_nothing_to_github(made: Plan) -> None:
    text = said(plan_markdown(made))
    assert not re.search(r"@\w|#\d|GH-\d|://|www\.|<|&\w", text.replace("[!CAUTION]", ""))


@given(plans)
@relaxed
def test_tables_keep_their_columns_and_rows(made: Plan) -> None:
    width, rows = 0, 0
    for token in tokens(plan_markdown(made)):
        if token.type == "tr_open":
            cells = 0
        elif token.type in {"th_open", "td_open"}:
            cells += 1
        elif token.type == "tr_close":
            rows += 1
            width = cells if width == 0 else width
            assert cells == width
        elif token.type == "table_close":
            width = 0
    with_fields = [c for c in made.changes if c.fields]
    assert rows == len(with_fields) + sum(len(c.fields) for c in with_fields)


@given(plans)
@relaxed
def test_every_field_and_every_object_is_named(made: Plan) -> None:
    shown = plan_markdown(made)
    assert all(str(c.address) in shown and all(f.path in shown for f in c.fields) for c in made.changes)
    assert all(line == safe(line) or "⚠️" in line for line in shown.split("\n"))


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_code_span_holds_what_it_was_given(attack: str) -> None:
    text = safe(attack)
    inline = next(t for t in JUDGE.parse(f"a {code(text)} b") if t.type == "inline")
    assert [c.type for c in inline.children or ()] == ["text", "code_inline", "text"]
    held = (inline.children or [])[1].content
    assert held == (text or "(empty)") or held.strip() == text.strip()


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_cell_shows_what_it_was_given(attack: str) -> None:
    field = FieldChange("tag", Cause.CHANGE, Evidence.OBSERVED, attack[:40], "new")
    shown = plan_markdown(plan(Update(Address("x", "Automation", "a"), fields=(field,))))
    held = [t.content for t in tokens(shown) if t.type in {"code_inline", "fence"}]
    assert show(attack[:40]) in held or any(f"- {show(attack[:40])}" in h for h in held)


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_fence_is_not_closed_from_within(attack: str) -> None:
    blocks = JUDGE.parse("\n".join(fenced([safe(attack), "end"], "diff")))
    assert [b.type for b in blocks] == ["fence"]


@pytest.mark.parametrize(
    "attack", [a for a in ATTACKS if not re.fullmatch(r"[\w .;,]*", a) or a.startswith("www")]
)
def test_prose_that_could_mean_something_is_code(attack: str) -> None:
    assert prose(safe(attack)).startswith("`")


def test_what_deletes_stands_open_before_what_is_folded() -> None:
    calm = [
        Update(Address("xero-nz", "Automation", f"n{i:03}"), requests=(Request("PATCH", "/"),))
        for i in range(200)
    ]
    shown = plan_markdown(plan(*calm, DELETED, objections=(Objection("max_changes", "too many"),)))
    assert shown.index("[!CAUTION]") < shown.index(str(DELETED.address)) < shown.index("<details>")
    assert "200 more changes" in shown
