"""`fmt`: one layout. What a manifest means and what its comments say never changes, and twice is once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given, settings, strategies as st

from reconciler.manifests import Report, formatted
from reconciler.manifests.nodes import Node, untyped
from reconciler.manifests.writing import spellings
from reconciler.manifests.yaml_reader import read

LAYOUTS = {
    "four spaces become two": ("a:\n    b:\n        c: 1\n    d: 2\n", "a:\n  b:\n    c: 1\n  d: 2\n"),
    "lists stand below their key": ("a:\n- b: 1\n  c: 2\n- d\n", "a:\n  - b: 1\n    c: 2\n  - d\n"),
    "wide dashes": ("a:\n  -   b: 1\n      c: 2\n", "a:\n  - b: 1\n    c: 2\n"),
    "lists in lists": ("- - a\n  -   b\n-\n    - c\n", "- - a\n  - b\n-\n  - c\n"),
    "gaps": ("a :   1\nb:    {  c:1 ,d :  [ 1,2 ] }\n", "a: 1\nb: {c:1, d: [1, 2]}\n"),
    "comments move along": ("a:\n    # of b\n    b: 1   # eol\n    # end\n# c\nc: 1\n", "a:\n  # of b\n  b: 1   # eol\n  # end\n# c\nc: 1\n"),
    "a comment before what is deeper": ("a:\n    # of b\n      # odd\n    b: 1\n", "a:\n  # of b\n  # odd\n  b: 1\n"),
    "comments in a list": ("a:\n# first\n- b\n# second\n- c\n", "a:\n  # first\n  - b\n  # second\n  - c\n"),
    "blank lines": ("\n\na: 1\n\n\n\nb: 2  \n\n\n", "a: 1\n\nb: 2\n"),
    "the final newline": ("a: 1", "a: 1\n"),
    "trailing blanks": ("a: 1   \n# c  \nb: x\t\n", "a: 1\n# c\nb: x\n"),
    "quotes that nobody needs": ("a: 'x y'\nb: \"z\"\n'c': 1\n", "a: x y\nb: z\nc: 1\n"),
    "quotes that are needed": (
        "a: 'NO'\nb: '0123'\nc: 'a: b'\nd: '{{ vars.x }}'\ne: 'true'\nf: ''\ng: 'null'\nh: '1:30'\n",
        'a: "NO"\nb: "0123"\nc: "a: b"\nd: "{{ vars.x }}"\ne: "true"\nf: ""\ng: "null"\nh: "1:30"\n',
    ),
    "quotes that hold quotes": ("a: '\"x\": y'\nb: \"it's: so\"\nc: 'a\\b: c'\nd: \"\\x07\"\n", "a: '\"x\": y'\nb: \"it's: so\"\nc: 'a\\b: c'\nd: \"\\x07\"\n"),
    "quotes in a flow mapping": ("a: {b: 'c, d', e: 'f'}\n", 'a: {b: "c, d", e: f}\n'),
    "what is written plain stays as written": (
        "a: NO\nb: 0123\nc: 1.10\nd: ~\ne:\nf: 06:45:23\ng: 1e3\n", "a: NO\nb: 0123\nc: 1.10\nd: ~\ne:\nf: 06:45:23\ng: 1e3\n",
    ),
    "a literal block": ("a:\n    b: |\n        x\n          y\n\n        z  \n\n\n    c: 1\n", "a:\n  b: |\n    x\n      y\n\n    z  \n\n  c: 1\n"),
    "a block that keeps its blank lines": ("a:\n    b: |+ # c\n       x\n\n\n", "a:\n  b: |+ # c\n    x\n\n\n"),
    "a block that says its indentation": ("a:\n    b: |2\n        x\n      y\n", "a:\n  b: |2\n      x\n    y\n"),
    "a folded block": ("a: >-\n      x\n      y\n", "a: >-\n  x\n  y\n"),
    "text over several lines": ('a:\n    b: x\n      y\n    c: "x\n      y"\n', 'a:\n  b: x\n    y\n  c: "x\n    y"\n'),
    "a flow mapping over lines": ("a: {\n      b: 1,\n      c: 2\n    }\n", "a: {\n      b: 1,\n      c: 2\n    }\n"),
    "anchors": ("a: &x\n    b: &y   1\nc:   *x\nd:\n    <<: *x\n", "a: &x\n  b: &y 1\nc: *x\nd:\n  <<: *x\n"),
    "several documents": ("---\n\na: 1\n---   # two\n\n\nb: 1\n...\n", "---\na: 1\n---   # two\nb: 1\n...\n"),
    "the order of a manifest's keys": (
        "# of the document\nspec:\n    a: 1\n    # end of spec\n\nmetadata: {name: x}   # eol\n\n# why this kind\nkind: K\napiVersion: v\n# tail\n",
        "# of the document\napiVersion: v\n# why this kind\nkind: K\nmetadata: {name: x}   # eol\n\nspec:\n  a: 1\n  # end of spec\n\n# tail\n",
    ),
    "for_each stands before what uses it": (
        "for_each: [1]\nspec: {}\nkind: K\nmetadata: {}\napiVersion: v\nother: 1\n",
        "apiVersion: v\nkind: K\nfor_each: [1]\nmetadata: {}\nspec: {}\nother: 1\n",
    ),
    "an alias keeps the order": (
        "spec: {a: &x 1}\nkind: K\nmetadata: {b: *x}\napiVersion: v\n", "spec: {a: &x 1}\nkind: K\nmetadata: {b: *x}\napiVersion: v\n",
    ),
    "each document for itself": ("kind: K\napiVersion: v\n---\nkind: L\napiVersion: v", "apiVersion: v\nkind: K\n---\napiVersion: v\nkind: L\n"),
    "only comments": ("# a\n\n\n  # b\n", "# a\n\n\n  # b\n"),
    "nothing": ("", ""),
}  # fmt: skip


def fmt(text: str) -> str:
    report = Report()
    found = formatted(text, "m.yaml", report)
    assert report.problems == ()
    return found


@pytest.mark.parametrize(("ugly", "canonical"), LAYOUTS.values(), ids=LAYOUTS)
def test_the_layout(ugly: str, canonical: str) -> None:
    assert fmt(ugly) == canonical
    assert fmt(canonical) == canonical


@pytest.mark.parametrize(("ugly", "canonical"), LAYOUTS.values(), ids=LAYOUTS)
def test_line_ends_and_the_byte_order_mark_stay(ugly: str, canonical: str) -> None:
    windows = "\ufeff" + ugly.replace("\n", "\r\n")
    if "\n" in ugly:
        assert fmt(windows) == "\ufeff" + canonical.replace("\n", "\r\n")


@pytest.mark.parametrize(
    "text", ["a: [\n", "a: b: c\n", "a: 1\na: 2\n", "a: !x 1\n", "\ta: 1\n", "a: \x07\n"]
)
def test_what_is_no_manifest_is_told_and_left_as_it_is(text: str) -> None:
    report = Report()
    assert formatted(text, "m.yaml", report) == text
    assert report.failed


def meaning(node: Node) -> Any:  # noqa: ANN401
    """As any field could take it: the text of a scalar, and what it is where nothing says its type."""
    match node.value:
        case dict() as fields:
            return {key: meaning(inner) for key, inner in fields.items()}
        case list() as items:
            return [meaning(item) for item in items]
        case None:
            return None
        case text:
            return str(text), untyped(text)


def meanings(text: str) -> list[Any]:
    report = Report()
    found = [meaning(node) for node in read(text, "m.yaml", report)]
    assert report.problems == ()
    return found


keys = st.sampled_from(["a", "b c", "kind", "spec", "apiVersion", "metadata", "NO", "x-y", "1", "it's", "é"])
scalars = st.text(st.sampled_from("ab1 :#-'\"\\{},[]&*!|>%@`~=.?\n\té宽"), max_size=8) | st.sampled_from(
    ["NO", "true", "null", "0123", "1.10", "4 hours", "{{ vars.x }}", "- x", "", "2001-01-01"]
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=10,
)


class Untidy:
    """Writes values in whatever style comes up: every choice is hypothesis's."""

    def __init__(self, draw: Any) -> None:  # noqa: ANN401
        self.draw = draw
        self.comments = 0

    def one_of(self, *choices: str) -> str:
        found: str = self.draw(st.sampled_from(choices))
        return found

    def comment(self) -> str:
        if self.one_of("", "", "#") == "":
            return ""
        self.comments += 1
        return self.one_of(" ", "   ") + f"# number {self.comments}"

    def line(self, column: int) -> str:
        """A blank line or a comment between two lines, or nothing."""
        kind = self.one_of("", "", "", "\n", "  \n", "#")
        if kind != "#":
            return kind
        self.comments += 1
        indent: int = self.draw(st.integers(0, column + 3))
        return " " * indent + f"# number {self.comments}\n"

    def scalar(self, text: str) -> str:
        return next(spellings(text, self.one_of("", "'", '"')))

    def flow(self, value: Any) -> str:  # noqa: ANN401
        pad = self.one_of("", " ")
        match value:
            case dict():
                inner = f"{pad},{pad} ".join(f"{self.double(k)}:  {self.flow(v)}" for k, v in value.items())
                return "{" + pad + inner + pad + "}"
            case list():
                return f"[{pad}{f'{pad},'.join(map(self.flow, value))}{pad}]"
            case _:
                return self.double(str(value))

    def double(self, text: str) -> str:
        return next(spellings(text, '"'))

    def block(self, value: Any, column: int) -> str:  # noqa: ANN401
        """What follows on a `key:` or a dash at a column of its own: a value to the end of its line."""
        if not isinstance(value, dict | list) or not value or self.one_of("block", "block", "flow") == "flow":
            written = self.flow(value) if isinstance(value, dict | list) else self.scalar(value)
            return f"{self.one_of(' ', '   ')}{written}{self.comment()}{self.one_of('', '  ')}\n"
        if isinstance(value, list):
            inner = column + self.draw(st.integers(0, 3))
            return self.comment() + "\n" + self.items(value, inner)
        inner = column + self.draw(st.integers(1, 4))
        return self.comment() + "\n" + self.fields(value, inner)

    def items(self, value: list[Any], column: int) -> str:
        lines = [f"{self.line(column)}{' ' * column}-{self.block(item, column + 1)}" for item in value]
        return "".join(lines)

    def fields(self, value: dict[str, Any], column: int) -> str:
        return "".join(
            f"{self.line(column)}{' ' * column}{self.scalar(key)}{self.one_of('', ' ')}:{self.block(item, column)}"
            for key, item in value.items()
        )

    def document(self, value: dict[str, Any]) -> str:
        return self.fields(value, 0) + self.line(0)


