"""`import`, and how every command changes the record by hand: under the lock, and audited."""

from __future__ import annotations

import os
import uuid as uuids
from collections.abc import Callable
from dataclasses import replace

import click
from click.shell_completion import CompletionItem

from reconciler import config
from reconciler.backends import Holder
from reconciler.cli import completing
from reconciler.cli.main import Settings
from reconciler.cli.running import leased
from reconciler.cli.session import Session, now, opened, reading
from reconciler.errors import Refused, UsageError
from reconciler.kinds import OBJECTS
from reconciler.render import safe
from reconciler.resources import Address, Recorded
from reconciler.state import HistoryEntry, State, Transition


class AddressType(click.ParamType[Address]):
    name = "address"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Address:  # noqa: ARG002
        return value if isinstance(value, Address) else Address.parse(str(value))

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [CompletionItem(address) for address in completing.addresses(ctx, param, incomplete)]


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
        refuse_bound(session.backend.load(), address, uuid)
        with reading(session) as reader:
            observed = reader.object(object_type, connection, uuid)
        if observed is None:
            raise UsageError(
                f"live has no {address.kind} {uuid} on {address.connection}",
                hint="the console shows an object's uuid",
            )

        def bound(state: State) -> Transition:
            refuse_bound(state, address, uuid)
            return Transition(put=(Recorded(address, uuid),))

        audited(session, "import", bound, address)
    settings.output.result(
        f"{address} is bound to {uuid} ({safe(observed.name)}). `reconciler plan` shows what differs."
    )


def refuse_bound(state: State, address: Address, uuid: str) -> None:
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


def audited(
    session: Session,
    action: str,
    transition: Callable[[State], Transition],
    *addresses: Address,
    message: str = "",
    timeout: float = 0,
) -> None:
    """Change the record by hand, with an entry in the history for each address.

    What changes is decided under the lock, from what is there then.
    """
    about = hand(session, action)
    with leased(session.backend, about, timeout) as lease:
        change = transition(session.backend.load())
        told = tuple(entry(session, about, action, address, message) for address in addresses)
        session.backend.commit(replace(change, history=told), lease=lease)


def hand(session: Session, action: str) -> Holder:
    """Whoever types the command, for the lock and for the history."""
    run = str(uuids.uuid4())
    return Holder(config.actor(), os.getpid(), run, session.commit, f"state {action}")


def entry(session: Session, holder: Holder, action: str, address: Address, message: str) -> HistoryEntry:
    return HistoryEntry(
        now(), holder.who, session.commit, "", holder.run, address, action, "done", message, []
    )
