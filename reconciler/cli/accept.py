"""`accept`: what somebody changed outside git becomes what the manifests say. Only manifests are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path

import click

from reconciler.accepting import Acceptance, acceptance, unsettled
from reconciler.cli import completing
from reconciler.cli.files import below, write_over
from reconciler.cli.main import Settings
from reconciler.cli.session import Session, opened, reading
from reconciler.errors import Problem, ProjectInvalid, Refused, UsageError
from reconciler.manifests import Project, edit, edited, in_folder, load
from reconciler.pipeline import make_plan, whole_object
from reconciler.plan import Plan
from reconciler.render import render_patch, safe
from reconciler.resources import Address

_BOM = "\ufeff"


@click.command("accept")
@click.argument(
    "addresses", metavar="ADDRESS...", nargs=-1, required=True, shell_complete=completing.addresses
)
@click.option(
    "--field",
    "paths",
    multiple=True,
    metavar="PATH",
    help="Only this field, as the plan names it; a glob will do.",
)
@click.option("--dry-run", is_flag=True, help="Show the edit, write nothing.")
@click.pass_obj
def accept_command(
    settings: Settings, addresses: tuple[str, ...], paths: tuple[str, ...], dry_run: bool
) -> None:
    """Write what live has into the manifests, where it differs from what they last said.

    That is drift, conflicts, and what an object that is not ours yet has. Each ADDRESS may be a glob. Only
    the values themselves change in the files; the edit is shown. Values that cannot be read back, or that
    come from a template, an anchor or for_each, are refused, and then nothing is written.
    """
    with opened(settings) as session, reading(session) as reader:
        chosen = _chosen(session, addresses)
        question = session.question("plan", (), ())
        plan, state, snapshot = session.settled(question, reader)
        found = acceptance(plan, session.project.desired, state.records.values(), chosen, paths)
        texts, refused = _edited(session.project.root, found)
        _refuse([*found.refused, *refused], settings)
        project = _reloaded(session, {name: new for name, (_, new) in texts.items()})
        again = make_plan(replace(question, desired=project.desired), state, snapshot)
        _check(session, plan, again, found)
    root, output = session.project.root, settings.output
    for name, (old, new) in texts.items():
        output.result(render_patch(str(root / name), old, new, colour=output.colour))
    if not texts:
        output.note("Nothing to accept: none of these drifted in a field that is managed.")
        return
    if not dry_run:
        write_over({below(root, root / name): pair for name, pair in texts.items()})
    _tell(session, found, dry_run=dry_run)


def _chosen(session: Session, patterns: Sequence[str]) -> frozenset[Address]:
    """The addresses meant. A fragment's means the configuration that it is a part of."""
    known = {str(d.address): d.address for d in session.project.desired}
    chosen: set[Address] = set()
    for pattern in patterns:
        found = {a for text, a in known.items() if fnmatchcase(text, whole_object(pattern))}
        if not found:
            close = get_close_matches(pattern, known, n=1)
            raise UsageError(
                f"no manifest has the address {pattern!r}",
                hint=f"did you mean {close[0]}?" if close else "reconciler plan names them",
            )
        chosen |= found
    return frozenset(chosen)


def _edited(root: Path, found: Acceptance) -> tuple[Mapping[str, tuple[str, str]], list[Problem]]:
    """Old and new text of each file concerned, and what cannot be edited in them."""
    texts: dict[str, tuple[str, str]] = {}
    problems: list[Problem] = []
    for name, edits in found.edits.items():
        old = (root / name).read_bytes().decode("utf-8")
        new, refused = edit(old.removeprefix(_BOM), edits)
        problems.extend(refused)
        texts[name] = old, _BOM * old.startswith(_BOM) + new
    return texts, problems


def _refuse(problems: Sequence[Problem], settings: Settings) -> None:
    """All of them at once, and nothing is written."""
    for problem in sorted(problems, key=lambda p: p.source):
        settings.output.note(safe(str(problem)))
    if problems:
        count = "1 value" if len(problems) == 1 else f"{len(problems)} values"
        raise Refused(
            f"{count} cannot be accepted; nothing was written",
            hint="edit by hand as said above, or name what you want with --field",
        )


def _reloaded(session: Session, texts: Mapping[str, str]) -> Project:
    """The project as it will be. Raise Refused where it would be invalid."""
    root, name = session.project.root, session.project.environment.name
    bare = {file: text.removeprefix(_BOM) for file, text in texts.items()}
    try:
        return load(root, name, texts=edited(in_folder(root), bare))
    except ProjectInvalid as error:
        for problem in error.problems:
            session.output.note(safe(str(problem)))
        raise Refused("with what live has, the manifests would be invalid; nothing was written") from error


def _check(session: Session, before: Plan, after: Plan, found: Acceptance) -> None:
    """What was accepted must be in sync, and what changes because of it is told."""
    if left := unsettled(after, found.accepted):
        raise Refused(
            f"what was written would not be what live has: {', '.join(left)}; nothing was written",
            hint="edit these by hand",
        )
    known = {(c.address, f.path) for c in before.changes for f in c.fields}
    for change in after.changes:
        if new := [f.path for f in change.fields if (change.address, f.path) not in known]:
            session.output.note(f"Because of this {change.address} changes too: {', '.join(new)}")


def _tell(session: Session, found: Acceptance, *, dry_run: bool) -> None:
    count = len(found.accepted)
    verb = "would be accepted" if dry_run else "accepted"
    session.output.note(f"{count} value{'s' * (count != 1)} {verb}. Review with git diff, and commit.")
    others = [n for n in session.project.environments if n != session.project.environment.name]
    if others:
        session.output.note(
            f"These manifests serve other environments too: {', '.join(others)}. Plan them before you merge."
        )
