"""A file may import lower floors, or names before its own on its floor. One dependency has one home."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import reconciler

ROOT = Path(reconciler.__file__).parent

FLOORS = (
    ("errors", "values", "resources", "state"),
    ("kinds",),
    (
        "changes", "plan", "lateness", "projection", "diff", "describe", "identity", "doubts", "decide", "guards", "reading", "outcomes", "verify",
        "pull", "planfile", "statefile", "attribution", "compare", "graph", "governor",
    ),
    ("git", "web"),
    ("manifests", "live", "forge", "backends", "render"),
    ("schedule", "recording", "rereading", "apply", "keeping"),
    ("config", "pipeline", "review", "survey", "accepting"),
    ("cli",),
)  # fmt: skip
SIBLINGS = FLOORS[4]
ISLAND = "emulator"
MAY_START_THE_ISLAND = {"config", "cli"}

HOMES = {
    "pydantic": {"kinds", "manifests"},
    "pydantic_core": {"kinds", "manifests"},
    "deepdiff": {"describe"},
    "yaml": {"manifests"},
    "jinja2": {"manifests", "render"},
    "httpx": {"web"},
    "tenacity": {"web"},
    "pyrate_limiter": {"web"},
    "httpcore": {"web"},
    "sqlalchemy": {"backends"},
    "psycopg": {"backends"},
    "obstore": {"backends"},
    "cryptography": {"backends"},
    "rich": {"render", "cli"},
    "click": {"cli"},
    "starlette": {ISLAND},
    "uvicorn": {ISLAND},
}

PLACE = {room: (floor, place) for floor, rooms in enumerate(FLOORS) for place, room in enumerate(rooms)}


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


FILES = [p for p in sorted(ROOT.rglob("*.py")) if room_of(p) not in {"__init__", "__main__"}]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_imports_only_what_is_below_it(path: Path) -> None:
    room = room_of(path)
    for name in imports_of(path):
        top, _, rest = name.partition(".")
        if top != "reconciler" or not rest:
            assert room in HOMES.get(top, {room}), f"{top} has its home in {HOMES[top]}"
            continue
        other = rest.partition(".")[0]
        if ISLAND in {room, other}:
            assert room == other or room in MAY_START_THE_ISLAND, "the emulator stands alone"
            continue
        assert other == room or PLACE[other] < PLACE[room], f"{room} may not import {other}"
        assert other == room or not {room, other} <= set(SIBLINGS), "siblings never import each other"
