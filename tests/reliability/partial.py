"""R4, R6: what is read in part is never a deletion, and an answer that is lost is never a second object."""

from __future__ import annotations

from typing import Any

from reconciler.emulator import Cut, Fault, Garbage, Status, Truncate
from tests.reliability.estate import Estate, estate
from tests.reliability.promise import Bench, Figure

_MANY = 130  # functions: two pages
_EFFECTS: dict[str, Any] = {
    "status 500": Status(500, {"errors": [{"code": "X", "message": "no"}]}),
    "status 404": Status(404, {"errors": [{"code": "X", "message": "no"}]}),
    "status 204": Status(204, {}),
    "cut": Cut(),
    "reset": Cut(reset=True),
    "cut body": Truncate(40),
    "garbage": Garbage(),
}


def lists_in_part(bench: Bench) -> Figure:
    """Each page of each list fails in each way, again and again: no change is ever planned from the rest."""
    figure = Figure("R4 a partial read is never a deletion")
    with estate(bench.folder / "lists", 0) as read:
        for number in range(_MANY):
            read.console.function(name=f"Function {number}", object_name="customer")
        read.environment("prune: true, max_changes: 1000, max_change_percent: 100")
        text = "\n---\n".join(_manifest(number) for number in range(_MANY))
        read.write("functions.yaml", text)
        healthy = read.run("apply", "--auto-approve")
        figure.hold(healthy.returncode == 0, f"the first apply: {healthy.stderr[-300:]}")
        read.remove("functions.yaml")
        read.write("functions.yaml", "\n---\n".join(_manifest(number) for number in range(_MANY - 1)))
        for name, effect in _EFFECTS.items():
            for page in (1, 2) if bench.scale >= 1 else (bench.chance.choice((1, 2)),):
                read.running.faults.clear()
                read.running.faults.add(Fault(effect, "GET", "*/partner-function/", nth=page, times=50))
                read.sent  # noqa: B018 - only what follows counts
                ended = read.run("apply", "--auto-approve")
                figure.tried += 1
                figure.hold(ended.returncode == 1, f"{name} on page {page}: exit {ended.returncode}")
                figure.hold(not read.sent, f"{name} on page {page}: something was written")
        read.running.faults.clear()
        figure.hold(len(read.names("PartnerFunction")) >= _MANY, "an object is gone")
    return figure


def answers_lost(bench: Bench) -> Figure:
    """The answer to each write is lost after it took effect, creations included: nothing is made twice."""
    figure = Figure("R6 retries are safe: a lost answer makes nothing twice")
    size = 3
    for request in range(1, bench.times(2 * size) + 1):
        with estate(bench.folder / f"lost-{request}", size) as lost:
            lost.running.faults.add(Fault(Cut(committed=True), "POST", "/api/v3/*", nth=request))
            lost.run("apply", "--auto-approve")
            lost.running.faults.clear()
            figure.tried += 1
            _converges(figure, lost, f"answer {request} of a creation lost")
    return figure


def _converges(figure: Figure, lost: Estate, when: str) -> None:
    for _ in range(2):
        lost.run("apply", "--auto-approve")
    again = lost.run("plan")
    figure.hold(again.stdout.startswith("No changes."), f"{when}: {again.stdout[-200:]}{again.stderr[-200:]}")
    for kind in ("Automation", "PartnerFunction"):
        names = lost.names(kind)
        figure.hold(len(set(names)) == len(names), f"{when}: a {kind} stands twice")


def _manifest(number: int) -> str:
    return (
        f"apiVersion: reconciler/v1\nkind: PartnerFunction\nmetadata: {{name: f{number}, connection: xero-au}}\n"
        f"spec: {{name: Function {number}, object_name: customer}}"
    )
