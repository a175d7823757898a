"""What a store says when it must not be read or written, in the same words wherever it is. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from reconciler.backends.rows import Damaged
from reconciler.errors import ReconcilerError, Refused, StateError

RESTORE = "restore it from a backup; nothing was changed, and it is not taken for an empty state"


@contextmanager
def told(label: str) -> Iterator[None]:
    """Errors on the way out, with `label` to say where; what is damaged as a StateError."""
    try:
        yield
    except (Damaged, UnicodeDecodeError) as error:
        raise StateError(f"the state in {label} is damaged: {error}", hint=RESTORE) from error
    except UnicodeEncodeError as error:
        raise StateError(
            f"the state in {label} cannot hold a value with half a surrogate pair in it",
            hint="correct the name or uuid that has it; nothing was written",
        ) from error
    except ReconcilerError as error:
        error.message = f"{error.message} [{label}]"
        raise


def too_new(version: int, known: int) -> StateError:
    return StateError(
        f"this state was written by a newer reconciler (format {version}, this one knows {known})",
        hint="upgrade reconciler; nothing was read or changed",
    )


def of_another(environment: str, wanted: str) -> StateError:
    return StateError(
        f"this state is of environment {environment!r}, not of {wanted!r}",
        hint="give each environment a state of its own",
    )


def gone() -> StateError:
    """Whoever holds a lease has seen the record made."""
    return StateError(
        "the state has gone since it was locked",
        hint="find out who moved or deleted it, and restore it before the next run",
    )


def moved(to: str) -> Refused:
    return Refused(
        f"this record has moved to {to}",
        hint=f"write `state: {to}` in the environment, or set RECONCILER_STATE to it",
    )
