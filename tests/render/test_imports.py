"""Start-up costs nothing that is not used."""

from __future__ import annotations

import subprocess
import sys

SLOW = ("rich", "jinja2", "deepdiff", "httpx", "sqlalchemy")


def loaded_after(code: str) -> set[str]:
    script = f"{code}\nimport sys\nprint(*{{m.partition('.')[0] for m in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    return set(done.stdout.split())


def test_importing_the_renderers_loads_no_slow_library() -> None:
    assert not loaded_after("import reconciler.render").intersection(SLOW)


def test_problems_without_colour_need_none_either() -> None:
    code = """
from reconciler.errors import *
from reconciler.render import render_problems
found = [Problem(Severity.ERROR, 'r', 'm', Source('a.yaml', 1, 1))]
[render_problems(found, f) for f in ('text', 'json', 'github', 'sarif')]
"""
    assert not loaded_after(code).intersection(SLOW)
