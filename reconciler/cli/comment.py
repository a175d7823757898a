"""`comment`: a saved plan on its pull request, and how its apply ended. Opens neither project, live nor record."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import click

from reconciler.cli.forging import Where, of_job, project_of, pull_number, run_link, talking
from reconciler.cli.main import Settings
from reconciler.cli.options import forge_options
from reconciler.cli.output import Output
from reconciler.cli.plan import read_plan
from reconciler.cli.session import now
from reconciler.errors import ReconcilerError, UsageError
from reconciler.forge.connecting import FORGES, ForgeName
from reconciler.forge.marker import Marker
from reconciler.forge.protocol import Forge
from reconciler.forge.sticky import Stuck, stick
from reconciler.outcomes import Outcome, from_document
from reconciler.plan import Plan
from reconciler.planfile import plan_id
from reconciler.render import safe
from reconciler.render.comment import EARLIER, Comment, Entry, comment_markdown, from_memory, to_memory
from reconciler.render.limits import units
from reconciler.values import Json


class Missing(ReconcilerError):
    """The comment is there, and says that the plan is not in it."""


@click.command("comment")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--forge", "name", type=click.Choice(FORGES), help="Where to; else as the CI job says.")
@click.option(
    "--number", type=click.IntRange(min=1), help="The pull request's; else the job's, or its commit's."
)
@click.option("--outcome", metavar="FILE", help="What `apply --format json` printed; - reads it from stdin.")
@forge_options
@click.pass_obj
def comment_command(
    settings: Settings, file: Path, name: ForgeName | None, number: int | None, outcome: str | None,
    repository: str, token_env: str, token_file: Path | None, api_url: str, author: str,
) -> None:  # fmt: skip
    """Write a saved plan into one comment on its pull request, and keep that comment up to date.

    \b
      reconciler plan --out plan.json
      reconciler comment plan.json
    and once it is merged
      reconciler apply plan.json --format json > done.json
      reconciler comment plan.json --outcome done.json

    There is one comment for each project folder (-C) and environment. It is known by a hidden line and by
    its author, who is whoever the token writes as; a comment of somebody else's with that line is left alone.
    The token of a GitHub job needs `pull-requests: write`; GitLab takes a project access token with the
    scope `api`, and no CI_JOB_TOKEN. Where to write, and with which token, is never read from the project.

    What deletes or conflicts is never cut: a plan too long for that is not shown, and the exit code is 1.
    """  # noqa: D301 - \b keeps click from wrapping
    plan = read_plan(file)
    outcomes = _outcomes(outcome, plan) if outcome else ()
    where = Where(repository, token_env, token_file, api_url, author)
    name = name or of_job(os.environ)
    marker = Marker("plan", project_of(settings.folder), plan.environment)
    with talking(name, where, settings.output) as forge:
        pull = pull_number(name, forge, number, os.environ)
        draft = Draft(plan, outcomes, marker, forge, run_link(os.environ))
        _tell(stick(forge, pull, marker, draft.write), pull, settings.output)
    if draft.comment.missing:
        raise Missing(
            draft.comment.missing, hint="publish the HTML page, or plan fewer objects with --target"
        )


class Draft:
    """The comment to be, made from what the present one remembers."""

    def __init__(
        self, plan: Plan, outcomes: tuple[Outcome, ...], marker: Marker, forge: Forge, link: str
    ) -> None:
        self._plan = plan
        self._outcomes = outcomes
        self._marker = marker
        self._limit = forge.limit
        self._newest = Entry.of(plan, link, outcomes)
        self.comment = Comment("")

    def write(self, memory: Mapping[str, Json]) -> str | None:
        """The whole body; None where a later plan stands there, or this one as applied: a slow run hides neither."""
        newest, (last, *before) = self._newest, from_memory(memory) or (None,)
        if last is not None and not self._outcomes:
            if last.applied and newest.says_the_same_as(last):
                return None
            if newest.supersedes(last) and _later(last.created_at, newest.created_at):
                return None
        earlier = [] if last is None else [last, *before][:EARLIER] if newest.supersedes(last) else before
        if last is not None and newest.says_the_same_as(last) and not self._outcomes:
            newest = last
        head = self._marker.head(to_memory(newest, earlier))
        self.comment = comment_markdown(
            self._plan, newest, earlier, self._outcomes, limit=self._limit - units(head)
        )
        return head + self.comment.text


def _later(there: str, ours: str) -> bool:
    """Whether a plan was made after ours. One from the future is nobody's: its time was made up."""
    try:
        return datetime.fromisoformat(ours) < datetime.fromisoformat(there) <= datetime.fromisoformat(now())
    except (ValueError, TypeError):
        return False


def _outcomes(file: str, plan: Plan) -> tuple[Outcome, ...]:
    try:
        text = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        document = json.loads(text)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}", hint="write it with: apply --format json") from error
    except (ValueError, RecursionError):
        raise UsageError(f"{file} is no JSON", hint="write it with: apply --format json") from None
    found, of_plan = from_document(document)
    if of_plan != plan_id(plan):
        raise UsageError("these are the outcomes of another plan", hint="give the plan that was applied")
    return found


def _tell(stuck: Stuck, pull: int, output: Output) -> None:
    for author in stuck.others:
        output.note(
            f"Warning: a comment by {safe(author) or 'somebody'} carries our hidden line. It is not ours, and was left as it is."
        )
    where = f"on {pull}" + (f": {safe(stuck.url)}" if stuck.url else "")
    match stuck.done:
        case "left":
            output.note(f"The comment {where} says more than this plan already, and was left as it is.")
        case done:
            output.result(f"The comment {where} is {'as it was' if done == 'unchanged' else done}.")
