"""R4: what is read in part is never a deletion, nor a creation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType

from reconciler.emulator import BadPage, Cut, Effect, Fault, Garbage, Running, Status, Truncate, World, serve
from reconciler.errors import LiveError
from reconciler.kinds import OBJECTS
from reconciler.manifests import load
from reconciler.pipeline import Question, make_plan
from reconciler.plan import Plan
from reconciler.state import State
from tests.acting.bench import AU, CONNECTIONS, LONG_AGO, Bench as Desk, function
from tests.reliability.estate import POLICY, estate
from tests.reliability.promise import Bench, Figure

_PAGE = 100
_PAGES = 3
_PROMISE = "R4 a partial read is never a deletion: the whole list is unknown then"
_STRANGE_BODIES = (
    "",
    "null",
    "[]",
    "{}",
    '{"partner_functions": []}',
    "<html>",
    '{"pagination": {}}',
    "\udcff",
)

FAULTS: Mapping[str, Callable[[Random], Effect]] = MappingProxyType(
    {
        "fails": lambda chance: Status(chance.choice((400, 403, 404, 410, 429, 500, 502, 503, 204))),
        "is cut off": lambda chance: Cut(reset=chance.random() < 0.5),
        "is cut short": lambda chance: Truncate(chance.choice((0, 1, 40, None))),
        "is no list": lambda chance: Garbage(chance.choice(_STRANGE_BODIES), "application/json"),
        "repeats": lambda _chance: BadPage("repeat"),
        "shifts": lambda _chance: BadPage("shift"),
        "lacks items": lambda chance: BadPage(chance.choice(("short", "empty"))),
        "ends too early": lambda _chance: BadPage("ends"),
    }
)


@dataclass(frozen=True, slots=True)
class Lists:
    """Functions on three pages, all recorded; one manifest of them was taken away, so that pruning is on."""

    desk: Desk
    question: Question
    state: State

    @classmethod
    def filled(cls, bench: Bench, server: Running) -> Lists:
        desk = Desk(bench.folder, server)
        # two thirds of the last page: so the pages differ in their size
        count = _PAGES * _PAGE - 33 - len(server.world.connection(AU).functions)
        names = [f"Function {number}" for number in range(count)]
        desk.write(*(function(f"f{n}", name=name, object_name="customer") for n, name in enumerate(names)))
        desk.done()
        desk.write(
            *(function(f"f{n}", name=name, object_name="customer") for n, name in enumerate(names[:-1]))
        )
        question = Question(
            environment="demo", origin="http://emulated", connections=CONNECTIONS, desired=load(desk.root).desired,
            limits=desk.limits, prune=True, created_at=LONG_AGO,
        )  # fmt: skip
        return cls(desk, question, desk.state)

    def plan(self) -> Plan:
        with self.desk.live() as live:
            return make_plan(self.question, self.state, live.reader)


def lists_in_part(bench: Bench) -> Figure:
    """Every fault on every page, with many seeds, for ever and once."""
    figure = Figure(_PROMISE)
    with serve(World.sample()) as server:
        lists = Lists.filled(bench, server)
        healthy = lists.plan()
        figure.hold(
            [c.action for c in healthy.changes] == ["delete"], "the healthy plan is not the one deletion"
        )
        for seed in range(bench.times(50)):
            for name, fault in FAULTS.items():
                for page in range(_PAGES):
                    lasts = seed % 5 != 4
                    rule = Fault(
                        fault(bench.chance), "GET", "*/partner-function/", times=None if lasts else 1,
                        offset=page * _PAGE,
                    )  # fmt: skip
                    _try(figure, lists, healthy, rule, f"page {page} {name}: {rule.effect}")
        figure.hold(len(OBJECTS) == 3, "another object type came: read it in part as well")
    return figure


def _try(figure: Figure, lists: Lists, healthy: Plan, rule: Fault, when: str) -> None:
    lists.desk.strike(rule)
    figure.tried("lists read in part")
    try:
        plan = lists.plan()
    except LiveError as error:
        figure.hold(error.exit_code == 1, f"{when}: exit {error.exit_code}")
        return
    # read again, and whole this time
    figure.hold(rule.times == 1 or _harmless(rule, lists), f"{when}: a plan was made of it")
    figure.hold(plan == healthy, f"{when}: another plan: {plan.summary()}")


def _harmless(rule: Fault, lists: Lists) -> bool:
    """The last page may well say that nothing follows, and has no item after it to go on with."""
    last = rule.offset == (_PAGES - 1) * _PAGE
    return last and rule.effect == BadPage("ends") and bool(lists.state.records)


def lists_in_part_by_command(bench: Bench) -> Figure:
    """The same as somebody sees it who runs `apply`: exit 1, and nothing is written."""
    figure = Figure(_PROMISE)
    with estate(bench.folder / "lists") as read:
        read.environment(POLICY, more=f"state: {read.url}\n")
        figure.hold(read.apply().code == 0, "the first apply failed")
        read.swing()
        left = read.left()
        for name, fault in FAULTS.items():
            for path in ("*/partner-function/", "*/automation"):
                effect = fault(bench.chance)
                if effect in (BadPage("ends"), BadPage("shift"), BadPage("repeat")):
                    effect = BadPage("short")  # there is one page, which is the last
                read.running.faults.clear()
                read.running.faults.add(Fault(effect, "GET", path, times=None))
                read.sent  # noqa: B018 - only what follows counts
                ended = read.apply()
                figure.tried("applies on a list in part")
                figure.hold(ended.code == 1, f"{path} {name}: exit {ended.code}: {ended.err[-200:]}")
                figure.hold(not read.sent and read.left() == left, f"{path} {name}: something was written")
    return figure
