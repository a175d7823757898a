"""`drift --correct`: what moved outside git is put back, as far as that is wise. It never asks: a schedule runs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from reconciler import outcomes as ends, planfile
from reconciler.changes import Objection
from reconciler.cli.apply import objections_left
from reconciler.cli.main import Settings
from reconciler.cli.notifying import notify, notify_of_run
from reconciler.cli.output import Output
from reconciler.cli.plan import ONLY_DRIFT, show
from reconciler.cli.record import audited
from reconciler.cli.running import Ended, Manner, anew, carry_out
from reconciler.cli.session import Session, opened, writing
from reconciler.errors import Refused, UsageError
from reconciler.governor import RELEASE, Held, Reason
from reconciler.pipeline import whole_object
from reconciler.plan import Plan
from reconciler.planfile import encode
from reconciler.render import PlanFormat, outcomes_text, safe
from reconciler.render.notice import Event
from reconciler.render.words import verdict
from reconciler.resources import Address
from reconciler.state import Transition
from reconciler.values import Json

if TYPE_CHECKING:  # httpx comes with it: help and completion do without
    from reconciler.live import Writer

FORMATS: Final = ("text", "json")


@dataclass(frozen=True, slots=True)
class Correction:
    """How a correction ended, for whoever is to be told of it.

    `found` is all the drift there was; `healed` the part that was to be carried out, which is `refused` as a
    whole or `ended` as it says; `held` is the rest.
    """

    found: Plan
    healed: Plan
    held: tuple[Held, ...]
    refused: tuple[Objection, ...]
    ended: Ended

    @property
    def left(self) -> bool:
        """Drift remains that somebody should know of."""
        return bool(self.refused) or any(h.reason is not Reason.OFF for h in self.held)

    def code(self, *, detailed: bool) -> int:
        by_guard = bool(self.refused) or any(h.reason is Reason.GUARD for h in self.held)
        failed = self.ended.code or (Refused.exit_code if by_guard else 0)
        return failed or (ONLY_DRIFT if detailed and self.left else 0)


def correct(
    settings: Settings,
    form: PlanFormat,
    manner: Manner,
    *,
    targets: Sequence[str],
    released: Sequence[str],
    allowed: Sequence[str],
    detailed: bool,
) -> int:
    """Heal drift, and say what was healed, what was not and why; the exit code of that."""
    if form not in FORMATS:
        raise UsageError("a correction is told as text or json", hint="leave --format out, or take json")
    with opened(settings) as session, writing(session) as live:
        if released:
            _release(session, released, manner)

        def attempt() -> int:
            correction = _corrected(session, live, manner, targets, allowed)
            _notify(session, correction)
            tell(correction, form, settings.output)
            return correction.code(detailed=detailed)

        return anew(session, attempt)


def _corrected(
    session: Session, live: Writer, manner: Manner, targets: Sequence[str], allowed: Sequence[str]
) -> Correction:
    found, healed, held = session.correction(live.reader, targets, allowed)
    refused = tuple(objections_left(healed, healed.objections, session, allowed))
    quiet = refused or healed.idle
    ended = Ended() if quiet else carry_out(session, live, healed, manner)
    return Correction(found, healed, held, refused, ended)


def _notify(session: Session, correction: Correction) -> None:
    notify_of_run(session, correction.healed, correction.ended, "corrected")
    if correction.left:
        found = correction.found
        notify(session, Event("drift", f"{verdict(found)} Not all of it is put back.", found))


def _release(session: Session, released: Sequence[str], manner: Manner) -> None:
    """Note that somebody lets these objects be healed again. Raise UsageError for an address nobody knows."""
    records = session.backend.load().records
    chosen: set[Address] = set()
    for wanted in released:
        meant = {a for a in records if fnmatchcase(str(a), whole_object(wanted))}
        if not meant:
            raise UsageError(f"{wanted} is not recorded", hint="reconciler state list shows what is")
        chosen |= meant
    audited(session, RELEASE, lambda _: Transition(), *sorted(chosen), timeout=manner.lock_timeout)


def tell(correction: Correction, form: PlanFormat, output: Output) -> None:
    if form == "json":
        output.result(encode(to_document(correction)).decode())
        return
    show(correction.found, "text", output)
    if correction.held:
        output.result("\nNot corrected:\n" + "\n".join(map(_line, correction.held)))
    if correction.ended.outcomes:
        output.result(
            "\n" + outcomes_text(correction.ended.outcomes, width=output.width, colour=output.colour)
        )
    for objection in correction.refused:
        output.error(
            f"{objection.guard}: {safe(objection.message)}",
            f"nothing was sent; to go on all the same: --allow {objection.guard}",
        )


def _line(held: Held) -> str:
    where = safe(f"{held.address} {held.path}".rstrip())
    hint = f"\n    {safe(held.hint)}" if held.hint else ""
    return f"  {where}\n    {safe(held.message)}{hint}"


def to_document(correction: Correction) -> dict[str, Json]:
    """The drift plan's document, with what came of it under `governor`."""
    ended = correction.ended
    return {
        **planfile.to_document(correction.found),
        "governor": {
            "run": ended.run,
            "summary": dict(ends.summary(ended.outcomes)),
            "outcomes": [ends.outcome_document(o) for o in ended.outcomes],
            "held": [_held(h) for h in correction.held],
            "refused": [{"guard": o.guard, "message": o.message} for o in correction.refused],
        },
    }


def _held(held: Held) -> dict[str, Json]:
    told: dict[str, Json] = {
        "address": str(held.address), "path": held.path, "reason": held.reason.value, "message": held.message,
    }  # fmt: skip
    return told | {key: text for key, text in (("since", held.since), ("until", held.until)) if text}
