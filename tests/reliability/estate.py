"""A project that swings between two wishes, twenty changes apart: creations, deletions, edits, and what depends on
what. Swinging there and back again, it never ends; an independent model says what is left to do.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reconciler.backends import Backend, open_backend
from reconciler.emulator import World, serve
from tests.cli.builder import Books, manifest
from tests.reliability.commands import Ended, run
from tests.reliability.stores import STORES, NewUrl
from tests.reliability.witness import Witness

CHANGES = 20
_COMMON, _FUNCTIONS, _AUTOMATIONS = 5, 3, 4
_INTERVAL = {"a": "4 hours", "b": "8 hours"}
_REVENUE = {"a": "Sales", "b": "Other Revenue"}
POLICY = "prune: true, max_changes: 1000, max_change_percent: 100, on_conflict: overwrite"


class Estate(Books):
    """`side` is `a` or `b`, what is wished for now."""

    def __init__(self, running: Any, home: Path, url: str, log: Witness) -> None:  # noqa: ANN401 - as Books
        super().__init__(running, home)
        self.url, self.log, self.side = url, log, "a"
        self.home = home
        self.environment(POLICY, more=f"state: {url}\n")
        self.wish("a")
        log.look_into(self.backend)

    def wish(self, side: str) -> None:
        self.side = side
        self.write("estate.yaml", "---\n".join(documents(side)))

    def swing(self) -> None:
        self.wish("b" if self.side == "a" else "a")

    def next(self) -> None:
        """The other wish, and nothing seen of it yet."""
        self.swing()
        self.running.log.clear()
        self.log.unannounced.clear()

    def run(self, *words: str, kill_at: int = 0, lease: float = 60.0) -> Ended:
        return run(self.home, *words, kill_at=kill_at, lease=lease)

    def apply(self, *words: str) -> Ended:
        return self.run("apply", "--auto-approve", *words)

    def backend(self) -> Backend:
        return open_backend(self.url, environment="books", folder=self.folder)

    def left(self) -> set[str]:
        """The addresses that live is not yet as wished for, told from the emulator's world alone."""
        stored = self.world.connection("xero-au")
        automations = {a["details"]["name"]: a for a in stored.automations}
        functions = {f["name"] for f in stored.functions}
        left = {f"Automation/c{n}" for n in range(_COMMON) if not self._common_stands(automations, n)}
        for side in "ab":
            wanted = side == self.side
            left |= {
                f"PartnerFunction/{side}-f{n}"
                for n in range(_FUNCTIONS)
                if (_name(side, "function", n) in functions) is not wanted
            }
            left |= {
                f"Automation/{side}-a{n}"
                for n in range(_AUTOMATIONS)
                if (_name(side, "automation", n) in automations) is not wanted
            }
        export = stored.configuration["transaction"]["invoice"]["export"]
        if export["default_sales_revenue"] != _REVENUE[self.side]:
            left.add("Configuration")
        return {f"xero-au/{address}" for address in left}

    def _common_stands(self, automations: dict[str, Any], number: int) -> bool:
        found = automations.get(f"Common {number}")
        return found is not None and found["details"]["check_on"] == _INTERVAL[self.side]

    def twice(self) -> list[str]:
        """The names that stand for several live objects."""
        stored = self.world.connection("xero-au")
        names = sorted([str(a["details"]["name"]) for a in stored.automations])
        names += sorted([f"function {f['name']}" for f in stored.functions])
        return [name for name, same in itertools.groupby(names) if len(list(same)) > 1]

    def close(self) -> None:
        self.log.leave()
        super().close()


def documents(side: str) -> Iterator[str]:
    for number in range(_FUNCTIONS):
        spec = f"name: {_name(side, 'function', number)}\nobject_name: customer\n"
        yield manifest("PartnerFunction", f"{side}-f{number}", spec)
    for number in range(_AUTOMATIONS):
        after = f"another_automation: {{ref: Automation/{side}-a{number - 1}}}\n" if number % 2 else ""
        spec = (
            f"name: {_name(side, 'automation', number)}\ncheck_on: 1 hour\nproperty_name: p{number}\n{after}"
            f"perform_action: {{ref: PartnerFunction/{side}-f{number % _FUNCTIONS}}}\n"
        )
        yield manifest("Automation", f"{side}-a{number}", spec)
    for number in range(_COMMON):
        # nobody can read `property_name` back: what is in doubt of it has to be sent again
        hidden = f"property_name: {side}\n" if number == 0 else ""
        yield manifest(
            "Automation", f"c{number}", f"name: Common {number}\ncheck_on: {_INTERVAL[side]}\n{hidden}"
        )
    yield manifest("InvoiceMapping", "invoices", f"default_sales_revenue: {_REVENUE[side]}\n")


def _name(side: str, what: str, number: int) -> str:
    return f"{side.upper()} {what} {number}"


@contextmanager
def estate(folder: Path, url: str | None = None) -> Iterator[Estate]:
    """A served emulator and the project on it; the record in a new SQLite file unless `url` says otherwise."""
    log = Witness()
    with STORES["sqlite"]() as new_url, serve(World.sample(), log=log) as running:
        made = Estate(running, folder, url or new_url(folder), log)
        try:
            yield made
        finally:
            made.close()


@contextmanager
def settled(folder: Path, new_url: NewUrl) -> Iterator[Estate]:
    """An estate that was applied once."""
    with estate(folder, new_url(folder)) as made:
        first = made.apply()
        assert first.code == 0, first.err
        assert made.left() == set()
        yield made
