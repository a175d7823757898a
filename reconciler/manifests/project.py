"""A project's manifests, on disk or in a commit: read whole, checked whole, every problem told at once. Offline."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reconciler import git
from reconciler.errors import Problem, ProjectInvalid, UsageError
from reconciler.kinds import KINDS
from reconciler.manifests.assembly import assembled
from reconciler.manifests.documents import Document, document
from reconciler.manifests.environments import FILE, Environment, Settings, settings
from reconciler.manifests.expansion import Expansion, Manifest
from reconciler.manifests.files import Texts, in_commit, in_folder
from reconciler.manifests.references import References, resolved
from reconciler.manifests.report import Report, did_you_mean
from reconciler.manifests.yaml_reader import read
from reconciler.resources import Address, Desired

_MANY_OBJECTS = 100_000


@dataclass(frozen=True, slots=True)
class Project:
    """A project without errors, as one environment sees it. `problems` are warnings."""

    root: Path
    name: str
    environment: Environment
    environments: Mapping[str, Environment]
    manifests: tuple[Manifest, ...]
    desired: tuple[Desired, ...]
    references: References
    problems: tuple[Problem, ...]


def load(root: Path, environment: str = "", *, texts: Texts | None = None) -> Project:
    """The project in the folder `root`, for an environment, or for its default one.

    `texts` are its files where they are not to be taken from disk.
    Raise ProjectInvalid with every problem of it, UsageError where there is no project or no such environment.
    """
    if not root.is_dir() or not (root / FILE).is_file():
        raise UsageError(
            f"there is no project in {root}: {FILE} is missing",
            hint="name its folder with -C (the current one is -C .), or start one with: reconciler init",
        )
    return _loaded(root, texts or in_folder(root), environment)


def load_commit(root: Path, commit: str, environment: str = "") -> Project:
    """The project as a commit has it; `commit` is its full id, `root` the folder, which need not be on disk now.

    Raise as `load` does, and GitError.
    """
    if not any(entry.path == FILE for entry in git.entries(root, commit)):
        raise UsageError(
            f"there is no project in {root} at {commit[:12]}: {FILE} is missing",
            hint="name a later commit",
        )
    return _loaded(root, in_commit(root, commit), environment)


def _loaded(root: Path, texts: Texts, environment: str) -> Project:
    report = Report()
    with _without_collector():
        documents = list(read_all(texts, report))
        known = settings([d for d in documents if d.kind not in KINDS], report)
        chosen = _chosen(known, environment, report)
        manifests = expanded([d for d in documents if d.kind in KINDS], chosen, report)
        references = resolved(manifests, report)
        desired = assembled(manifests, references, report)
    if report.failed:
        raise ProjectInvalid(report.problems)
    return Project(
        root,
        known.name,
        chosen,
        known.environments,
        tuple(manifests.values()),
        desired,
        references,
        report.problems,
    )


def read_all(texts: Texts, report: Report) -> Iterator[Document]:
    for file, text in texts(report):
        for node in read(text, file, report):
            if found := document(node, file, report):
                yield found


def _chosen(known: Settings, wanted: str, report: Report) -> Environment:
    names = known.environments
    name = wanted or known.default or (next(iter(names)) if len(names) == 1 else "")
    if name in names:
        return names[name]
    if report.failed:
        # it may be among what could not be read
        raise ProjectInvalid(report.problems)
    if not name:
        hint = f"choose one with -e: {', '.join(names)}" if names else "add one: environments/<name>.yaml"
        raise UsageError("the project names no default environment", hint=hint)
    raise UsageError(f"there is no environment {name!r}", hint=did_you_mean(name, names))


def expanded(documents: list[Document], environment: Environment, report: Report) -> dict[Address, Manifest]:
    uuids = {name: connection.uuid for name, connection in environment.spec.connections.items()}
    expansion = Expansion(environment.name, environment.spec.variables, uuids, report)
    found: dict[Address, Manifest] = {}
    for each in documents:
        for manifest in expansion.manifests(each):
            address = manifest.address
            if address in found:
                report.error(
                    "duplicate-address", f"{address} stands twice, first at {found[address].source}", manifest.source,
                    "give one of them another metadata.name", str(address),
                )  # fmt: skip
            else:
                found[address] = manifest
    return found


@contextmanager
def _without_collector() -> Iterator[None]:
    """Nothing that is read here is garbage, and looking for it takes a tenth of the time.

    The objects of a large project live as long as the command. They are frozen: the collector would go
    through all of them again, and again, while the record and live are read.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            if gc.get_count()[0] > _MANY_OBJECTS:
                gc.freeze()
            gc.enable()
