"""OAuth2 tokens for the one client that the emulator knows [sdk: endpoint, grants, keys].

[assumed] wrong client credentials are a 401, as every token problem; a refresh token that is not valid is a 400,
because the SDK starts over on that; a refresh token serves once.
"""

import secrets
import time
from collections.abc import Callable

from reconciler.emulator.messages import Call, Refusal, Reply, problem

CLIENT_ID = "client-id"
CLIENT_SECRET = "client-secret"  # noqa: S105 - the emulator's only, printed by the command that starts it


class Tokens:
    """Tokens that were issued and not yet expired or revoked. `lifetime` in seconds."""

    def __init__(self, lifetime: float = 3600, now: Callable[[], float] = time.monotonic) -> None:
        self._lifetime = lifetime
        self._now = now
        self._expiry: dict[str, float] = {}
        self._refresh: set[str] = set()

    def issue(self, call: Call) -> Reply:
        """The token endpoint. Keys that it does not know are ignored: the SDK sends its `exsited_url`."""
        body = call.json_object()
        if (body.get("client_id"), body.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            raise _unauthorized("INVALID_CLIENT", "Unknown client_id or client_secret")
        match body.get("grant_type"):
            case "client_credentials":
                if not isinstance(body.get("redirect_uri"), str):
                    raise Refusal(400, [problem("REQUIRED", "redirect_uri is required", "redirect_uri")])
            case "refresh_token":
                self._spend(body.get("refresh_token"))
            case _:
                raise Refusal(400, [problem("UNSUPPORTED_GRANT_TYPE", "Unknown grant_type", "grant_type")])
        access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._expiry[access] = self._now() + self._lifetime
        self._refresh.add(refresh)
        return Reply.json(
            {
                "access_token": access,
                "refresh_token": refresh,
                "token_type": "bearer",
                "expires_in": int(self._lifetime),
            }
        )

    def check(self, bearer: str | None) -> None:
        """Raises Refusal 401 for a missing, unknown or expired token."""
        if bearer is None:
            raise _unauthorized("MISSING_TOKEN", "Send an access token: Authorization: Bearer …")
        if self._expiry.get(bearer, float("-inf")) <= self._now():
            raise _unauthorized("INVALID_TOKEN", "The access token is unknown or expired")

    def expire(self) -> None:
        """Every token that was issued so far becomes invalid, refresh tokens too."""
        self._expiry.clear()
        self._refresh.clear()

    def _spend(self, token: object) -> None:
        if not isinstance(token, str) or token not in self._refresh:
            raise Refusal(400, [problem("INVALID_GRANT", "The refresh token is not valid", "refresh_token")])
        self._refresh.discard(token)


def _unauthorized(code: str, message: str) -> Refusal:
    return Refusal(401, [problem(code, message)])
