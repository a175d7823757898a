"""What the pages say of the code is what the code says."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path

import pytest

from reconciler import errors
from reconciler.errors import Problem, ProjectInvalid, ReconcilerError
from reconciler.manifests import load
from reconciler.render.kinds import kinds_markdown
from tests.docs.pages import DOCS, PAGES, ROOT

_RULE = re.compile(r"[a-z]+(?:-[a-z]+)+")
# what gives a problem its rule; the rule stands in the call as a word
_CALLS = {
    "Finding",
    "Problem",
    "PydanticCustomError",
    "TemplateFault",
    "error",
    "warning",
    "_problem",
    "_stop",
}


def rules_of_the_code() -> set[str]:
    found = set()
    for path in (ROOT / "reconciler").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in _CALLS:
                words = [
                    a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)
                ]
                found |= {word for word in words if _RULE.fullmatch(word)}
    return found


def _name(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def table(heading: str) -> set[str]:
    """The first column of the table below a heading of the page of errors."""
    text = (DOCS / "errors.md").read_text(encoding="utf-8").partition(heading)[2].partition("\n## ")[0]
    return {row.split("|")[1].strip(" `") for row in text.splitlines() if row.startswith("| ")} - {"rule"}


def test_every_rule_is_explained_and_every_explained_rule_exists() -> None:
    assert table("## The rules of ") == rules_of_the_code()


def test_every_exit_code_is_explained() -> None:
    known = {
        c.exit_code for c in vars(errors).values() if isinstance(c, type) and issubclass(c, ReconcilerError)
    }
    told = {int(n) for cell in table("## How a command ends") for n in re.findall(r"\d+", cell)}
    assert known <= told
    assert {0, 2, 3} <= told


def test_the_page_of_manifests_ends_with_what_the_kinds_say_of_themselves() -> None:
    page = (DOCS / "manifests.md").read_text(encoding="utf-8")
    by_hand, mark, generated = page.partition(
        "<!-- From here on it is made from the kinds: make docs -->\n\n"
    )
    assert mark
    assert by_hand
    assert generated == kinds_markdown(), "run: make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_something(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if not target.startswith("https://"):
            assert (page.parent / target).resolve().exists(), target


def test_every_test_that_is_named_as_a_proof_is_there() -> None:
    page = (DOCS / "security.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/.-]+)`", page)
    assert len(named) >= 10
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_no_page_is_a_wall() -> None:
    assert {page.name for page in PAGES if len(page.read_text(encoding="utf-8").splitlines()) > 260} <= {
        "manifests.md"
    }


def test_the_manifests_in_the_pages_are_valid_but_for_what_they_refer_to(tmp_path: Path) -> None:
    blocks = [
        block
        for page in PAGES
        for block in re.findall(r"```yaml\n(apiVersion: .*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    ]
    assert len(blocks) >= 3
    for number, block in enumerate(blocks):
        folder = tmp_path / str(number)
        shutil.copytree(ROOT / "reconciler/cli/starter", folder)
        for manifest in (folder / "xero-au").iterdir():
            manifest.unlink()
        (folder / "page.yaml").write_text(block, encoding="utf-8")
        assert {p.rule for p in problems(folder)} <= {"unresolved-reference"}, block


def problems(folder: Path) -> tuple[Problem, ...]:
    try:
        return load(folder, "demo").problems
    except ProjectInvalid as error:
        return error.problems
