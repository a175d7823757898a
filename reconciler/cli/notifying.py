"""Whoever an environment names is told what happened. That this fails never changes how a command ends."""

from __future__ import annotations

import os

from reconciler import config
from reconciler.cli.forging import run_link
from reconciler.cli.running import Ended
from reconciler.cli.session import Session, now
from reconciler.errors import ReconcilerError
from reconciler.kinds.project import Happening, Notification
from reconciler.outcomes import summary
from reconciler.plan import Plan
from reconciler.render import safe
from reconciler.render.notice import Event, notice_json, notice_slack


def notify(session: Session, event: Event) -> None:
    """Tell everybody that wants to hear of this. Only `drift` and `apply` call it: a plan may be a stranger's."""
    for number, target in enumerate(session.project.environment.spec.notifications, 1):
        if event.happening not in target.on:
            continue
        try:
            _tell(session, event, target)
        except ReconcilerError as error:
            hint = f" ({error.hint})" if error.hint else ""
            session.output.note(f"Warning: notification {number} was not sent: {safe(error.message)}{hint}")


def notify_of_run(session: Session, plan: Plan, ended: Ended, well: Happening) -> None:
    """Tell how a plan was carried out: `well` where it was, `failed` where not. Whoever stops a run knows of it."""
    if not ended.outcomes or ended.stopped:
        return
    counted = ", ".join(f"{count} {status}" for status, count in summary(ended.outcomes).items() if count)
    link = run_link(os.environ)
    if ended.code:
        notify(session, Event("failed", f"Not all was applied: {counted}.", plan, link))
    else:
        notify(
            session,
            Event(
                well, f"{'Drift was put back' if well == 'corrected' else 'Applied'}: {counted}.", plan, link
            ),
        )


def _tell(session: Session, event: Event, target: Notification) -> None:
    from reconciler.forge.webhook import post  # noqa: PLC0415 - brings httpx, and few are told

    name = getattr(target.url, "env", "") or getattr(target.url, "file", "")
    what = f"the webhook {safe(name)}"
    url = config.secret(target.url, what, os.environ, session.project.root)
    project, environment = session.project.name, session.project.environment.name
    if target.format == "json":
        document = notice_json(event, project=project, environment=environment, at=now())
    else:
        document = notice_slack(event, project=project, environment=environment)
    post(url, document, what)
