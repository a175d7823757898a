"""One call until its end: attempts, renewal of the token, and what is known of its effect. Knows HTTP, not our API.

Nothing that it raises carries an exception of httpx as its cause or context: the frames of those hold
request headers and bodies, and a traceback with locals would print the token.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import httpcore
import httpx
import orjson

from reconciler.values import Json, Secret
from reconciler.web.answers import Answer, Shape, Strange, failure, parsed, read_body
from reconciler.web.bearer import Bearer
from reconciler.web.errors import Rejected, StrangeResponse, Throttled, Unauthorised, Unreachable, WebFailure
from reconciler.web.line import Line
from reconciler.web.retry import Retry, pause_asked

Effect: TypeAlias = Literal["none", "absolute", "once"]
"""What a second sending does: nothing ever; the same again; or a second object (a creation)."""

_NOT_CONNECTED = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout)
_BROKEN = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, httpx.HTTPError, OSError)
_BUSY = frozenset({429, 502, 503, 504})
# what GitHub asks for where a limit comes without any header
_UNNAMED_PAUSE = 60.0


@dataclass(frozen=True, slots=True, repr=False)
class Call:
    """One request to be. A body of Secrets is revealed only while it is written to the wire.

    `answers` is the JSON that a success has to hold. `name` is what people see of it: by default the method
    and the path, which for some services is a secret.
    """

    method: str
    path: str
    effect: Effect
    query: Mapping[str, str | int] | None = None
    body: Mapping[str, Json] | None = None
    secret_body: Mapping[str, Secret] | None = None
    empty_ok: bool = False
    """Whether an answer without content is one: writes may have nothing to say."""
    answers: Shape = "object"
    name: str = ""

    def __str__(self) -> str:
        return self.name or f"{self.method} {self.path}"

    def content(self) -> bytes | None:
        """Raise Rejected where the body holds what UTF-8 cannot spell."""
        if self.secret_body is not None:
            return orjson.dumps({key: secret.reveal() for key, secret in self.secret_body.items()})
        try:
            return None if self.body is None else orjson.dumps(self.body)
        except orjson.JSONEncodeError as error:
            raise Rejected(f"{self}: not sent: {error}") from None


@dataclass(frozen=True, slots=True, repr=False)
class Reply:
    """What a successful answer says. Not printable: it may hold a secret."""

    headers: Mapping[str, str]
    body: Json = None

    @property
    def object(self) -> Mapping[str, Json]:
        assert isinstance(self.body, Mapping)  # noqa: S101 - the call asked for one, and got it
        return self.body

    @property
    def list(self) -> Sequence[Json]:
        assert isinstance(self.body, Sequence)  # noqa: S101 - as above
        assert not isinstance(self.body, str)  # noqa: S101
        return self.body


class Exchange:
    """Without a `bearer` the call is sent unauthorised, as the one that asks for a token."""

    def __init__(self, line: Line, call: Call, bearer: Bearer | None, mask: Callable[[str], str]) -> None:
        self._line = line
        self._call = call
        self._bearer = bearer
        self._mask = mask
        self._renewed = False
        self._in_doubt = False
        self._reply = Reply({})

    def run(self) -> Reply:
        """What answers. Raise a WebFailure whose `maybe_sent` covers every attempt."""
        last: WebFailure
        try:
            self._line.patience.persist(self._attempt, self._announce)
        except WebFailure as error:
            last = error
        else:
            return self._reply
        if self._call.method == "DELETE" and last.status == httpx.codes.NOT_FOUND and self._in_doubt:
            return Reply({}, {})  # an earlier attempt, whose answer was lost, did it
        last.maybe_sent = last.maybe_sent or self._in_doubt
        last.again = False  # patience is at its end: nobody above tries again on top
        last.__traceback__ = None
        raise last

    def _attempt(self) -> None:
        token = self._bearer.current() if self._bearer else None
        broken = self._once(token)
        if isinstance(broken, Unauthorised) and self._bearer and token is not None and not self._renewed:
            self._renewed = True
            if (other := self._bearer.renew(token)) is not None:
                broken = self._once(other)
        if broken is not None:
            broken.hint = self._line.hints.get(type(broken), broken.hint)
            self._in_doubt = self._in_doubt or broken.maybe_sent
            raise broken

    def _once(self, token: Secret | None) -> WebFailure | None:
        """Wait for a turn, send, judge. Raise only what happens before anything is sent."""
        url, content = self._line.origin.url(self._call.path), self._call.content()
        # the slot first: a turn that waited for a slot would be sent later than it was counted
        with self._line.slots:
            self._line.pace.turn()
            answer = self._answer(url, content, token)
        return answer if isinstance(answer, WebFailure) else self._judged(answer)

    def _answer(self, url: httpx.URL, content: bytes | None, token: Secret | None) -> Answer | WebFailure:
        line = self._line
        headers = {"accept": "application/json", "accept-encoding": "gzip", "user-agent": "reconciler"}
        headers |= line.headers
        if content is not None:
            headers["content-type"] = "application/json"
        if token is not None:
            headers["authorization"] = f"Bearer {token.reveal()}"
        request = line.client.build_request(
            self._call.method, url, params=self._call.query, content=content, headers=headers
        )
        brake = line.patience.brake
        may_go = brake.check if self._call.effect == "none" else brake.check_write
        try:
            with line.sockets.deadline.within(line.timeout_seconds, may_go):
                response = line.client.send(request, stream=True)
                try:
                    body = read_body(response.headers, response.iter_raw())
                    return Answer(response.status_code, response.headers, body)
                finally:
                    response.close()
        except _NOT_CONNECTED as error:
            return self._unreachable(f"no connection to {line.origin}: {self._words(error)}", sent=False)
        except _BROKEN as error:
            return self._unreachable(self._words(error), sent=True)
        except Strange as strange:
            return self._strange(strange, response.status_code)

    def _words(self, error: Exception) -> str:
        if isinstance(error, httpcore.TimeoutException):
            return f"no answer within {self._line.timeout_seconds:g} s"
        return self._mask(str(error)) or "the connection broke off"

    def _unreachable(self, why: str, *, sent: bool) -> Unreachable:
        found = Unreachable(f"{self._call}: {why}")
        found.maybe_sent = sent and self._call.effect != "none"
        found.again = not sent or self._call.effect != "once"
        return found

    def _strange(self, why: Strange, status: int) -> StrangeResponse:
        return StrangeResponse(f"{self._call}: {why}", status=status, maybe_sent=self._call.effect != "none")

    def _judged(self, answer: Answer) -> WebFailure | None:
        """Keep the result, or say what is wrong with the answer."""
        if httpx.codes.is_success(answer.status):
            try:
                nothing = self._call.empty_ok and not answer.content.strip()
                self._reply = Reply(answer.headers, {} if nothing else parsed(answer, self._call.answers))
            except Strange as strange:
                return self._strange(strange, answer.status)
            return None
        found = failure(answer, str(self._call), self._mask)
        # a 4xx is a refusal, so nothing was changed; nobody knows that of the others
        refused = httpx.codes.is_client_error(answer.status)
        found.maybe_sent = not refused and self._call.effect != "none"
        if answer.status in _BUSY or isinstance(found, Throttled):
            found.again = refused or self._call.effect != "once"
            found.retry_after = pause_asked(answer.headers, self._line.patience.clock)
            if found.retry_after is None and answer.status == httpx.codes.FORBIDDEN:
                found.retry_after = _UNNAMED_PAUSE
            self._line.pace.pause(found.retry_after or 0.0)
        return found

    def _announce(self, last: WebFailure, seconds: float, attempt: int) -> None:
        reason = last.message.removeprefix(f"{self._call}: ")
        self._line.on_retry(Retry(self._call.method, self._call.path, reason, seconds, attempt))
