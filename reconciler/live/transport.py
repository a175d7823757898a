"""The one door to the API: allowed methods, and a token of its own, on a line that knows HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Self

from reconciler.errors import Refused
from reconciler.live.auth import CREDENTIALS_HINT, TOKEN_PATH, Credentials, Tokens
from reconciler.values import Json, Secret
from reconciler.web.errors import NotFound, Rejected, StrangeResponse, Throttled, Unauthorised, Unreachable
from reconciler.web.exchange import Call, Exchange
from reconciler.web.line import Line

READING = frozenset({"GET"})
WRITING = frozenset({"GET", "POST", "PATCH", "DELETE"})

HINTS = {
    Unreachable: "check base_url and the network, then run again",
    Unauthorised: CREDENTIALS_HINT,
    NotFound: "check the uuids: of the connection in the environment, of the object in manifest or record",
    Rejected: "correct the manifest as the API says",
    Throttled: "wait, or lower requests_per_second",
    StrangeResponse: "check that base_url is the API itself, not a proxy or a maintenance page",
}


class Transport:
    """Sends calls whose method is one of `methods`, and no others. Threads may share it."""

    def __init__(self, line: Line, tokens: Tokens, methods: frozenset[str]) -> None:
        self._line = line
        self._tokens = tokens
        self.methods = methods

    @classmethod
    def on(cls, line: Line, credentials: Credentials, methods: frozenset[str]) -> Self:
        """With a token of its own, which is asked for with the first request."""

        def ask(body: Mapping[str, Secret]) -> Mapping[str, Json]:
            call = Call("POST", TOKEN_PATH, "none", secret_body=body)
            return Exchange(line, call, bearer=None, mask=tokens.mask).run().object

        tokens = Tokens(credentials, ask, line.patience.clock)
        return cls(line, tokens, methods)

    def reading(self) -> Transport:
        """The same line, token and budget, for GET alone."""
        return Transport(self._line, self._tokens, READING)

    def request(self, call: Call) -> Mapping[str, Json]:
        """The JSON object that answers, `{}` for an allowed empty body. Raise a WebFailure otherwise."""
        if call.method not in self.methods:
            raise Refused(f"{call}: this client only reads", hint="nothing was sent")
        return Exchange(self._line, call, self._tokens, self._tokens.mask).run().object

    def only_while(self, allowed: Callable[[], bool]) -> None:
        """Write only while `allowed` holds. It is asked right before each write, from any thread."""
        self._line.patience.brake.only_while(allowed)

    def stop(self) -> None:
        """As Line.stop."""
        self._line.stop()
