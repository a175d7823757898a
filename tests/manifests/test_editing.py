"""Single values replaced in a user's own file: the diff has the changed lines, and no byte more."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, strategies as st

from reconciler.errors import Source
from reconciler.manifests import Edit, edit
from reconciler.manifests.report import Report
from reconciler.manifests.yaml_reader import read
from tests.manifests.builder import MARK, automation, only, patient, project, values

# before, old value, new value, after; the old value stands at the mark
STYLES = {
    "plain": ("a: ▸4 hours\n", "4 hours", "8 hours", "a: 8 hours\n"),
    "plain with a comment": ("a: ▸4 hours   # why\n", "4 hours", "1 hour", "a: 1 hour   # why\n"),
    "single quotes": ("a: ▸'x'\n", "x", "it's", "a: 'it''s'\n"),
    "double quotes": ('a: ▸"x" # c\n', "x", 'say "y"', 'a: "say \\"y\\"" # c\n'),
    "quotes where they are needed now": ("a: ▸x\n", "x", "a: b # c", 'a: "a: b # c"\n'),
    "a word that YAML 1.1 takes for a boolean": ("a: ▸x\n", "x", "NO", 'a: "NO"\n'),
    "a number as text": ("a: ▸x\n", "x", "0123", 'a: "0123"\n'),
    "empty text": ("a: ▸x\n", "x", "", 'a: ""\n'),
    "line breaks": ("a: ▸x\n", "x", "l1\nl2", 'a: "l1\\nl2"\n'),
    "what nobody would see": ("a: ▸x\n", "x", "a\u202eb\u2028", 'a: "a\\u202eb\\u2028"\n'),
    "a flag": ("a: ▸true # c\n", True, False, "a: false # c\n"),
    "null": ("a: ▸x\n", "x", None, "a: null\n"),
    "null in quotes is no null any more": ("a: ▸'x'\n", "x", None, "a: null\n"),
    "from null": ("a: ▸null\n", None, "x", "a: x\n"),
    "from a tilde": ("a: ▸~ # c\n", None, "x", "a: x # c\n"),
    "from nothing": ("a:▸\nb: 1\n", None, "x", "a: x\nb: 1\n"),
    "from nothing, with a comment": ("a:▸  # c\nb: 1\n", None, "x", "a: x  # c\nb: 1\n"),
    "from nothing at the end": ("a:▸", None, "x", "a: x"),
    "in a flow mapping": ("a: {b: ▸x, c: [1, 2]}  # c\n", "x", "y", "a: {b: y, c: [1, 2]}  # c\n"),
    "a comma in a flow mapping": ("a: {b: ▸x, c: 1}\n", "x", "1, 2", 'a: {b: "1, 2", c: 1}\n'),
    "a bracket in a flow sequence": ("a: [▸x]\n", "x", "y]", 'a: ["y]"]\n'),
    "nothing in a flow mapping": ("a: {b: ▸, c: 1}\n", None, "x", "a: {b: x, c: 1}\n"),
    "a flow mapping over lines": ("a: {\n  b: ▸x,\n  # c\n  d: 1 }\n", "x", "y", "a: {\n  b: y,\n  # c\n  d: 1 }\n"),
    "in a list": ("a:\n  - b: ▸x\n    c: 1\n", "x", "y", "a:\n  - b: y\n    c: 1\n"),
    "a literal block": ("a: ▸|\n  x\n  y\n\n# c\nb: 1\n", "x\ny\n", "z", "a: z\n\n# c\nb: 1\n"),
    "a folded block with a comment": ("a: ▸>- # c\n  x\n  y\nb: 1\n", "x y", "z", "a: z # c\nb: 1\n"),
    "a block at the end without a newline": ("a: ▸|-\n  x", "x", "y", "a: y"),
    "an empty block": ("a: ▸|\n\nb: 1\n", "", "y", "a: y\n\nb: 1\n"),
    "text over two lines": ("a: ▸x\n  y\nb: 1\n", "x y", "z", "a: z\nb: 1\n"),
    "quoted text over two lines": ('a: ▸"x\n  y" # c\nb: 1\n', "x y", "z", 'a: "z" # c\nb: 1\n'),
    "Windows line ends": ("# é宽\r\na: ▸x # c\r\nb: 1\r\n", "x", "y", "# é宽\r\na: y # c\r\nb: 1\r\n"),
    "a block with Windows line ends": ("a: ▸|\r\n  x\r\n\r\nb: 1\r\n", "x\n", "y", "a: y\r\n\r\nb: 1\r\n"),
    "no final newline": ("a: ▸x", "x", "y", "a: y"),
    "several documents": ("a: x\n---\n# c\na: ▸x\n...\n---\na: x\n", "x", "y", "a: x\n---\n# c\na: y\n...\n---\na: x\n"),
    "a tag that says nothing": ("a: ▸!!str x\n", "x", "y", "a: y\n"),
    "a reference": ("a: ▸{ref: K/x}  # c\n", "K/x", "K/y", "a: {ref: K/y}  # c\n"),
    "a reference in block style": ("a:\n  ▸ref: K/x\n", "K/x", "K/y", "a:\n  ref: K/y\n"),
    "an anchor elsewhere": ("b: &x 1\na: ▸x\nc: *x\n", "x", "y", "b: &x 1\na: y\nc: *x\n"),
    "strange but allowed spacing": ("a   :   ▸x   \nb: 1\n", "x", "y", "a   :   y   \nb: 1\n"),
    "wide characters before it": ("{宽𝕏: é, a: ▸x}\n", "x", "y", "{宽𝕏: é, a: y}\n"),
}  # fmt: skip

REFUSED = {
    "a template": ("a: ▸'{{ vars.x }}'\n", "x", "from-template"),
    "a part of a template": ("a: ▸to {{ vars.x }}\n", "to x", "from-template"),
    "an anchored value": ("a: ▸&x x\nb: *x\n", "x", "from-anchor"),
    "inside of an anchored mapping": ("b: &x\n  a: ▸x\nc: *x\n", "x", "from-anchor"),
    "inside of a merged mapping": ("b: &x {a: ▸x}\nc: {<<: *x}\n", "x", "from-anchor"),
    "a document for each of a list": ("for_each: [1]\nspec: {a: ▸x}\n", "x", "from-for-each"),
    "a document for each, said last": ("spec: {a: ▸x}\nfor_each: [1]\n", "x", "from-for-each"),
    "a mapping": ("a: ▸{b: x}\n", "x", "cannot-edit"),
    "a list": ("a: ▸[x]\n", "x", "cannot-edit"),
    "another value than was read": ("a: ▸z\n", "x", "cannot-edit"),
    "text where null was read": ("a: ▸'null'\n", None, "cannot-edit"),
    "a reference made by a template": ("a: ▸{ref: 'K/{{ each.key }}'}\n", "K/x", "from-template"),
}  # fmt: skip


def marked(text: str) -> tuple[str, Source]:
    before, _, after = text.partition(MARK)
    return before + after, Source("m.yaml", before.count("\n") + 1, len(before) - before.rfind("\n"))


def edited(text: str, old: str | bool | None, new: str | bool | None) -> tuple[str, list[str]]:
    text, place = marked(text)
    done, problems = edit(text, [Edit(place, old, new, "a", "c/K/n")])
    assert all(p.source == place for p in problems)
    if problems:
        assert done == text
    return done, [p.rule for p in problems]


@pytest.mark.parametrize(("before", "old", "new", "after"), STYLES.values(), ids=STYLES)
def test_only_the_value_changes(
    before: str, old: str | bool | None, new: str | bool | None, after: str
) -> None:
    assert edited(before, old, new) == (after, [])


@pytest.mark.parametrize(("text", "old", "rule"), REFUSED.values(), ids=REFUSED)
def test_what_serves_other_places_too_is_refused(text: str, old: str | None, rule: str) -> None:
    assert edited(text, old, "new")[1] == [rule]


def test_a_key_called_for_each_deeper_down_means_nothing() -> None:
    assert edited("spec:\n  for_each: x\n  a: ▸x\n", "x", "y") == ("spec:\n  for_each: x\n  a: y\n", [])
    assert edited("x: for_each\na: ▸x\n", "x", "y") == ("x: for_each\na: y\n", [])


def test_several_values_of_one_file_are_edited_together() -> None:
    text = "a: x\nb: |\n  long\nc: {d: x, e: x}\n"
    edits = [
        Edit(Source("m.yaml", line, column), old, new, "x", "")
        for line, column, old, new in ((4, 11, "x", "e, e"), (1, 4, "x", "longer than before"), (2, 4, "long\n", "b"), (4, 5, "x", "d"))
    ]  # fmt: skip
    edits[3] = Edit(Source("m.yaml", 4, 8), "x", "d", "x", "")
    edits[0] = Edit(Source("m.yaml", 4, 14), "x", "e, e", "x", "")
    assert edit(text, edits) == ('a: longer than before\nb: b\nc: {d: d, e: "e, e"}\n', [])


def test_all_that_cannot_be_edited_is_told_at_once() -> None:
    text = "a: '{{ vars.x }}'\nb: &b x\nc: *b\n"
    edits = [Edit(Source("m.yaml", line, 4), "x", "y", "x", "") for line in (1, 2)]
    assert [p.rule for p in edit(text, edits)[1]] == ["from-template", "from-anchor"]


texts = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["NO", "true", "null", "~", "1.10", "1e3", "0x1F", "2001-01-01", "1:30", "- x", "? x", "x: y", "x #y", "*a", "&a", "!t",
     "%d", "@a", "`a", "'", '"', "|", ">", "{", "}", "[", "]", ",", " x", "x ", "\t", "\\", "---", "...", "=", "<<"]
)  # fmt: skip


@given(texts, st.sampled_from(["a: ▸x\n", "a: ▸'x' # c\n", 'a: {b: ▸"x", c: 1}\n', "- ▸|-\n  x\n", "[▸x]"]))
@example("\x00", "a: ▸x\n")
@example("\ufeff", "a: ▸x\n")
@example("\x85", "a: ▸'x' # c\n")
def test_whatever_the_text_it_reads_back_as_it_was(new: str, style: str) -> None:
    text, problems = edited(style, "x", new)
    if problems:
        assert problems == ["cannot-edit"]
        assert any(ord(c) in range(0xD800, 0xE000) for c in new), "only what is no text cannot be written"
        return
    report = Report()
    (node,) = read(text, "m.yaml", report)
    while not isinstance(node.value, str):
        assert node.value is not None
        node = next(iter(node.value.values() if isinstance(node.value, dict) else node.value))
    assert (str(node.value), report.problems) == (new, ())


@patient
@given(st.text(st.characters(codec="utf-8", exclude_characters="{"), min_size=1, max_size=12))
def test_a_manifest_wants_what_was_written_into_it(tmp_path: Path, new: str) -> None:
    text, place = marked(automation("code: ▸old # c"))
    done, problems = edit(text, [Edit(place, "old", new, "code", "")])
    assert problems == []
    assert values(only(project(tmp_path, {"m.yaml": done})))["code"] == new
