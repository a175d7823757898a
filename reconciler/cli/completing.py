"""What may be typed next: names from the manifests, offline. Nothing here may fail, for it speaks into a prompt."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from reconciler.manifests import Outline


def environments(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    return _fitting(incomplete, lambda: _outline(ctx).environments)


def connections(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    return _fitting(incomplete, lambda: _outline(ctx).connections)


def addresses(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    return _fitting(incomplete, lambda: map(str, _outline(ctx).addresses))


def fields(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    """Kinds; and once one is written, its fields."""
    return _fitting(incomplete, lambda: _fields(incomplete))


def _fields(incomplete: str) -> Iterable[str]:
    from reconciler.kinds import DOCUMENTS, explained  # noqa: PLC0415 - only who asks pays

    kind, dot, _ = incomplete.partition(".")
    return [f"{kind}.{name}" for name in explained(kind)] if dot else DOCUMENTS


def _outline(ctx: click.Context) -> Outline:
    from reconciler.manifests import outline  # noqa: PLC0415 - only who asks pays

    said = ctx.find_root().params
    return outline(Path(said["folder"]), said["environment"] or "")


def _fitting(incomplete: str, names: Callable[[], Iterable[str]]) -> list[str]:
    try:
        return [name for name in names() if name.startswith(incomplete)]
    except Exception:  # noqa: BLE001 - whatever is wrong with the project, a prompt is not where it is told
        return []
