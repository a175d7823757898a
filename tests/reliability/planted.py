"""The harness proves itself: bugs planted in a copy of the package, each of which a test must find.

python -m tests.reliability.planted
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.cli.builder import ROOT


@dataclass(frozen=True, slots=True)
class Bug:
    """`old` in `file` becomes `new`; the tests under `found_by` (a path, and a word of their names) must fail."""

    what: str
    file: str
    old: str
    new: str
    found_by: tuple[str, str]


BUGS = (
    Bug("a commit is not forced to disk", "backends/sqlite.py", "synchronous = FULL", "synchronous = OFF", ("tests/backends", "")),
    Bug("an old lease may write", "backends/slot.py", "slot.epoch == lease.epoch and ", "", ("tests/backends", "")),
    Bug("an empty page ends a list", "live/listing.py", "next_page", "no_page", ("tests/live", "list")),
    Bug(
        "a creation is sent again", "live/writer.py", 'return "once" if creates else "absolute"', 'return "absolute"',
        ("tests/live", "creat or twice or once"),
    ),
    Bug(
        "a write before its intent", "recording.py", "self._commit(Transition(open=intent, close=self._doubt(change)))",
        "pass", ("tests/acting", "crash or intent"),
    ),
    Bug("no precondition", "apply.py", "!= change.precondition", "== ''", ("tests/acting", "moved or stale")),
    Bug(
        "delete after a failure", "schedule.py", "isinstance(change, Delete) and any(", "isinstance(change, int) and any(",
        ("tests/acting", "delet"),
    ),
    Bug("a dropped field passes", "verify.py", "return Result.DROPPED,", "return Result.NORMALISED,", ("tests/acting", "drop")),
    Bug("true equals 1", "values.py", "        case (bool(), _) | (_, bool()):\n            return left is right\n", "", ("tests/decide", "")),
    Bug("a sign is swallowed", "verify.py", "if s in ours or s not in signs", "", ("tests/acting", "edit")),
    Bug("the longest nesting is unbounded", "manifests/yaml_reader.py", "DEEPEST = 64", "DEEPEST = 64_000", ("tests/manifests", "nest")),
    Bug("any filter is allowed", "manifests/sandbox.py", "node.name not in sandbox.filters", "False", ("tests/manifests", "template")),
    Bug("colours in a pipe", "cli/output.py", "colour=sys.stdout.isatty() and not quiet", "colour=True", ("tests/cli", "pipe")),
    Bug("anybody's comment is ours", "forge/marker.py", "if is_by(text.author, me)", "if me", ("tests/forge", "somebody")),
    Bug("a quoted marker marks", "forge/marker.py", "== str(self)", ".endswith(str(self))", ("tests/forge", "first_line")),
    Bug(
        "an issue is closed over what was not read", "forge/tracking.py", "Step.UPDATED if broken else Step.CLOSED",
        "Step.CLOSED", ("tests/cli/test_drift_report.py", "closed"),
    ),
    Bug(
        "a broken connection is an empty one", "survey.py", "whole = question.connections.keys() - broken.keys()",
        "whole = question.connections.keys()", ("tests/cli/test_drift_report.py", "hides"),
    ),
)  # fmt: skip


def main() -> None:
    missed = 0
    for bug in BUGS:
        with tempfile.TemporaryDirectory(prefix="planted-") as scratch:
            copy = Path(scratch) / "copy"
            shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
            file = copy / "reconciler" / bug.file
            text = file.read_text(encoding="utf-8")
            if bug.old not in text:
                verdict = "CANNOT BE PLANTED: the code has changed"
                missed += 1
            else:
                file.write_text(text.replace(bug.old, bug.new, 1), encoding="utf-8")
                found = _fails(copy, *bug.found_by)
                verdict = "found" if found else "NOT FOUND"
                missed += not found
        sys.stdout.write(f"{verdict:<10} {bug.what} ({bug.file})\n")
        sys.stdout.flush()
    sys.exit(1 if missed else 0)


def _fails(copy: Path, path: str, word: str) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n2", "-p", "no:cacheprovider", path]
    command += ["-k", word] if word else []
    ended = subprocess.run(  # noqa: S603 - ourselves
        command, cwd=copy, env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    # with several workers, stopping at the first failure counts as an interruption
    return ended.returncode in (1, 2) and " failed" in ended.stdout


if __name__ == "__main__":
    main()
