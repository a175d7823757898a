"""OAuth 2 client credentials: one token for all threads, renewed once, never printed. [sdk]"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler.values import Json, Secret
from reconciler.web.bearer import masked
from reconciler.web.clock import Clock
from reconciler.web.errors import Forbidden, NotFound, Rejected, StrangeResponse, Unauthorised, WebFailure

TOKEN_PATH = "/api/v1/oauth2/token"  # noqa: S105 - a path
_BEARER = re.compile(r"[A-Za-z0-9\-._~+/:|]+=*")
# renewed this long before it ends, or after nine tenths of a short life
_MARGIN_SECONDS = 60.0
_MARGIN_SHARE = 0.1
CREDENTIALS_HINT = "check the environment's credentials (client_id, client_secret, redirect_uri)"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Resolved already, wherever they came from; revealed only into the body of the token call."""

    client_id: Secret
    client_secret: Secret
    redirect_uri: Secret


@dataclass(frozen=True, slots=True)
class Token:
    access: Secret
    refresh: Secret | None
    renew_at: float


Ask = Callable[[Mapping[str, Secret]], Mapping[str, Json]]
"""Sends the token call and gives the parsed answer. The values of the body are secrets until then."""


class Tokens:
    """The token in force. `ask` is called by one thread at a time."""

    def __init__(self, credentials: Credentials, ask: Ask, clock: Clock) -> None:
        self._credentials = credentials
        self._ask = ask
        self._clock = clock
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._refusal: tuple[str, int] | None = None
        self._seen = [credentials.client_id, credentials.client_secret, credentials.redirect_uri]

    def current(self) -> Secret:
        """A token that is not about to end. Raise Unauthorised where the credentials are refused."""
        token = self._token
        if token is not None and self._clock.monotonic() < token.renew_at:
            return token.access
        return self._renewed(token)

    def renew(self, refused: Secret) -> Secret:
        """The token after `refused`. Of many threads that hold the same one, the first renews for all."""
        token = self._token
        return self._renewed(token if token is not None and token.access is refused else None)

    def mask(self, text: str) -> str:
        """`text` without any secret of ours, should the API repeat one."""
        return masked(text, *self._seen)

    def _renewed(self, stale: Token | None) -> Secret:
        with self._lock:
            if self._token is not None and self._token is not stale:
                return self._token.access
            if self._refusal is not None:
                # once is enough: a service may lock an account that knocks too often
                message, status = self._refusal
                raise Unauthorised(message, hint=CREDENTIALS_HINT, status=status)
            self._token = self._refreshed(stale) or self._granted()
            return self._token.access

    def _refreshed(self, stale: Token | None) -> Token | None:
        """By the refresh token; None where there is none, or it is not taken any more."""
        if stale is None or stale.refresh is None:
            return None
        try:
            return self._asked("refresh_token", {"refresh_token": stale.refresh})
        except (Unauthorised, Forbidden, NotFound, Rejected):
            return None

    def _granted(self) -> Token:
        try:
            return self._asked("client_credentials", {})
        except (Unauthorised, Forbidden, NotFound, Rejected) as refused:
            failure: WebFailure = refused
        self._refusal = (failure.message, failure.status)
        raise Unauthorised(
            failure.message, hint=CREDENTIALS_HINT, status=failure.status, errors=failure.errors
        )

    def _asked(self, grant: str, more: Mapping[str, Secret]) -> Token:
        mine = self._credentials
        asked_at = self._clock.monotonic()
        body = self._ask(
            {
                "grant_type": Secret(grant),
                "client_id": mine.client_id,
                "client_secret": mine.client_secret,
                "redirect_uri": mine.redirect_uri,
                **more,
            }
        )
        token = _parse(body, asked_at)
        self._seen += [secret for secret in (token.access, token.refresh) if secret is not None]
        return token


def _parse(body: Mapping[str, Json], asked_at: float) -> Token:
    access, refresh = body.get("access_token"), body.get("refresh_token")
    if not isinstance(access, str) or not _BEARER.fullmatch(access):
        raise StrangeResponse(f"POST {TOKEN_PATH}: an answer without a usable access_token")
    life = _seconds(body.get("expires_in"))
    # without a life it serves until the API says 401
    renew_at = asked_at + life - min(_MARGIN_SECONDS, life * _MARGIN_SHARE) if life else float("inf")
    return Token(Secret(access), Secret(refresh) if isinstance(refresh, str) and refresh else None, renew_at)


def _seconds(value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return 0.0
    try:
        seconds = float(value)
    except ValueError:
        return 0.0
    return seconds if 0 < seconds < float("inf") else 0.0
