"""The live API: one client, whose reading half is a type of its own. How HTTP goes is told in `web`."""

from reconciler.live.auth import Credentials
from reconciler.live.connecting import connect
from reconciler.live.reader import Reader
from reconciler.live.writer import Writer
from reconciler.web.clock import Clock
from reconciler.web.errors import IncompleteList, WebFailure as LiveFailure
from reconciler.web.retry import Retry, RetryPolicy

__all__ = [
    "Clock",
    "Credentials",
    "IncompleteList",
    "LiveFailure",
    "Reader",
    "Retry",
    "RetryPolicy",
    "Writer",
    "connect",
]
