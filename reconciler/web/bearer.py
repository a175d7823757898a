"""Who says which token goes with a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from reconciler.values import Secret

# less would be no secret, and masking it would garble every message
_SHORTEST_MASKED = 6


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
    """`text` with *** where a secret stood."""
    for secret in secrets:
        value = secret.reveal()
        if len(value) >= _SHORTEST_MASKED and value in text:
            text = text.replace(value, "***")
    return text
