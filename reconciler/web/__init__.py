"""HTTP, as every service of ours is talked to: one origin, a deadline, a budget, retries, typed failures.

Knows nothing of any service. Who uses it says which calls, and with which token.
"""

from reconciler.web.bearer import Bearer, Fixed
from reconciler.web.clock import Clock
from reconciler.web.exchange import Call, Exchange, Reply
from reconciler.web.line import Line
from reconciler.web.origin import Origin
from reconciler.web.retry import Retry, RetryPolicy

__all__ = ["Bearer", "Call", "Clock", "Exchange", "Fixed", "Line", "Origin", "Reply", "Retry", "RetryPolicy"]
