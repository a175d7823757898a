"""What a command works with: the project, live, the record. Opened in that order, closed by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from reconciler import config
from reconciler.backends import Backend
from reconciler.changes import Objection
from reconciler.cli.main import Settings
from reconciler.cli.output import Output
from reconciler.cli.signals import interruption, on_interruption
from reconciler.errors import LiveError, ProjectInvalid, ReconcilerError, Undecidable
from reconciler.governor import Held, Rules, govern, paths
from reconciler.guards import Limits, Window
from reconciler.lateness import late
from reconciler.manifests import Project, load
from reconciler.pipeline import Question, as_recorded, judged, make_plan, moved_records
from reconciler.plan import Plan
from reconciler.render import safe
from reconciler.review import Snapshot, with_base
from reconciler.state import HistoryEntry, State
from reconciler.survey import Survey, survey

if TYPE_CHECKING:  # httpx comes with it: help and completion do without
    from reconciler.live import Reader, Retry, Writer

_LAG_PAUSES = (0.5, 1.0, 2.0)
_RECENT = 500


def now() -> str:
    """RFC 3339 in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Session:
    """One environment of one project, as a command finds it."""

    project: Project
    backend: Backend
    origin: str
    commit: str
    output: Output

    def say_retry(self, retry: Retry) -> None:
        self.output.note(f"{safe(retry.reason)}; trying again in {retry.wait_seconds:.1f} s")

    @property
    def connections(self) -> dict[str, str]:
        return {name: c.uuid for name, c in self.project.environment.spec.connections.items()}

    @property
    def limits(self) -> Limits:
        policy = self.project.environment.spec.policy
        return Limits(
            policy.on_conflict,
            policy.allow_create,
            policy.max_changes,
            policy.max_change_percent,
            tuple(policy.protect),
            tuple(Window(tuple(f.days), f.starts, f.ends, f.timezone) for f in policy.freeze),
            policy.prune,
        )

    def rules(self, state: State, lifted: Sequence[str]) -> Rules:
        """What a correction of drift goes by."""
        drift, desired = self.project.environment.spec.drift, self.project.desired
        return Rules(
            drift.mode,
            {d.address: d.drift for d in as_recorded(desired, moved_records(desired, state))},
            timedelta(minutes=drift.retry_minutes),
            drift.flaps,
            timedelta(hours=drift.flap_hours),
            frozenset(lifted),
        )

    def question(self, mode: str, targets: Sequence[str], undo: Sequence[HistoryEntry]) -> Question:
        return Question(
            environment=self.project.environment.name,
            origin=self.origin,
            connections=self.connections,
            desired=self.project.desired,
            limits=self.limits,
            prune=self.project.environment.spec.policy.prune,
            created_at=now(),
            project_commit=self.commit,
            mode=mode,
            targets=targets,
            undo=undo,
        )

    def plan(
        self,
        reader: Reader,
        *,
        mode: str = "plan",
        targets: Sequence[str] = (),
        undo: Sequence[HistoryEntry] = (),
        base: str = "",
    ) -> Plan:
        """`base` is the commit whose manifests' changes are marked as inherited."""
        question = self.question(mode, targets, undo)
        plan, state, snapshot = self.settled(question, reader)
        return self._reviewed(plan, question, state, snapshot, base) if base else plan

    def judged(self, saved: Plan) -> tuple[Objection, ...]:
        """What a saved plan objects to itself, and what today's policy does."""
        return judged(saved, self.question(saved.mode, (), ()), self.backend.load())

    def survey(self, reader: Reader, targets: Sequence[str] = ()) -> Survey:
        """The drift of every connection that can be read, and why the others cannot."""
        seen: list[Survey] = []

        def look(question: Question, state: State, snapshot: Snapshot) -> Plan:
            seen.append(survey(question, state, snapshot))
            return seen[-1].plan

        self.settled(self.question("drift", targets, ()), reader, look)
        return seen[-1]

    def correction(
        self, reader: Reader, targets: Sequence[str], lifted: Sequence[str]
    ) -> tuple[Plan, Plan, tuple[Held, ...]]:
        """All the drift there is, the part of it that may be healed now, and why the rest may not."""
        question = self.question("drift", targets, ())
        found, state, snapshot = self.settled(question, reader)
        history = {c.address: self.backend.history(c.address, None) for c in found.changes}
        held = govern(found, history, self.rules(state, lifted))
        question = replace(question, created_at=found.created_at, held=paths(held))
        return found, make_plan(question, state, snapshot), held

    def settled(
        self,
        question: Question,
        reader: Reader,
        make: Callable[[Question, State, Snapshot], Plan] = make_plan,
    ) -> tuple[Plan, State, Snapshot]:
        """The plan, once live does not answer as before our own last write any more; and what it was made from."""
        state = self.backend.load()
        if state.intents:
            addresses = ", ".join(sorted({str(i.address) for i in state.intents.values()}))
            self.output.note(
                f"An earlier run left it open whether these were written; live tells: {addresses}"
            )
        snapshot = Snapshot(reader)
        plan = make(question, state, snapshot)
        for pause in _LAG_PAUSES:
            behind = late(plan, self.backend.history(None, _RECENT), prune=question.prune)
            if not behind:
                break
            addresses = ", ".join(sorted(map(str, behind)))
            self.output.note(f"Live answers as before our own last write; it is read again: {addresses}")
            time.sleep(pause)
            snapshot = Snapshot(reader)
            plan = make(replace(question, created_at=now()), state, snapshot)
        return plan, state, snapshot

    def _reviewed(self, plan: Plan, question: Question, state: State, snapshot: Snapshot, base: str) -> Plan:
        """A base that cannot be planned from leaves the plan as it is: the branch may be what mends it."""
        try:
            return with_base(plan, question, state, snapshot, self.project.root, base)
        except ReconcilerError as error:
            why = (
                "; ".join(map(str, error.problems[:1]))
                if isinstance(error, ProjectInvalid | Undecidable)
                else ""
            )
            self.output.note(
                f"Not held against {base[:12]}, so every change counts as the branch's own: "
                f"{safe(why or error.message)}"
            )
            return plan


def load_project(settings: Settings) -> Project:
    """The project, with its warnings told. Raise ProjectInvalid or UsageError."""
    project = load(settings.folder, settings.environment)
    for problem in project.problems:
        settings.output.detail(safe(str(problem)))
    return project


@contextmanager
def opened(settings: Settings) -> Iterator[Session]:
    """The project and its record; live is not reached yet."""
    project = load_project(settings)
    environment = project.environment
    origin = config.origin(environment.spec)
    with config.open_state(environment.name, environment.spec, project.root, config.SURROUNDINGS) as backend:
        yield Session(project, backend, origin, config.commit_of(project.root), settings.output)


@contextmanager
def reading(session: Session) -> Iterator[Reader]:
    """Live, by a type that cannot write."""
    with writing(session) as writer:
        yield writer.reader


@contextmanager
def writing(session: Session) -> Iterator[Writer]:
    """Live. Ctrl-C ends it at once, also in the middle of an answer, unless somebody reacts otherwise."""
    environment = session.project.environment
    with config.live(
        environment.spec, environment.name, session.project.root, config.SURROUNDINGS, session.say_retry
    ) as writer:
        signals: list[int] = []

        def stop(number: int) -> None:
            signals.append(number)
            writer.stop()
            raise interruption(number)

        with on_interruption(stop):
            try:
                yield writer
            except LiveError as error:
                # a signal that meets a callback or a destructor raises into nowhere; that we were stopped is left
                if error.stopped and signals:
                    raise interruption(signals[0]) from error
                raise
