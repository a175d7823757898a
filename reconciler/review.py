"""A plan as a reviewer needs it: what the branch did not cause is marked as inherited.

The base is a commit. Its manifests are read from git's objects, planned against the same record and the
same reading of live. Only what its manifests need is taken from its environment; where requests go, with
which credentials, and what may be changed is said by the branch's alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from reconciler.attribution import attributed
from reconciler.errors import LiveError
from reconciler.git import commit_named, merge_base
from reconciler.kinds import ObjectType
from reconciler.manifests import load_commit
from reconciler.pipeline import Question, Reader, make_plan
from reconciler.plan import Plan
from reconciler.resources import Observed
from reconciler.state import State

_SAID_BY_CI: Final = (("GITHUB_BASE_REF", "origin/{}"), ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "{}"))


def base_of_ci(environ: Mapping[str, str]) -> str:
    """The revision that a pull or merge request is to be held against, as the CI runner names it, or empty."""
    return next((form.format(environ[name]) for name, form in _SAID_BY_CI if environ.get(name)), "")


def base_commit(folder: Path, revision: str) -> str:
    """The merge base of `revision` and HEAD. Raise GitError, with what to fetch where the clone is shallow."""
    commit_named(folder, "HEAD")
    return merge_base(folder, revision)


class Snapshot:
    """A Reader that asks live for everything once: two plans from it have seen the same, failures included."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._lists: dict[tuple[str, str], Mapping[str, Observed]] = {}
        self._ones: dict[tuple[str, str, str], Observed | None] = {}
        self._failures: dict[tuple[str, ...], LiveError] = {}

    def objects(self, object_type: ObjectType, connection: str) -> Mapping[str, Observed]:
        key = (object_type.name, connection)
        if key not in self._lists:
            with self._remembered(key):
                self._lists[key] = self._reader.objects(object_type, connection)
        return self._lists[key]

    def object(self, object_type: ObjectType, connection: str, uuid: str) -> Observed | None:
        key = (object_type.name, connection, uuid)
        if key not in self._ones:
            with self._remembered(key):
                self._ones[key] = self._reader.object(object_type, connection, uuid)
        return self._ones[key]

    @contextmanager
    def _remembered(self, key: tuple[str, ...]) -> Iterator[None]:
        if key in self._failures:
            raise self._failures[key]
        try:
            yield
        except LiveError as error:
            self._failures[key] = error
            raise


def with_base(
    plan: Plan, question: Question, state: State, snapshot: Snapshot, folder: Path, commit: str
) -> Plan:
    """The plan with its inherited changes marked. `snapshot` is what it was made from.

    Raise ReconcilerError where nothing can be planned from the base: it does not validate, has no such
    environment, or names what live has not.
    """
    return attributed(plan, make_plan(_question(question, folder, commit), state, snapshot), commit)


def _question(question: Question, folder: Path, commit: str) -> Question:
    """The same question, about the base's manifests. What it deletes depends on its own `prune`."""
    project = load_commit(folder, commit, question.environment)
    spec = project.environment.spec
    return replace(
        question,
        connections={name: connection.uuid for name, connection in spec.connections.items()},
        desired=project.desired,
        prune=spec.policy.prune,
        targets=(),
    )
