"""`state pull`, `push`, `migrate`, `reencrypt` and `doctor`: the record as a whole, and where it is kept."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import click

from reconciler import config, keeping
from reconciler.backends import Backend, Cipher, Finding, key_wanted
from reconciler.cli.asking import approved_option, confirm
from reconciler.cli.files import write_whole
from reconciler.cli.history import json_option
from reconciler.cli.main import Settings
from reconciler.cli.record import entry, hand
from reconciler.cli.running import leased
from reconciler.cli.session import Session, opened
from reconciler.errors import ReconcilerError, Refused, UsageError
from reconciler.render import safe
from reconciler.resources import Address
from reconciler.state import State
from reconciler.statefile import Kept, dump, parse

STATE = Address("-", "State")
"""What the history says was changed by these."""

_STREAM = Path("-")


@click.command("pull")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--plain", is_flag=True, help="Not encrypted, although the record is.")
@click.pass_obj
def pull_command(settings: Settings, file: Path, plain: bool) -> None:
    """Copy the record with its history to FILE; `-` is stdout. An encrypted record gives an encrypted copy."""
    with opened(settings) as session:
        cipher = _cipher(session)
        kept = keeping.taken(session.backend, session.project.environment.name)
    data = dump(kept, cipher.seal if cipher and not plain else None)
    if file == _STREAM:
        settings.output.result(data.decode("ascii"))
        return
    write_whole(file, data, private=True)
    settings.output.result(f"Copied to {file}: {_measure(kept.state, len(kept.history))}.")


@click.command("push")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--force",
    is_flag=True,
    help="Whatever is there: a later or damaged record, another, or one that has moved.",
)
@approved_option
@click.pass_obj
def push_command(settings: Settings, file: Path, force: bool, auto_approve: bool) -> None:
    """Put the copy in FILE in the place of the record; `-` is stdin. Nothing is sent to live."""
    data = _read(file)
    with opened(settings) as session:
        kept = parse(data, lambda sealed: _unsealed(session, sealed))
        name = session.project.environment.name
        if kept.environment != name:
            raise Refused(
                f"{file} is of environment {kept.environment}, not of {name}",
                hint=f"use -e {kept.environment}",
            )
        seen, _ = keeping.there(session.backend, force=force)
        if seen == kept.state and not force:
            settings.output.note("The record is as in the copy already.")
            return
        keeping.refuse_unfit(kept, seen, force=force)
        told = f"serial {seen.serial} ({len(seen.records)} objects) gives way to serial {kept.state.serial} "
        told += f"({len(kept.state.records)} objects)"
        confirm(told, "Put the copy in its place?", auto_approve=auto_approve)
        state = _pushed(session, kept, seen, force=force)
    settings.output.result(f"The record is as in {file}, at serial {state.serial} now.")


def _pushed(session: Session, kept: Kept, seen: State, *, force: bool) -> State:
    """Under the lock, and only if nobody has written since it was looked at."""
    backend, about = session.backend, hand(session, "push")
    with leased(backend, about) as lease:
        state, history = keeping.there(backend, force=force)
        if seen.lineage and (state.lineage, state.serial) != (seen.lineage, seen.serial):
            raise Refused("somebody has written since", hint="nothing was changed; look at it again")
        keeping.refuse_unfit(kept, state, force=force)
        message = f"from a copy of serial {kept.state.serial}, in the place of serial {state.serial}"
        if state.lineage not in ("", kept.state.lineage) and seen.lineage:
            message += f" of lineage {state.lineage}"
        note = entry(session, about, "push", STATE, message)
        after, told = keeping.pushed(kept, state, history, note)
        backend.restore(after, told, lease=lease)
    return after


@click.command("migrate")
@click.argument("url")
@approved_option
@click.pass_obj
def migrate_command(settings: Settings, url: str, auto_approve: bool) -> None:
    """Carry the record with its history to URL, verify it, and refuse whoever still comes to the old place."""
    with opened(settings) as session, _at(session, url) as target:
        source = session.backend
        if target.label == source.label:
            raise UsageError(f"the record is at {source.label} already", hint="name another place")
        state = source.load()
        keeping.refuse_occupied(target.load(moved=True), state)
        told = f"{len(state.records)} objects and their history go from {source.label} to {target.label}; "
        told += "the old place is refused from then on"
        confirm(told, "Carry them there?", auto_approve=auto_approve)
        moved = _migrated(session, source, target, lambda: _at(session, url))
    settings.output.result(f"The record is at {target.label} now, at serial {moved.serial}.")
    if os.environ.get(config.STATE):
        settings.output.note(f"Set {config.STATE} to it, here and wherever else it is set.")
    else:
        shown = url if url.startswith("sqlite:") else target.label
        settings.output.note(
            f"Write `state: {safe(shown)}` in the environment {session.project.environment.name}, and commit that."
        )


def _migrated(session: Session, source: Backend, target: Backend, reader: Callable[[], Backend]) -> State:
    about = hand(session, "migrate")
    with ExitStack() as stack:
        lease = stack.enter_context(leased(source, about))
        theirs = stack.enter_context(leased(target, about))
        note = entry(session, about, "migrate", STATE, f"from {source.label} to {target.label}")
        return keeping.migrate(source, lease, target, theirs, reader, note)


@click.command("reencrypt")
@click.pass_obj
def reencrypt_command(settings: Settings) -> None:
    """Write the whole record anew with the key of today, so that older keys can be thrown away."""
    with opened(settings) as session:
        if _cipher(session) is None:
            raise UsageError(
                "no key is given", hint=f"set `state_encryption` in the environment, or {config.STATE_KEY}"
            )
        about = hand(session, "reencrypt")
        with leased(session.backend, about) as lease:
            note = entry(session, about, "reencrypt", STATE, "")
            state = keeping.reencrypt(session.backend, lease, note)
    settings.output.result(f"Encrypted anew: {len(state.records)} objects, and the history.")


@click.command("doctor")
@json_option
@click.pass_obj
def doctor_command(settings: Settings, form: str) -> int:
    """Try whether the store keeps what is relied on: locks, fences, durability, clocks. The record is not touched."""
    with opened(settings) as session:
        findings = session.backend.probe()
        where = session.backend.label
    if form == "json":
        told = [{"name": f.name, "ok": f.ok, "message": f.message} for f in findings]
        settings.output.result(json.dumps({"store": where, "findings": told}, indent=2))
    else:
        settings.output.result("\n".join([safe(where), *map(_line, findings)]))
    wrong = [f for f in findings if not f.ok]
    if wrong:
        settings.output.error(
            f"this store is not to be trusted: {', '.join(f.name for f in wrong)}",
            "put that right, or keep the record elsewhere (`state migrate`)",
        )
    return ReconcilerError.exit_code if wrong else 0


def _cipher(session: Session) -> Cipher | None:
    return config.state_cipher(session.project.environment.spec, os.environ, session.project.root)


def _unsealed(session: Session, sealed: bytes) -> bytes:
    if cipher := _cipher(session):
        return cipher.open(sealed)
    raise key_wanted()


def _at(session: Session, url: str) -> Backend:
    """Another place for the same environment's record, with the same keys."""
    environment, folder = session.project.environment, session.project.root
    return config.open_state(environment.name, environment.spec, folder, os.environ, url)


def _line(finding: Finding) -> str:
    return f"  {'ok  ' if finding.ok else 'FAIL'}  {finding.name:<15}{safe(finding.message)}"


def _measure(state: State, entries: int) -> str:
    return f"{len(state.records)} objects, {entries} entries of history, serial {state.serial}"


def _read(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == _STREAM else file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}", hint="write one with: state pull FILE") from error
