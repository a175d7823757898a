"""`import` and `state`: the record of what was applied, looked at and mended by hand, audited."""

from __future__ import annotations

import os
import sys
import uuid as uuids
from dataclasses import replace

import click

from reconciler import config
from reconciler.backends import Holder
from reconciler.cli.main import Settings
from reconciler.cli.running import leased
from reconciler.cli.session import Session, now, opened, reading
from reconciler.errors import Refused, UsageError
from reconciler.kinds import OBJECTS
from reconciler.planfile import encode
from reconciler.render import safe
from reconciler.resources import Address, Recorded
from reconciler.state import HistoryEntry, State, Transition
from reconciler.values import Json


class AddressType(click.ParamType[Address]):
    name = "address"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Address:  # noqa: ARG002
        return value if isinstance(value, Address) else Address.parse(str(value))


ADDRESS = AddressType()


@click.command("import")
@click.argument("address", type=ADDRESS)
@click.argument("uuid")
@click.pass_obj
def import_command(settings: Settings, address: Address, uuid: str) -> None:
    """Bind an existing live object to an address. Only the record is written."""
    with opened(settings) as session:
        object_type, connection = OBJECTS.get(address.kind), session.connections.get(address.connection)
        if object_type is None or object_type.singleton:
            raise UsageError(
                f"{address.kind} is nothing that can be imported",
                hint="import takes an Automation or a PartnerFunction",
            )
        if connection is None:
            raise UsageError(
                f"no connection is called {address.connection!r}",
                hint=f"there are: {', '.join(session.connections)}",
            )
        with reading(session) as reader:
            observed = reader.object(object_type, connection, uuid)
        if observed is None:
            raise UsageError(
                f"live has no {address.kind} {uuid} on {address.connection}",
                hint="the console shows an object's uuid",
            )
        state = session.backend.load()
        _refuse_bound(state, address, uuid)
        _commit(session, "import", address, Transition(put=(Recorded(address, uuid),)))
    settings.output.result(
        f"{address} is bound to {uuid} ({safe(observed.name)}). `reconciler plan` shows what differs."
    )


def _refuse_bound(state: State, address: Address, uuid: str) -> None:
    for record in state.records.values():
        if record.address == address and record.uuid != uuid:
            raise Refused(
                f"{address} is bound to {record.uuid} already",
                hint=f"first: reconciler state forget {address}",
            )
        if record.uuid == uuid and record.address != address:
            raise Refused(
                f"{uuid} is bound to {record.address} already",
                hint=f"to rename: reconciler state move {record.address} {address}",
            )


def _commit(session: Session, action: str, address: Address, transition: Transition) -> None:
    run = str(uuids.uuid4())
    who = config.actor()
    entry = HistoryEntry(now(), who, session.commit, "", run, address, action, "done", "", [])
    with leased(session.backend, Holder(who, os.getpid(), run, session.commit, f"state {action}")) as lease:
        session.backend.commit(replace(transition, history=(entry,)), lease=lease)


@click.group("state")
def state_command() -> None:
    """Look at the record of what was applied, and mend it."""


json_option = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)


@state_command.command("list")
@json_option
@click.pass_obj
def list_command(settings: Settings, form: str) -> None:
    """Every recorded object, with the uuid that it is bound to."""
    with opened(settings) as session:
        records = sorted(session.backend.load().records.values(), key=lambda r: r.address)
    if form == "json":
        settings.output.result(
            encode([{"address": str(r.address), "uuid": r.uuid} for r in records]).decode()
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
    document: dict[str, Json] = {
        "address": str(address),
        "uuid": record.uuid,
        "fields": {p: {"value": f.value, "live": f.live} for p, f in sorted(record.fields.items())},
        "signs": dict(sorted(record.signs.items())),
    }
    settings.output.result(encode(document).decode())


@state_command.command("history")
@click.argument("address", type=ADDRESS, required=False)
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="The newest so many."
)
@json_option
@click.pass_obj
def history_command(settings: Settings, address: Address | None, limit: int, form: str) -> None:
    """What was applied: when, by whom, from which commit and plan; the newest first."""
    with opened(settings) as session:
        entries = session.backend.history(address, limit)
    if form == "json":
        settings.output.result(encode([_entry(e) for e in entries]).decode())
    elif entries:
        settings.output.result("\n".join(_line(e) for e in entries))
    else:
        settings.output.note("No history yet.")


def _entry(entry: HistoryEntry) -> dict[str, Json]:
    return {
        "at": entry.at, "actor": entry.actor, "commit": entry.commit, "plan": entry.plan, "run": entry.run,
        "address": str(entry.address), "action": entry.action, "status": entry.status, "message": entry.message,
        "fields": entry.fields,
    }  # fmt: skip


def _line(entry: HistoryEntry) -> str:
    commit = f" at {entry.commit[:12]}" if entry.commit else ""
    head = (
        f"{entry.at}  {entry.action} {entry.address}: {entry.status}, "
        f"by {safe(entry.actor)}{commit}, run {entry.run[:8]}"
    )
    paths = (
        [str(f["path"]) for f in entry.fields if isinstance(f, dict)]
        if isinstance(entry.fields, list)
        else []
    )
    return (
        head
        + "".join(f"\n    {path}" for path in paths)
        + (f"\n    {safe(entry.message)}" if entry.message else "")
    )


@state_command.command("forget")
@click.argument("address", type=ADDRESS)
@click.pass_obj
def forget_command(settings: Settings, address: Address) -> None:
    """Drop the record of one object. The live object stays as it is."""
    with opened(settings) as session:
        _recorded(session.backend.load(), address)
        _commit(session, "forget", address, Transition(drop=(address,)))
    settings.output.result(f"{address} is forgotten; the live object is left alone.")


@state_command.command("move")
@click.argument("old", type=ADDRESS)
@click.argument("new", type=ADDRESS)
@click.pass_obj
def move_command(settings: Settings, old: Address, new: Address) -> None:
    """Give a record another address, as after renaming a manifest."""
    if (old.connection, old.kind) != (new.connection, new.kind):
        raise UsageError("a record stays with its connection and kind", hint="only the name can change")
    with opened(settings) as session:
        state = session.backend.load()
        record = _recorded(state, old)
        if new in state.records:
            raise Refused(f"{new} is recorded already", hint=f"first: reconciler state forget {new}")
        _commit(session, "move", new, Transition(put=(replace(record, address=new),), drop=(old,)))
    settings.output.result(f"{old} is {new} now.")


@state_command.command("unlock")
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@click.pass_obj
def unlock_command(settings: Settings, auto_approve: bool) -> None:
    """Free a lock that its holder left behind."""
    with opened(settings) as session:
        holder = session.backend.holder()
        if holder is None:
            settings.output.note("The lock is free.")
            return
        told = f"{safe(holder.who)} holds it since {holder.since}, until {holder.until}"
        if not auto_approve:
            if not sys.stdin.isatty():
                raise UsageError(f"nobody can be asked here; {told}", hint="add --auto-approve")
            click.confirm(f"{told}. Free it all the same?", abort=True, err=True)
        session.backend.break_lock()
        _commit(session, "unlock", Address("-", "Lock"), Transition())
    settings.output.result(f"The lock is free. {told} before.")


def _recorded(state: State, address: Address) -> Recorded:
    if address not in state.records:
        raise UsageError(f"{address} is not recorded", hint="reconciler state list shows what is")
    return state.records[address]
