"""The order of an apply: what waits for what, what may go side by side, what is held back.

Changes that do not depend on one another go concurrently; what depends on a failure is blocked and the
rest goes on; deletions come last, and never after a failure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter
from threading import Event

from reconciler.changes import Change, Delete
from reconciler.kinds import OBJECTS
from reconciler.outcomes import Outcome, Status
from reconciler.plan import Plan
from reconciler.resources import Address

_GOOD = frozenset({Status.DONE, Status.ALREADY})


def in_order(
    plan: Plan,
    carry_out: Callable[[Change], Outcome],
    pool: ThreadPoolExecutor,
    stop: Event,
    *,
    fail_fast: bool = False,
) -> Iterator[Outcome]:
    """Yield one outcome a change, as each ends. Once `stop` is set, nothing new is started.

    `fail_fast`: nor after the first that does not succeed.
    """
    changes = {c.address: c for c in plan.changes}
    order = TopologicalSorter(_graph(plan))
    order.prepare()
    ended: dict[Address, Outcome] = {}
    running: dict[Future[Outcome], Address] = {}
    while order.is_active():
        for address in sorted(order.get_ready()):
            early = _held_back(changes[address], ended, stop, fail_fast=fail_fast)
            if early is None:
                running[pool.submit(carry_out, changes[address])] = address
                continue
            ended[address] = early
            order.done(address)
            yield early
        if running:
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in sorted(finished, key=lambda f: running[f]):
                address = running.pop(future)
                ended[address] = future.result()
                order.done(address)
                yield ended[address]


def _graph(plan: Plan) -> Mapping[Address, set[Address]]:
    """What has to end before what. A deletion waits for all that is none, and for its likely users."""
    others = {c.address for c in plan.changes if not isinstance(c, Delete)}
    graph: dict[Address, set[Address]] = {}
    for change in plan.changes:
        if isinstance(change, Delete):
            rank = OBJECTS[change.address.kind].order
            users = {
                d.address
                for d in plan.changes
                if isinstance(d, Delete) and OBJECTS[d.address.kind].order > rank
            }
            graph[change.address] = others | users
        else:
            graph[change.address] = {a for a in change.depends_on if a in others}
    return graph


def _held_back(
    change: Change, ended: Mapping[Address, Outcome], stop: Event, *, fail_fast: bool
) -> Outcome | None:
    """Why a change whose turn it is does not start, or None."""
    if stop.is_set():
        return Outcome(change.address, change.action, Status.NOT_TRIED, "the run was stopped")
    bad = sorted(a for a in change.depends_on if a in ended and ended[a].status not in _GOOD)
    if bad:
        return Outcome(
            change.address, change.action, Status.BLOCKED, f"it depends on {bad[0]}, which did not succeed"
        )
    if fail_fast and any(o.status not in _GOOD for o in ended.values()):
        return Outcome(change.address, change.action, Status.NOT_TRIED, "stopped at the first failure")
    if isinstance(change, Delete) and any(o.status not in _GOOD for o in ended.values()):
        return Outcome(change.address, change.action, Status.NOT_TRIED, "nothing is deleted after a failure")
    return None
