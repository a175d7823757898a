"""The ASGI application: reads a request to its end, lets the faults that are due strike, logs, and answers."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from reconciler.emulator import control
from reconciler.emulator.api import Api
from reconciler.emulator.distort import distorted
from reconciler.emulator.faults import (
    BadPage,
    Cut,
    Delay,
    Effect,
    ExpireTokens,
    Faults,
    Garbage,
    Slow,
    Stale,
    Status,
    Truncate,
)
from reconciler.emulator.log import RequestLog
from reconciler.emulator.messages import Call, Reply, plain_errors
from reconciler.emulator.pages import bent, dressed
from reconciler.emulator.wire import Wire

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Emulator:
    api: Api
    faults: Faults
    log: RequestLog

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            call = await _read(Request(scope, receive))
        except ClientDisconnect:
            return
        wire = Wire(scope, receive, send)
        if control.wants(call):
            client = scope["client"]
            await wire.send(
                control.answer(call, client[0] if client else "", self.api.world, self.faults, self.log)
            )
        else:
            await self._serve(call, wire, self.faults.strike(call.method, call.path, call.query))

    async def _serve(self, call: Call, wire: Wire, effects: tuple[Effect, ...]) -> None:
        await _pause(effects, committed=False)
        if _first(effects, ExpireTokens):
            self.api.tokens.expire()
        wrote = False
        outcome = _instead(effects, committed=False)
        if outcome is None:
            lags = _first(effects, Stale) if call.method == "GET" else None
            seen = replace(call, body=distorted(call.body, effects), lag=lags.seconds if lags else 0.0)
            bad = _first(effects, BadPage)
            answer, wrote = self.api.answer(bent(seen, bad) if bad else seen)
            answer = dressed(answer, call, bad) if bad else answer
            outcome = _instead(effects, committed=True) or answer
        status = None if isinstance(outcome, Cut) else outcome.status
        self.log.add(call, status=status, wrote=wrote, faults=tuple(type(each).__name__ for each in effects))
        await _pause(effects, committed=True)
        if isinstance(outcome, Cut):
            await wire.cut(reset=outcome.reset)
        elif part := _first(effects, Truncate):
            await wire.truncate(outcome, part.keep)
        elif slow := _first(effects, Slow):
            await wire.trickle(outcome, slow.seconds)
        else:
            await wire.send(outcome)


async def _read(request: Request) -> Call:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return Call(
        method=request.method,
        path=request.scope["path"],
        origin=f"{request.url.scheme}://{request.url.netloc}",
        body=await request.body(),
        query=dict(request.query_params),
        bearer=token if scheme.lower() == "bearer" and token else None,
    )


async def _pause(effects: tuple[Effect, ...], *, committed: bool) -> None:
    seconds = sum(each.seconds for each in effects if isinstance(each, Delay) and each.committed is committed)
    if seconds:
        await asyncio.sleep(seconds)


def _instead(effects: tuple[Effect, ...], *, committed: bool) -> Reply | Cut | None:
    """What a fault puts in the place of the handler's answer, on this side of the commit."""
    for effect in effects:
        match effect:
            case Cut() if effect.committed is committed:
                return effect
            case Status() if effect.committed is committed:
                return _status(effect)
            case Garbage() if effect.committed is committed:
                return Reply(effect.code, _bytes(effect.body), effect.media_type)
            case _:
                pass
    return None


def _status(effect: Status) -> Reply:
    headers = {"Retry-After": effect.retry_after} if effect.retry_after is not None else {}
    match effect.body:
        case None:
            return replace(plain_errors(effect.code), headers=headers)
        case str() | bytes():
            return Reply(effect.code, _bytes(effect.body), "text/plain", headers)
        case Mapping():
            return Reply(effect.code, json.dumps(dict(effect.body)).encode(), headers=headers)


def _bytes(body: str | bytes) -> bytes:
    return body if isinstance(body, bytes) else body.encode(errors="surrogateescape")


def _first(effects: tuple[Effect, ...], kind: type[E]) -> E | None:
    return next((each for each in effects if isinstance(each, kind)), None)
