"""Several processes on one record: they race, they are killed, and the record stays whole."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from reconciler.backends import Backend
from reconciler.backends.sql import SqlBackend
from reconciler.errors import Refused, StateError
from reconciler.state import State, Transition
from tests.backends import writer
from tests.backends.conftest import Store
from tests.backends.samples import ANN

SCRIPT = Path(writer.__file__)
SEED = 20261124


class Child:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin
        assert process.stdout
        self.process, self.stdin, self.stdout = process, process.stdin, process.stdout

    def tell(self, word: str) -> None:
        self.stdin.write(f"{word}\n")
        self.stdin.flush()

    def hear(self) -> str:
        return self.stdout.readline().strip()


@contextmanager
def child(store: Store, name: str) -> Iterator[Child]:
    command = [sys.executable, str(SCRIPT), store.url, str(store.folder), store.environment, name]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:  # noqa: S603 - ours
        try:
            yield Child(process)
        finally:
            process.kill()


def settled(backend: Backend) -> tuple[State, int]:
    """The state, and the length of its history. A push that was on its way may still arrive in between."""
    while True:
        state, entries = backend.load(), len(backend.history())
        if backend.load() == state:
            return state, entries


def test_one_of_several_processes_gets_the_lock(store: Store) -> None:
    """The first round also races to make the store."""
    rounds = 3 if store.costly else 10
    with ExitStack() as stack:
        children = [stack.enter_context(child(store, f"p{n}")) for n in range(3)]
        epochs = []
        for _ in range(rounds):
            for each in children:
                each.tell("acquire")
            answers = [each.hear() for each in children]
            assert sorted(answers)[:2] == ["refused", "refused"], answers
            epochs.append(int(sorted(answers)[2].removeprefix("won ")))
            for each in children:
                each.tell("release")
            assert [each.hear() for each in children] == ["free"] * 3
    assert epochs == list(range(1, rounds + 1))


def test_processes_that_take_turns_never_write_at_once(store: Store) -> None:
    times = 4 if store.costly else 15
    with ExitStack() as stack:
        children = [stack.enter_context(child(store, f"p{n}")) for n in range(2)]
        for each in children:
            each.tell(f"turns {times}")
        assert [each.hear() for each in children] == ["done"] * 2
    state = store.open().load()
    assert state == writer.at(state.lineage, 2 * times)


def test_a_writer_killed_at_any_moment_loses_nothing_that_was_acknowledged(store: Store) -> None:
    chance = random.Random(SEED)  # noqa: S311 - a seeded test
    acknowledged = 0
    for _ in range(3 if store.costly else 5):
        with child(store, "victim") as victim:
            victim.tell("write")
            lines = [victim.hear()]
            time.sleep(chance.uniform(0, 0.05))
            victim.process.kill()
            lines += victim.stdout.read().split("\n")
        acknowledged = max(int(line) for line in lines if line)
        state, entries = settled(store.open())
        assert acknowledged <= state.serial <= acknowledged + 1
        assert state == writer.at(state.lineage, state.serial)
        assert entries == state.serial // 2


def test_the_lock_of_a_killed_process_is_seen_and_can_be_broken(store: Store) -> None:
    with child(store, "victim") as victim:
        victim.tell("acquire")
        assert victim.hear() == "won 1"
        victim.process.kill()
    backend = store.open()
    holder = backend.holder()
    assert holder is not None
    assert holder.who == "victim"
    with pytest.raises(Refused, match="by victim"):
        backend.acquire(ANN, 30)
    assert backend.break_lock() == holder
    assert backend.acquire(ANN, 30).epoch > 1


def test_a_connection_cut_while_idle_is_made_anew(postgresql_store: Store) -> None:
    with postgresql_store.open() as backend:
        lease = backend.acquire(ANN, 600)
        backend.commit(Transition(), lease=lease)
        postgresql_store.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'reconciler'"
        )
        backend.commit(Transition(), lease=lease)
        assert backend.load().serial == 2


def test_a_lost_right_is_not_an_empty_state(postgresql_store: Store) -> None:
    with postgresql_store.open() as backend:
        backend.acquire(ANN, 600)
    stranger = f"stranger_{postgresql_store.environment}"
    postgresql_store.execute(f"CREATE ROLE {stranger} LOGIN")
    postgresql_store.url = postgresql_store.url.replace("//reconciler@", f"//{stranger}@")
    with postgresql_store.open() as backend, pytest.raises(StateError, match="lacks a right") as caught:
        backend.load()
    assert "grant" in caught.value.hint


def test_a_server_that_answers_before_its_disk_has_it_is_overruled(postgresql_store: Store) -> None:
    postgresql_store.url += "&options=-csynchronous_commit%3Doff"
    with postgresql_store.open() as backend:
        backend.acquire(ANN, 600)
        assert isinstance(backend, SqlBackend)
        with backend._place.engine.connect() as connection:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
