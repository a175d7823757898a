"""Asking before something that cannot be undone: on a terminal; elsewhere it has to be said before."""

from __future__ import annotations

import sys

import click

from reconciler.errors import UsageError

approved_option = click.option("--auto-approve", is_flag=True, help="Do not ask.")


def confirm(told: str, question: str, *, auto_approve: bool) -> None:
    """Go on, or raise: UsageError where nobody can answer, click's Abort where the answer is no."""
    if auto_approve:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"nobody can be asked here; {told}", hint="add --auto-approve")
    click.confirm(f"{told}. {question}", abort=True, err=True)
