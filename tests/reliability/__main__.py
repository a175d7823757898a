"""Break every promise in as many ways as we can, and print how often it held.

python -m tests.reliability [--seed N] [--scale F] [--only WORD] [--state STORE,…] [--jobs N] [--markdown]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.reliability.experiments import EXPERIMENTS, ON_EVERY_STORE
from tests.reliability.promise import Figure
from tests.reliability.stores import STORES
from tests.reliability.task import Task, performed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--scale", type=float, default=1.0, help="how much of everything; 1 is the default")
    parser.add_argument("--only", default="", help="the experiments whose name has this word in it")
    parser.add_argument("--state", default=",".join(STORES), help="the stores, with commas between them")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="so many experiments at once")
    parser.add_argument("--markdown", action="store_true", help="end with a table for the README")
    asked = parser.parse_args()
    tasks = [
        Task(name, store, asked.seed, asked.scale)
        for name in EXPERIMENTS
        if asked.only in name
        for store in (asked.state.split(",") if name in ON_EVERY_STORE else ["sqlite"])
    ]
    say(f"seed {asked.seed}, scale {asked.scale:g}: {len(tasks)} experiments\n")
    figures: dict[Task, Figure] = {}
    # a process each: an experiment's threads never meet another's
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(asked.jobs, mp_context=context, max_tasks_per_child=1) as pool:
        under_way = {pool.submit(performed, task): task for task in tasks}
        for future in as_completed(under_way):
            task = under_way[future]
            figures[task], seconds = future.result()
            tell(task, figures[task], seconds)
    if asked.markdown:
        say("\n" + markdown({task: figures[task] for task in tasks}))
    sys.exit(1 if any(figure.broken for figure in figures.values()) else 0)


def tell(task: Task, figure: Figure, seconds: float) -> None:
    say(f"{figure.promise}\n    {verdict(figure)}: {figure.told or 'nothing tried'}  ({seconds:.0f} s)\n")
    for line in (*figure.notes, *(f"SKIPPED {s}" for s in figure.skipped), *figure.broken[:10]):
        say(f"    {line}\n")
    say(f"    again: {task.command}\n")


def verdict(figure: Figure) -> str:
    if figure.broken:
        return f"BROKEN {len(figure.broken)} times"
    return "held" if figure.attempts else "skipped"


def markdown(figures: dict[Task, Figure]) -> str:
    """Promise, figure, command: a row for each promise, in the order of their numbers."""
    rows: dict[str, list[tuple[Task, Figure]]] = {}
    for task, figure in figures.items():
        if figure.attempts:
            rows.setdefault(figure.promise, []).append((task, figure))
    lines = ["| promise | tried | broken | again, alone |", "|---|---|---|---|"]
    for promise, found in sorted(rows.items(), key=lambda row: int(row[0].split()[0][1:])):
        told = ", ".join(figure.told for _, figure in found)
        broken = sum(len(figure.broken) for _, figure in found)
        names = " ".join(dict.fromkeys(f"`--only {task.name}`" for task, _ in found))
        lines.append(f"| {promise} | {told} | {broken} | {names} |")
    return "\n".join(lines) + "\n"


def say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
