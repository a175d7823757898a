"""`diff`: two revisions of the manifests, after templating. Offline: neither live nor the record is asked."""

from __future__ import annotations

import os
from dataclasses import dataclass

import click

from reconciler import git
from reconciler.cli.main import Settings
from reconciler.compare import compare
from reconciler.errors import ProjectInvalid, UsageError
from reconciler.manifests import Project, load, load_commit
from reconciler.render import DIFF_FORMATS, DiffFormat, Sides, render_diff, safe
from reconciler.review import base_of_ci

DIFFERENT = 2


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit by its full id, or the files on disk where it is empty. `label` is what people call it."""

    label: str
    commit: str = ""


ON_DISK = Revision("working tree")


@click.command("diff")
@click.argument("a", metavar="[A]", default="")
@click.argument("b", metavar="[B]", default="")
@click.option(
    "--format",
    "form",
    type=click.Choice(DIFF_FORMATS),
    default="text",
    show_default=True,
    help="How it is printed.",
)
@click.option("--exit-code", is_flag=True, help="Exit 2 where something differs.")
@click.pass_obj
def diff_command(settings: Settings, a: str, b: str, form: DiffFormat, exit_code: bool) -> int:
    """Compare the manifests of two git revisions, after templating. Reads neither live nor the record.

    \b
    diff          HEAD with the working tree; in CI the merge base of the pull request
    diff A        A with the working tree
    diff A B      A with B; A..B is the same, A...B begins at their merge base
    """  # noqa: D301 - \b keeps click from wrapping
    if not settings.folder.is_dir():
        raise UsageError(f"there is no folder {settings.folder}", hint="name the project's folder with -C")
    old, new = _revisions(settings, a, b)
    later = _loaded(settings, new, settings.environment)
    earlier = _loaded(settings, old, later.environment.name if later else settings.environment)
    known = later or earlier
    if known is None:
        raise UsageError(
            f"neither {old.label} nor {new.label} has this project", hint="name it with -C and -e"
        )
    differences = compare(earlier.desired if earlier else (), later.desired if later else ())
    sides = Sides(known.environment.name, old.label, new.label)
    output = settings.output
    output.result(render_diff(differences, sides, form, width=output.width, colour=output.colour))
    return DIFFERENT if exit_code and differences else 0


def _revisions(settings: Settings, a: str, b: str) -> tuple[Revision, Revision]:
    """The two sides, as `git diff` takes its words. Raise UsageError for a revision that git does not know."""
    try:
        for dots in ("...", ".."):
            if dots in a and not b:
                left, _, right = (word or "HEAD" for word in a.partition(dots))
                return _since(settings, left, right) if dots == "..." else _named(settings, left), _named(
                    settings, right
                )
        if a:
            return _named(settings, a), _named(settings, b) if b else ON_DISK
        if target := base_of_ci(os.environ):
            return _since(settings, target, "HEAD"), ON_DISK
        return _named(settings, "HEAD"), ON_DISK
    except git.GitError as error:
        raise UsageError(error.message, hint=error.hint) from error


def _named(settings: Settings, name: str) -> Revision:
    commit = git.commit_named(settings.folder, name)
    return Revision(name if commit.startswith(name) else f"{name} ({commit[:12]})", commit)


def _since(settings: Settings, name: str, other: str) -> Revision:
    commit = git.merge_base(settings.folder, name, other)
    return Revision(f"merge base with {name} ({commit[:12]})", commit)


def _loaded(settings: Settings, revision: Revision, environment: str) -> Project | None:
    """None, after a note, where the project or its environment is not there yet, or no longer."""
    try:
        if revision.commit:
            return load_commit(settings.folder, revision.commit, environment)
        return load(settings.folder, environment)
    except UsageError as error:
        settings.output.note(f"{safe(revision.label)} counts as empty: {safe(error.message)}")
        return None
    except ProjectInvalid:
        settings.output.note(f"In {safe(revision.label)}:")
        raise
