"""An edit as it is shown: a unified diff that git would take, and that no value can act in."""

from __future__ import annotations

from hypothesis import given, strategies as st

from reconciler.render import render_patch
from tests.render.plans import texts


def test_it_reads_as_a_unified_diff() -> None:
    assert render_patch("m.yaml", "a: 1\nb: 2\n", "a: 1\nb: 3\n") == (
        "--- a/m.yaml\n+++ b/m.yaml\n@@ -1,2 +1,2 @@\n a: 1\n-b: 2\n+b: 3\n"
    )


def test_a_missing_newline_at_the_end_is_told() -> None:
    assert render_patch("m.yaml", "a: 1", "a: 1\n").splitlines()[3:] == [
        "-a: 1",
        "\\ No newline at end of file",
        "+a: 1",
    ]


def test_line_ends_of_windows_do_not_make_every_line_differ() -> None:
    assert len(render_patch("m.yaml", "a: 1\r\nb: 2\r\n", "a: 1\r\nb: 3\r\n").splitlines()) == 6


def test_nothing_is_shown_where_nothing_changes() -> None:
    assert render_patch("m.yaml", "a", "a") == ""


def test_colour_is_for_terminals() -> None:
    assert "\x1b[" in render_patch("m.yaml", "a\n", "b\n", colour=True)


@given(texts, st.lists(texts, max_size=4), st.lists(texts, max_size=4))
def test_whatever_stands_in_a_file_it_is_only_shown(name: str, old: list[str], new: list[str]) -> None:
    shown = render_patch(name, "\n".join(old), "\n".join(new))
    assert all(line.isprintable() for line in shown.split("\n"))
