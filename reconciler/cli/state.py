"""`state`: the record of what was applied, looked at and mended by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import click

from reconciler.cli.asking import approved_option, confirm
from reconciler.cli.history import history_command, json_option
from reconciler.cli.kept import (
    doctor_command,
    migrate_command,
    pull_command,
    push_command,
    reencrypt_command,
)
from reconciler.cli.main import Settings
from reconciler.cli.record import ADDRESS, audited
from reconciler.cli.session import opened
from reconciler.errors import Refused, UsageError
from reconciler.planfile import encode, record_document
from reconciler.render import safe
from reconciler.resources import Address, Recorded
from reconciler.state import State, Transition

LOCK = Address("-", "Lock")
"""What the history says was changed by `unlock`."""


@click.group("state")
def state_command() -> None:
    """Look at the record of what was applied, mend it, keep it."""


@state_command.command("list")
@json_option
@click.pass_obj
def list_command(settings: Settings, form: str) -> None:
    """Every recorded object, with the uuid that it is bound to."""
    with opened(settings) as session:
        records = sorted(session.backend.load().records.values(), key=lambda r: r.address)
    if form == "json":
        settings.output.result(
            json.dumps([{"address": str(r.address), "uuid": r.uuid} for r in records], indent=2)
        )
    elif records:
        width = max(len(str(r.address)) for r in records)
        settings.output.result("\n".join(f"{r.address!s:<{width}}  {safe(r.uuid)}" for r in records))
    else:
        settings.output.note("Nothing is recorded yet.")


@state_command.command("show")
@click.argument("address", type=ADDRESS)
@click.pass_obj
def show_command(settings: Settings, address: Address) -> None:
    """What was last applied to one object, as JSON."""
    with opened(settings) as session:
        record = _recorded(session.backend.load(), address)
    settings.output.result(encode(record_document(record)).decode())


@state_command.command("forget")
@click.argument("address", type=ADDRESS)
@click.pass_obj
def forget_command(settings: Settings, address: Address) -> None:
    """Drop the record of one object. The live object stays as it is."""

    def forgotten(state: State) -> Transition:
        _recorded(state, address)
        return Transition(drop=(address,))

    with opened(settings) as session:
        forgotten(session.backend.load())
        audited(session, "forget", forgotten, address)
    settings.output.result(f"{address} is forgotten; the live object is left alone.")


@state_command.command("move")
@click.argument("old", type=ADDRESS)
@click.argument("new", type=ADDRESS)
@click.pass_obj
def move_command(settings: Settings, old: Address, new: Address) -> None:
    """Give a record another address, as after renaming a manifest."""
    if (old.connection, old.kind) != (new.connection, new.kind):
        raise UsageError("a record stays with its connection and kind", hint="only the name can change")

    def moved(state: State) -> Transition:
        record = _recorded(state, old)
        if new in state.records:
            raise Refused(f"{new} is recorded already", hint=f"first: reconciler state forget {new}")
        return Transition(put=(replace(record, address=new),), drop=(old,))

    with opened(settings) as session:
        moved(session.backend.load())
        audited(session, "move", moved, new, message=f"from {old}")
    settings.output.result(f"{old} is {new} now.")


@state_command.command("unlock")
@approved_option
@click.pass_obj
def unlock_command(settings: Settings, auto_approve: bool) -> None:
    """Free a lock that its holder left behind."""
    with opened(settings) as session:
        holder = session.backend.holder()
        if holder is None:
            settings.output.note("The lock is free.")
            return
        told = f"{safe(holder.who)} holds it since {holder.since}, until {holder.until}"
        confirm(told, "Free it all the same?", auto_approve=auto_approve)
        now_held = session.backend.holder()
        if now_held is not None and now_held.run != holder.run:
            raise Refused(
                f"the lock was freed meanwhile, and is held by {now_held.who} since {now_held.since}",
                hint="nothing was done; run it again to see who holds it",
            )
        session.backend.break_lock()
        message = f"it was held by {holder.who}, run {holder.run}, since {holder.since}"
        audited(session, "unlock", lambda _: Transition(), LOCK, message=message)
    settings.output.result(f"The lock is free. {told} before.")


for command in (
    history_command, pull_command, push_command, migrate_command, reencrypt_command, doctor_command,
):  # fmt: skip
    state_command.add_command(command)


def _recorded(state: State, address: Address) -> Recorded:
    if address not in state.records:
        raise UsageError(f"{address} is not recorded", hint="reconciler state list shows what is")
    return state.records[address]
