"""The harness proves itself: bugs planted in a copy of the package, each of which a test must find.

python -m tests.reliability.planted [WORD]
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.cli.builder import ROOT
from tests.reliability.bugs import BUGS, Bug

FOUND = "found"


def main() -> None:
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    bugs = [bug for bug in BUGS if word in bug.what]
    missed = 0
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for bug, verdict in zip(bugs, pool.map(verdict_on, bugs), strict=True):
            missed += verdict != FOUND
            sys.stdout.write(f"{verdict:<10} {bug.what} ({bug.file})\n")
            sys.stdout.flush()
    sys.stdout.write(f"{len(bugs) - missed} of {len(bugs)} planted bugs were found\n")
    sys.exit(1 if missed else 0)


def verdict_on(bug: Bug) -> str:
    with tempfile.TemporaryDirectory(prefix="planted-") as scratch:
        copy = Path(scratch) / "copy"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        file = copy / "reconciler" / bug.file
        text = file.read_text(encoding="utf-8")
        if bug.old not in text:
            return "CANNOT BE PLANTED: the code has changed"
        file.write_text(text.replace(bug.old, bug.new, 1), encoding="utf-8")
        return FOUND if _fails(copy, bug) else "NOT FOUND"


def _fails(copy: Path, bug: Bug) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *bug.found_by.split()]
    command += ["-k", bug.word] if bug.word else []
    ended = subprocess.run(  # noqa: S603 - ourselves
        command, cwd=copy, env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    # a bug that keeps the tests from being read at all is no bug that they found
    return ended.returncode == 1 and " failed" in ended.stdout


if __name__ == "__main__":
    main()
