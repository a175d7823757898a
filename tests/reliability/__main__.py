"""Break every promise in as many ways as we can, and print how often it held.

python -m tests.reliability [--seed N] [--scale F] [--only WORD]
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from pathlib import Path

from tests.cli.builder import CREDENTIALS
from tests.reliability.crash import asked_to_stop, killed_at_every_point, killed_at_random
from tests.reliability.damage import every_length_and_many_bits
from tests.reliability.partial import answers_lost, lists_in_part
from tests.reliability.promise import Bench, Experiment
from tests.reliability.writers import hand_overs

EXPERIMENTS: tuple[Experiment, ...] = (
    hand_overs,
    killed_at_every_point,
    killed_at_random,
    every_length_and_many_bits,
    lists_in_part,
    answers_lost,
    asked_to_stop,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    os.environ.update(CREDENTIALS)
    say(f"seed {asked.seed}, scale {asked.scale:g}\n")
    broken = 0
    for experiment in EXPERIMENTS:
        if asked.only not in experiment.__name__:
            continue
        with tempfile.TemporaryDirectory(prefix="reliability-") as folder:
            chance = random.Random(f"{asked.seed} {experiment.__name__}")  # noqa: S311 - an experiment's
            figure = experiment(Bench(Path(folder), chance, asked.scale))
        verdict = "held" if not figure.broken else f"BROKEN {len(figure.broken)} times"
        say(f"{figure.promise}\n    {verdict} in {figure.tried} tries  ({experiment.__name__})\n")
        for line in (*figure.notes, *figure.broken[:10]):
            say(f"    {line}\n")
        broken += len(figure.broken)
    sys.exit(1 if broken else 0)


def say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