@st.composite
def untidy(draw: Any) -> str:  # noqa: ANN401
    writer = Untidy(draw)
    documents = draw(st.lists(st.dictionaries(keys, values, min_size=1, max_size=4), min_size=1, max_size=2))
    return "---\n".join(map(writer.document, documents))


def comments(text: str) -> list[str]:
    return sorted(re.findall(r"# number \d+", text))


@settings(max_examples=60, deadline=None)
@given(untidy())
def test_however_it_was_written_it_is_laid_out_and_means_what_it_meant(text: str) -> None:
    found = fmt(text)
    assert meanings(found) == meanings(text)
    assert comments(found) == comments(text)
    assert fmt(found) == found
    assert found.endswith("\n")
    assert not re.search(r"[ \t]$", found, re.MULTILINE)
    assert "\n\n\n" not in found


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["a", "b:", ": ", "- ", "\n", "  ", "    ", "#c", " #c", "{", "}", "[", "]", ", ", "'", '"', "|\n", ">-\n",
                                 "&x ", "*x", "!!str ", "---\n", "...\n", "? ", "x y", "\t", "|+\n", "|2\n"]), max_size=25).map("".join))  # fmt: skip
@example("  ---\n}")
def test_whatever_it_is_given_it_keeps_the_meaning_or_leaves_it_alone(text: str) -> None:
    report = Report()
    found = formatted(text, "m.yaml", report)
    if report.failed:
        assert found == text
        return
    assert meanings(found) == meanings(text)
    again = Report()
    assert formatted(found, "m.yaml", again) == found
    assert again.problems == ()
