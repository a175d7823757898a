"""R7: convergent whatever came before; and the order and the spelling of what is written never matter."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from typing import Any

import hypothesis
import yaml
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from reconciler.emulator import World, serve
from tests.acting.bench import Bench as Desk
from tests.cli.builder import CREDENTIALS, ROOT
from tests.reliability.estate import Estate, documents, estate
from tests.reliability.machine import AnyHistory
from tests.reliability.promise import Bench, Figure

_STEPS = 25
_HASH_SEEDS = ("0", "1", "4242")


def any_history(bench: Bench) -> Figure:
    """Histories of up to twenty-five steps, by hypothesis."""
    figure = Figure(
        "R7 convergent: after an apply without faults, live is as the model says and the plan is empty"
    )
    examples = bench.times(300)
    with serve(World.sample()) as server:
        AnyHistory.desk = Desk(bench.folder, server)
        machine = hypothesis.seed(bench.chance.randrange(2**32))(AnyHistory)
        try:
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=examples, stateful_step_count=_STEPS, deadline=None, database=None,
                    suppress_health_check=list(HealthCheck), phases=(Phase.generate,), print_blob=False,
                ),
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001 - whatever it is, the history that led to it is told
            figure.hold(False, f"{error!r} {getattr(error, '__notes__', '')}")
    figure.tried("histories of up to 25 steps", examples)
    return figure


def the_same_plan(bench: Bench) -> Figure:
    """The same manifests in other files, orders and quotes, under several hash seeds: one plan id."""
    figure = Figure("R7 the order of files and keys, and the quoting, never matter: the same plan id")
    with estate(bench.folder / "same") as same:
        figure.hold(same.apply().code == 0, "the first apply failed")
        same.swing()
        wanted = [yaml.safe_load(text) for text in documents(same.side)]
        expected = _id(same, "0")
        for number in range(bench.times(12)):
            _rewrite(same, wanted, bench.chance)
            for seed in _HASH_SEEDS[: 1 if bench.scale < 1 else None]:
                figure.tried("plans of the same wish written otherwise")
                figure.hold(_id(same, seed) == expected, f"writing {number}, hash seed {seed}: another id")
    return figure


def _rewrite(same: Estate, wanted: list[Any], chance: random.Random) -> None:
    """Shuffled over some files, each document with its keys in another order, in JSON or one of YAML's styles."""
    for file in same.folder.glob("*.yaml"):
        if file.name != "reconciler.yaml":
            file.unlink()
    texts = [_spelt(_shuffled(document, chance), chance) for document in chance.sample(wanted, len(wanted))]
    files = chance.randrange(1, 5)
    for number in range(files):
        same.write(f"{chance.randrange(10**6)}-{number}.yaml", "---\n".join(texts[number::files]))


def _shuffled(value: Any, chance: random.Random) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {key: _shuffled(value[key], chance) for key in chance.sample(list(value), len(value))}
    return [_shuffled(item, chance) for item in value] if isinstance(value, list) else value


def _spelt(document: Any, chance: random.Random) -> str:  # noqa: ANN401 - JSON
    if chance.random() < 0.3:
        return json.dumps(document, indent=chance.choice((None, 2))) + "\n"
    style, flow = chance.choice((None, "'", '"')), chance.choice((None, True, False))
    text: str = yaml.safe_dump(document, sort_keys=False, default_style=style, default_flow_style=flow)
    return text


def _id(same: Estate, hash_seed: str) -> str:
    environ = {**os.environ, **CREDENTIALS, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed}
    ended = subprocess.run(
        [sys.executable, "-m", "reconciler", "plan", "--format", "json"],
        cwd=same.home, env=environ, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return str(json.loads(ended.stdout)["id"]) if ended.returncode == 0 else ended.stderr
