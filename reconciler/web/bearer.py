"""Who says which token goes with a request."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, quote_plus

from reconciler.values import Secret

# less would be no secret, and masking it would garble every message
_SHORTEST_MASKED = 6
_URL_SAFE = str.maketrans("+/", "-_")


class Bearer(Protocol):
    """Shared by all threads of a run."""

    def current(self) -> Secret:
        """The token to send."""
        ...

    def renew(self, refused: Secret) -> Secret | None:
        """Another token after a 401 for `refused`; None where there is no other."""
        ...

    def mask(self, text: str) -> str:
        """`text` without any secret of ours, should the service repeat one."""
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """One token for ever, as a forge gives it."""

    token: Secret

    def current(self) -> Secret:
        return self.token

    def renew(self, refused: Secret) -> Secret | None:  # noqa: ARG002 - there is but the one
        return None

    def mask(self, text: str) -> str:
        return masked(text, self.token)


def masked(text: str, *secrets: Secret) -> str:
    """`text` with *** where a secret stood, also as JSON, a URL, base64 or hexadecimal digits would spell it."""
    found = {
        spelling
        for secret in secrets
        if len(secret.reveal()) >= _SHORTEST_MASKED
        for spelling in _spellings(secret.reveal())
    }
    for spelling in sorted(found, key=len, reverse=True):  # one may be a part of another
        text = text.replace(spelling, "***")
    return text


def _spellings(value: str) -> Iterator[str]:
    raw = value.encode("utf-8", "surrogatepass")
    yield value
    yield from (json.dumps(value, ensure_ascii=ascii)[1:-1] for ascii in (True, False))  # noqa: A001
    for quoted in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield quoted
        yield re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), quoted)
    yield from (raw.hex(), raw.hex().upper())
    for before in range(3):
        # inside of a longer text; the characters at both ends hold bits of their neighbours
        coded = base64.b64encode(bytes(before) + raw).decode("ascii")
        whole = (before + len(raw)) // 3 * 4 + (before + len(raw)) % 3
        middle = coded[(0, 2, 3)[before] : whole]
        yield from (middle, middle.translate(_URL_SAFE))
