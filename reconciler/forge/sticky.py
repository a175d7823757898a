"""One comment that is kept up to date, where every run would add another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from reconciler.errors import LiveError
from reconciler.forge.marker import Marker, divided
from reconciler.forge.protocol import Forge, Note, is_by
from reconciler.values import Json
from reconciler.web.errors import NotFound

Write = Callable[[Mapping[str, Json]], str | None]
"""From what our comment remembers to the whole of its new body; None to leave it as it is."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """How it ended. `others` are the authors of comments that carry our marker and are not ours."""

    done: Literal["created", "updated", "unchanged", "left"]
    url: str = ""
    others: tuple[str, ...] = ()


def stick(forge: Forge, pull: int, marker: Marker, write: Write) -> Stuck:
    """Create our comment on the pull request, or bring it up to date. Raise LiveError.

    Two runs may find none and make one each: whoever looks last keeps the oldest, and drops the others.
    """
    me = forge.me()
    ours, others = divided(forge.notes(pull), marker, me)
    strangers = tuple(sorted({note.author for note in others}))
    body = write(marker.remembered(ours[0].body) if ours else {})
    if body is None:
        return Stuck("left", ours[0].url if ours else "", strangers)
    if ours:
        done: Literal["updated", "unchanged"] = "unchanged" if _equal(ours[0].body, body) else "updated"
        if done == "updated":
            forge.edit_note(pull, ours[0], body)
        _drop(forge, pull, ours[1:])
        return Stuck(done, ours[0].url, strangers)
    made = _made(forge, pull, marker, body, me)
    return Stuck("created", made.url, tuple(name for name in strangers if not is_by(name, made.author)))


def _made(forge: Forge, pull: int, marker: Marker, body: str, me: str) -> Note:
    """A new comment, once, whatever became of the answer and whoever else made one meanwhile."""
    lost: LiveError | None = None
    try:
        # its author is who we are, should we have been wrong about that
        me = forge.add_note(pull, body).author or me
    except LiveError as error:
        if not error.maybe_sent:
            raise
        lost = error
    ours, _ = divided(forge.notes(pull), marker, me)
    if not ours:
        raise lost or LiveError(
            "the comment was taken, and is not there", hint="look at the pull request, and run again"
        )
    if not _equal(ours[0].body, body):
        forge.edit_note(pull, ours[0], body)
    _drop(forge, pull, ours[1:])
    return ours[0]


def _drop(forge: Forge, pull: int, notes: Sequence[Note]) -> None:
    for note in notes:
        try:
            forge.drop_note(pull, note)
        except NotFound:
            continue  # another run was faster


def _equal(left: str, right: str) -> bool:
    """But for what a forge does to line ends."""
    return left.replace("\r\n", "\n").strip() == right.replace("\r\n", "\n").strip()
