"""R2, R8: killed at every numbered point, at random moments, or asked to stop: nothing is lost or done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from tests.cli.builder import CREDENTIALS, ROOT
from tests.reliability.estate import LEASE, Estate, estate
from tests.reliability.promise import Bench, Figure

_SIZE = 4  # objects of each of two kinds: eight creations, then eight updates
_CONVERGED = "No changes."


def killed_at_every_point(bench: Bench) -> Figure:
    """SIGKILL before and after every transaction and every write of an apply that creates and one that updates."""
    figure = Figure("R2 a crash anywhere: the next run finds out, and each change takes effect once")
    step = max(1, round(1 / bench.scale))
    with estate(bench.folder / "count", _SIZE) as whole:
        create = int(whole.run("apply", "--auto-approve").stderr.splitlines()[-1])
        whole.change(_SIZE)
        update = int(whole.run("apply", "--auto-approve").stderr.splitlines()[-1])
    for phase, points in (("create", create), ("update", update)):
        for point in range(1 + bench.chance.randrange(step), points + 1, step):
            with estate(bench.folder / f"{phase}-{point}", _SIZE) as broken:
                if phase == "update":
                    broken.run("apply", "--auto-approve")
                    broken.change(_SIZE)
                broken.sent  # noqa: B018 - only what follows counts
                died = broken.run("apply", "--auto-approve", kill_at=point)
                figure.tried += 1
                figure.hold(died.returncode == -signal.SIGKILL, f"{phase} {point}: it was to die")
                _judge(figure, broken, f"{phase}, killed at point {point} of {points}")
    figure.notes.append(f"{create} points of an apply that creates, {update} of one that updates")
    return figure


def killed_at_random(bench: Bench) -> Figure:
    """SIGKILL at random moments of an apply, several times in a row on the same state."""
    figure = Figure("R2 the same at random moments, one crash upon another")
    for number in range(bench.times(6)):
        with estate(bench.folder / f"random-{number}", _SIZE) as broken:
            for _ in range(3):
                with _started(broken) as process:
                    time.sleep(bench.chance.uniform(0.3, 1.2))
                    process.kill()
                figure.tried += 1
            _judge(figure, broken, f"random {number}")
    return figure


def asked_to_stop(bench: Bench) -> Figure:
    """SIGINT or SIGTERM at random moments: recorded, unlocked, 130, and nothing is sent afterwards."""
    figure = Figure("R8 Ctrl-C and SIGTERM: outcomes recorded, the lock released, exit 130")
    for number in range(bench.times(12)):
        with estate(bench.folder / f"stop-{number}", _SIZE) as asked:
            with _started(asked) as process:
                time.sleep(bench.chance.uniform(0.3, 1.2))
                process.send_signal(bench.chance.choice((signal.SIGINT, signal.SIGTERM)))
                _, said = process.communicate(timeout=60)
            figure.tried += 1
            figure.hold(
                process.returncode in (0, 130, -15, -2), f"stop {number}: exit {process.returncode}: {said}"
            )
            written = asked.sent
            if asked.state.exists() and process.returncode == 130:
                with asked.backend() as backend:
                    figure.hold(backend.holder() is None, f"stop {number}: the lock is still held")
                    figure.hold(not backend.load().intents, f"stop {number}: an intent is open")
                    entries = backend.history(None, None)
                done = sum(e.status == "done" for e in entries if e.action == "create")
                figure.hold(
                    done
                    == sum(method == "POST" and not path.endswith(("able",)) for method, path, _ in written),
                    f"stop {number}: {len(written)} writes arrived, {done} are recorded",
                )
            _judge(figure, asked, f"stop {number}", wait=False)
    return figure


def _started(broken: Estate) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.reliability.driver", "0", LEASE, "apply", "--auto-approve"]
    environ = {**os.environ, **CREDENTIALS, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(  # noqa: S603 - ourselves
        command,
        cwd=broken.folder.parent,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _judge(figure: Figure, broken: Estate, when: str, *, wait: bool = True) -> None:
    """The state opens, every write that arrived was announced, a second apply ends it, nothing is there twice."""
    if broken.state.exists():
        with broken.backend() as backend:
            state = backend.load()
            told = {i.address for i in state.intents.values()} | {
                e.address for e in backend.history(None, None)
            }
        arrived = [path for method, path, _ in broken.sent if method in ("POST", "PATCH")]
        figure.hold(not arrived or bool(told), f"{when}: a write without an intent")
    words = ["apply", "--auto-approve", *(["--lock-timeout", "20"] if wait else [])]
    healed = broken.run(*words)
    figure.hold(
        healed.returncode == 0,
        f"{when}: the next apply ended with {healed.returncode}: {healed.stderr[-300:]}",
    )
    again = broken.run("plan")
    figure.hold(
        again.stdout.startswith(_CONVERGED), f"{when}: then the plan was not empty: {again.stdout[-300:]}"
    )
    for kind in ("Automation", "PartnerFunction"):
        names = broken.names(kind)
        twice = {name for name in names if names.count(name) > 1}
        figure.hold(not twice, f"{when}: made twice: {', '.join(sorted(twice))}")
    with broken.backend() as backend:
        figure.hold(not backend.load().intents, f"{when}: a doubt stayed in the journal")
