"""The live API: one client, whose reading half is a type of its own."""

from reconciler.live.auth import Credentials
from reconciler.live.clock import Clock
from reconciler.live.connecting import connect
from reconciler.live.errors import IncompleteList, LiveFailure
from reconciler.live.reader import Reader
from reconciler.live.retry import Retry, RetryPolicy
from reconciler.live.writer import Writer

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
