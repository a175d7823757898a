"""`fmt`: manifests in one layout. What they mean stays, and so does every comment."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from reconciler.cli.files import below, write_over
from reconciler.cli.main import Settings
from reconciler.errors import ProjectInvalid, Source, UsageError
from reconciler.manifests import SUFFIXES, Report, content_of, decoded, formatted
from reconciler.render import render_patch, safe

WOULD_CHANGE = 1


@click.command("fmt")
@click.argument("paths", metavar="[PATHS]...", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--check", is_flag=True, help="Write nothing; list what would change, and exit 1 where something would."
)
@click.option("--diff", "show_diff", is_flag=True, help="Write nothing; show what would change.")
@click.pass_obj
def fmt_command(settings: Settings, paths: tuple[Path, ...], check: bool, show_diff: bool) -> int:
    """Format manifests: key order, indentation, spacing, and quotes only where they are needed.

    PATHS are files and folders, by default the project folder; - formats stdin to stdout. What a manifest
    means and what its comments say never changes. A file that is no YAML is told and left as it is.
    """
    report = Report()
    if paths == (Path("-"),):
        return _filtered(settings, report)
    changed: dict[Path, tuple[str, str]] = {}
    for path in _files(paths or (settings.folder,)):
        old = content_of(path, _root(settings, path).resolve(), Source(str(path), 1, 1), report)
        if old is not None and (new := formatted(old, str(path), report)) != old:
            changed[path] = old, new
    if not check and not show_diff:
        write_over({below(_root(settings, path), path): pair for path, pair in changed.items()})
    for path, (old, new) in changed.items():
        patch = render_patch(str(path), old, new, colour=settings.output.colour) if show_diff else str(path)
        settings.output.result(patch if show_diff else safe(patch))
    return _told(settings, report) or (WOULD_CHANGE if check and changed else 0)


def _filtered(settings: Settings, report: Report) -> int:
    """From stdin to stdout, for editors: nothing comes out where it cannot be formatted."""
    text = decoded(sys.stdin.buffer.read(), Source("<stdin>", 1, 1), report)
    found = "" if text is None else formatted(text, "<stdin>", report)
    if found and not report.failed:
        settings.output.result(found)
    return _told(settings, report)


def _told(settings: Settings, report: Report) -> int:
    for problem in report.problems:
        settings.output.note(safe(str(problem)))
    return ProjectInvalid.exit_code if report.failed else 0


def _root(settings: Settings, path: Path) -> Path:
    """The folder that a link must not lead out of."""
    return settings.folder if path.absolute().is_relative_to(settings.folder.absolute()) else path.parent


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files named, and the manifests in the folders named."""
    for path in paths:
        if not path.exists():
            raise UsageError(f"there is no {path}", hint="name files or folders, or the project with -C")
        if not path.is_dir():
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(filter(_is_seen, folders))
            yield from (Path(folder, n) for n in sorted(names) if n.endswith(SUFFIXES) and _is_seen(n))


def _is_seen(name: str) -> bool:
    return not name.startswith(("_", "."))
