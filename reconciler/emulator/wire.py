"""The socket's side of a reply: sent whole, slowly, in part, or not at all.

ASGI has no word for "cut the connection", so the protocol class puts its transport where the app finds it.
"""

import asyncio
import socket
import struct
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from reconciler.emulator.messages import Reply

_PIECES = 10
# SO_LINGER on with zero seconds: close() then sends a reset instead of an orderly end
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class CuttableProtocol(H11Protocol):
    """uvicorn's own protocol, with the connection's transport in `scope["state"]`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its parent
        self.app_state: dict[str, Any] = {**self.app_state, "transport": transport}
        super().connection_made(transport)


class Wire:
    """One request's way back to its client."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._transport: asyncio.Transport = scope["state"]["transport"]
        self._receive = receive
        self._send = send

    async def send(self, reply: Reply) -> None:
        await self._start(reply)
        await self._body(reply.content)

    async def trickle(self, reply: Reply, seconds: float) -> None:
        """The whole reply, its body spread over `seconds`."""
        await self._start(reply)
        size = max(1, -(-len(reply.content) // _PIECES))
        for start in range(0, len(reply.content), size):
            await asyncio.sleep(seconds / _PIECES)
            await self._body(reply.content[start : start + size], more=True)
        await self._body(b"")

    async def truncate(self, reply: Reply, keep: int | None) -> None:
        """The head of the whole reply and a part of its body; then the connection ends."""
        await self._start(reply)
        kept = len(reply.content) // 2 if keep is None else min(keep, len(reply.content) - 1)
        await self._body(reply.content[:kept], more=True)
        self._transport.close()
        await self._ended()

    async def cut(self, *, reset: bool) -> None:
        """No reply: the connection ends, orderly or by a reset."""
        if reset:
            self._transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE
            )
        self._transport.abort()
        await self._ended()

    async def _start(self, reply: Reply) -> None:
        headers = {
            "content-type": reply.media_type,
            "content-length": str(len(reply.content)),
            **reply.headers,
        }
        encoded = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": reply.status, "headers": encoded})

    async def _body(self, content: bytes, *, more: bool = False) -> None:
        await self._send({"type": "http.response.body", "body": content, "more_body": more})

    async def _ended(self) -> None:
        # uvicorn takes a return without a complete answer for a bug, unless it already knows that the client is gone
        while (await self._receive())["type"] != "http.disconnect":
            pass
