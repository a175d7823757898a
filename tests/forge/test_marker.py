"""The hidden lines: nothing in them ends them, and what a stranger wrote there is read as a stranger's."""

from __future__ import annotations

import cmarkgfm
import pytest
from hypothesis import given, strategies as st

from reconciler.forge.marker import Marker
from reconciler.render.comment import Entry, from_memory, to_memory
from tests.render.plans import anything, texts

MARKER = Marker("plan", "desired_state", "production")
objects = st.dictionaries(texts, anything, max_size=3)


def hidden(markdown: str) -> str:
    """What is left of the page once its comments are taken out, as a browser does it."""
    page: str = cmarkgfm.github_flavored_markdown_to_html(markdown, cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE)
    while "<!--" in page:
        start = page.index("<!--")
        page = page[:start] + page[page.index("-->", start) + 3 :]
    return page


@given(texts, texts, objects)
def test_what_is_remembered_comes_back_and_shows_nowhere(
    project: str, environment: str, memory: dict[str, object]
) -> None:
    try:
        str(Marker("plan", project, environment))
    except UnicodeEncodeError:
        return  # half a character is no name
    marker = Marker("plan", project, environment)
    body = marker.head(memory) + "The text."  # type: ignore[arg-type]
    assert marker.marks(body)
    assert marker.remembered(body) == memory
    assert marker.remembered(body.replace("\n", "\r\n")) == memory
    assert hidden(body).strip() == "<p>The text.</p>"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", "b environment=c"), ("a environment=b", "c")),
        (("a-b", "c"), ("a", "b-c")),
        (("a/b", "c"), ("a", "b/c")),
        (("a", ""), ("", "a")),
    ],
)
def test_two_projects_are_never_one(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert str(Marker("plan", *one)) != str(Marker("plan", *other))


@pytest.mark.parametrize(
    "line",
    [
        "", "<!-- reconciler:memory -->", "<!-- reconciler:memory {} --> x", "<!-- reconciler:memory [] -->",
        '<!-- reconciler:memory {"a": -->', "<!-- reconciler:memory " + '{"a":' * 5000 + "1" + "}" * 5000 + " -->",
        '<!-- reconciler:memory {"a": NaN} -->x',
    ],
)  # fmt: skip
def test_a_memory_that_somebody_broke_is_none(line: str) -> None:
    assert MARKER.remembered(f"{MARKER}\n{line}\n\ntext") == {}


@given(objects)
def test_plans_that_somebody_made_up_are_read_as_entries_or_not_at_all(memory: dict[str, object]) -> None:
    for entry in from_memory(memory):  # type: ignore[arg-type]
        assert isinstance(entry, Entry)


@given(
    st.lists(st.fixed_dictionaries({name: anything | st.just("x") for name in Entry.__slots__}), max_size=9)
)
def test_only_whole_entries_of_short_text_are_believed_and_only_a_few(plans: list[object]) -> None:
    found = from_memory({"plans": plans})  # type: ignore[dict-item]
    assert len(found) <= 6
    assert all(isinstance(getattr(e, name), str) for e in found for name in Entry.__slots__)
    assert found == () or from_memory(to_memory(found[0], found[1:])) == found
