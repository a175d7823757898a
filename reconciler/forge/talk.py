"""Requests to a forge: one origin, one token, lists read page by page to their end.

A list's next page is asked for by its number. The `Link` header only tells that there is one: where it
points to is never followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler.errors import UsageError
from reconciler.values import Json, Secret
from reconciler.web import Call, Exchange, Fixed, Line, Reply
from reconciler.web.errors import IncompleteList, StrangeResponse
from reconciler.web.exchange import Effect

_MOST_PAGES = 200
_NEXT = re.compile(r';\s*rel\s*=\s*"?next"?\s*(?:[;,]|$)', re.IGNORECASE)
_TOKEN = re.compile(r"[!-~]+")

Item = Mapping[str, Json]


class Talk:
    """`page` is how many items of a list are asked for at once."""

    def __init__(self, line: Line, token: Secret, page: int) -> None:
        if not _TOKEN.fullmatch(token.reveal()):
            raise UsageError("the token is empty, or no token", hint="it is one line without spaces")
        self._line = line
        self._bearer = Fixed(token)
        self._page = page

    def at(self, prefix: str) -> Talk:
        """The same origin and token, below another path."""
        return Talk(
            replace(self._line, origin=replace(self._line.origin, prefix=prefix)),
            self._bearer.token,
            self._page,
        )

    @property
    def prefix(self) -> str:
        return self._line.origin.prefix

    def get(self, path: str, query: Mapping[str, str | int] | None = None) -> Item:
        return self._reply(Call("GET", path, "none", query=query)).object

    def send(self, method: str, path: str, body: Mapping[str, Json], effect: Effect = "absolute") -> Item:
        return self._reply(Call(method, path, effect, body=body)).object

    def make(self, path: str, body: Mapping[str, Json]) -> Item:
        """Something new: never tried again once it may have been sent."""
        return self.send("POST", path, body, "once")

    def delete(self, path: str) -> None:
        self._reply(Call("DELETE", path, "absolute", empty_ok=True, answers="anything"))

    def all(self, path: str, query: Mapping[str, str | int] | None = None) -> list[Item]:
        """Every item of a list, in the forge's order. Raise IncompleteList for one without an end."""
        found: list[Item] = []
        for number in range(1, _MOST_PAGES + 1):
            pages = {**(query or {}), "per_page": self._page, "page": number}
            call = Call("GET", path, "none", query=pages, answers="list")
            reply = self._reply(call)
            found.extend(_items(reply.list, str(call)))
            # a full page is asked beyond, should a proxy have dropped the header
            if not _NEXT.search(reply.headers.get("link", "")) and len(reply.list) < self._page:
                return found
        raise IncompleteList(
            f"GET {path}: no end after {_MOST_PAGES} pages", hint="nothing is concluded from it"
        )

    def _reply(self, call: Call) -> Reply:
        return Exchange(self._line, call, self._bearer, self._bearer.mask).run()


def _items(items: Sequence[Json], what: str) -> Iterator[Item]:
    for item in items:
        if not isinstance(item, dict):
            raise StrangeResponse(f"{what}: a list of something else than objects")
        yield item


def text_at(item: Item, *path: str) -> str:
    """The text there; empty where there is none, as of an author whose account is gone."""
    value: Json = item
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""


def number_at(item: Item, key: str, what: str) -> int:
    """Raise StrangeResponse where it is no number."""
    value = item.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise StrangeResponse(f"{what}: {key} is missing or no number")
    return value
