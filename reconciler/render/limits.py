"""How much the places take that we print into. Where the limit is characters, they count UTF-16 units. Pure."""

from __future__ import annotations

from typing import Final

from reconciler.errors import ReconcilerError

GITHUB_COMMENT: Final = 65_536
GITLAB_NOTE: Final = 1_000_000
BITBUCKET_COMMENT: Final = 32_768
AZURE_COMMENT: Final = 150_000
JOB_SUMMARY_BYTES: Final = 1_048_576
"""Over it, GitHub drops the whole summary of the step."""
JOB_SUMMARY: Final = JOB_SUMMARY_BYTES // 3
"""So many UTF-16 units are never more bytes of UTF-8 than that."""
ANNOTATIONS: Final = 10
"""Of each type, from one step."""
ANNOTATION: Final = 4_096
SARIF_RESULTS: Final = 25_000
SARIF_BYTES: Final = 10_000_000
"""Compressed by gzip."""


class TooLong(ReconcilerError):
    """What deletes or conflicts does not fit by itself, and it is never cut: whoever prints has to fail.

    `instead` is what may be printed in its place. It fits, says loudly that the plan is not in it, and
    names no change, so that nobody takes a part for the whole.
    """

    def __init__(self, message: str, *, instead: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.instead = instead


def units(text: str) -> int:
    """The length in UTF-16 units, as JavaScript, .NET and Java count."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def shortened(text: str, limit: int) -> str:
    """At most `limit` units, which are 40 or more; what was cut off is said."""
    if units(text) <= limit:
        return text
    tail = f" … ({units(text) - limit} characters more)"
    kept = text[: limit - len(tail)]  # a character is a unit or two
    while units(kept) > limit - len(tail):
        kept = kept[: len(kept) - max((units(kept) + len(tail) - limit) // 2, 1)]
    return kept + tail
