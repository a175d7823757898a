"""`state history`: what was applied, when, by whom, from which commit and plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice

import click

from reconciler.cli.main import Settings
from reconciler.cli.record import ADDRESS
from reconciler.cli.session import opened
from reconciler.errors import UsageError
from reconciler.planfile import encode
from reconciler.render import safe
from reconciler.resources import Address
from reconciler.state import HistoryEntry
from reconciler.statefile import entry_document
from reconciler.values import Json

json_option = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)


class MomentType(click.ParamType[datetime]):
    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ARG002
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError as error:
            raise UsageError(
                f"{value!r} is no time", hint="write 2026-01-31, or 2026-01-31T16:00:00Z"
            ) from error
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.command("history")
@click.argument("address", type=ADDRESS, required=False)
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="The newest so many."
)
@click.option("--run", default="", metavar="ID", help="Only this run: an id, or its beginning.")
@click.option("--actor", default="", metavar="WHO", help="Only what this person or runner did.")
@click.option("--action", default="", metavar="WORD", help="Only this: create, update, move, push, …")
@click.option("--status", default="", metavar="WORD", help="Only what ended so: done, failed, unknown, …")
@click.option(
    "--since",
    type=MomentType(),
    metavar="TIME",
    help="Only from then on: a day, or a time (UTC if not said).",
)
@json_option
@click.pass_obj
def history_command(
    settings: Settings, address: Address | None, limit: int, run: str, actor: str, action: str, status: str,
    since: datetime | None, form: str,
) -> None:  # fmt: skip
    """What was applied: when, by whom, from which commit and plan; the newest first."""
    wanted = {"actor": actor, "action": action, "status": status}
    wanted = {name: word for name, word in wanted.items() if word}
    sifted = bool(wanted or run or since)

    def fits(entry: HistoryEntry) -> bool:
        return (
            all(getattr(entry, name) == word for name, word in wanted.items())
            and entry.run.startswith(run)
            and (since is None or datetime.fromisoformat(entry.at) >= since)
        )

    with opened(settings) as session:
        found = session.backend.history(address, None if sifted else limit)
    _tell(settings, list(islice(filter(fits, found), limit)), form, sifted=sifted)


def _tell(settings: Settings, entries: Sequence[HistoryEntry], form: str, *, sifted: bool) -> None:
    if form == "json":
        settings.output.result(encode([entry_document(e) for e in entries]).decode())
    elif entries:
        settings.output.result("\n".join(map(_lines, entries)))
    else:
        settings.output.note("Nothing in the history fits." if sifted else "No history yet.")


def _lines(entry: HistoryEntry) -> str:
    commit = f" at {safe(entry.commit[:12])}" if entry.commit else ""
    plan = f", plan {safe(entry.plan.removeprefix('sha256:')[:12])}" if entry.plan else ""
    # what is not about an object stands under an address of its own, `-/State`
    what = f"the {entry.address.kind.lower()}" if entry.address.connection == "-" else str(entry.address)
    head = (
        f"{safe(entry.at)}  {safe(entry.action)} {safe(what)}: {safe(entry.status)}, "
        f"by {safe(entry.actor)}{commit}{plan}, run {safe(entry.run[:8])}"
    )
    fields = entry.fields if isinstance(entry.fields, list) else []
    paths = [_path(f) for f in fields if isinstance(f, dict)]
    return "\n    ".join([head, *paths, *([safe(entry.message)] if entry.message else [])])


def _path(field: Mapping[str, Json]) -> str:
    by = f" (by {safe(str(field['by']))})" if "by" in field else ""
    return safe(str(field["path"])) + by
