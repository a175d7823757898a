"""The container file, read by hand: no engine is needed to see what it would leave in an image."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.workflows.runner import ROOT

FILE = ROOT / ".github/Containerfile"
KNOWN = {"ARG", "FROM", "WORKDIR", "COPY", "RUN", "LABEL", "ENV", "USER", "ENTRYPOINT", "CMD"}


def stages() -> list[list[tuple[str, str]]]:
    """The instructions of each stage, its FROM first; what stands before the first FROM is left out."""
    text = re.sub(r"\\\n\s*", " ", FILE.read_text(encoding="utf-8"))
    found: list[list[tuple[str, str]]] = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        word, _, rest = line.partition(" ")
        assert word in KNOWN, line
        if word == "FROM":
            found.append([])
        if found:
            found[-1].append((word, rest.strip()))
    return found


def of(stage: list[tuple[str, str]], word: str) -> list[str]:
    return [rest for name, rest in stage if name == word]


def test_the_image_runs_as_nobody_in_particular() -> None:
    *_, last = stages()
    assert of(last, "USER") == ["10001"]
    after = [word for word, _ in last[[word for word, _ in last].index("USER") :]]
    assert "RUN" not in after


def test_what_builds_stays_in_the_first_stage() -> None:
    first, last = stages()
    assert any("pip install" in line for line in of(first, "RUN"))
    assert not any("pip install" in line for line in of(last, "RUN"))
    assert of(last, "COPY") == ["--from=build /opt/reconciler /opt/reconciler"]
    assert any("pip uninstall" in line for line in of(first, "RUN"))


def test_git_and_certificates_are_in_it_and_the_lists_of_packages_are_not() -> None:
    (line,) = of(stages()[-1], "RUN")
    assert re.search(r"--no-install-recommends ca-certificates git\b", line)
    assert "rm -rf /var/lib/apt/lists/*" in line


def test_it_is_labelled_and_starts_the_program_without_a_shell() -> None:
    last = stages()[-1]
    assert "org.opencontainers.image.licenses" in of(last, "LABEL")[0]
    assert of(last, "ENTRYPOINT") == ['["reconciler"]']
    assert not any(re.search(r"(?i)secret|token|password", line) for _, line in last)


def test_everything_it_copies_is_there_and_let_in() -> None:
    let_in = (ROOT / ".github/Containerfile.dockerignore").read_text().splitlines()
    assert "*" in let_in
    assert {"**/.state", "**/__pycache__"} <= {*let_in}
    for line in of(stages()[0], "COPY"):
        *sources, _to = line.split()
        for source in sources:
            assert (ROOT / source).exists()
            assert f"!{source}" in let_in


@pytest.mark.parametrize("stage", [0, 1])
def test_its_scripts_are_shell(stage: int, tmp_path: Path) -> None:
    for number, line in enumerate(of(stages()[stage], "RUN")):
        script = tmp_path / f"{number}.sh"
        script.write_text(f"#!/bin/sh\n{line}\n")
        done = subprocess.run(["sh", "-n", script], capture_output=True, text=True, check=False)  # noqa: S603, S607
        assert done.returncode == 0, done.stderr
