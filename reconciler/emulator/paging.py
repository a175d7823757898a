"""Lists, a page at a time: default 20, at most 100, the end is the *string* "NULL" [sdk]. Costs O(page).

[assumed] a larger `limit` is cut to 100; a `limit` below 1, a negative `offset` and anything that is no number
are refused; the order is that of creation unless `order_by` names a field, and an unknown one is refused.
"""

import re
from collections.abc import Callable, Iterable, Sized
from itertools import islice
from typing import Protocol, TypeVar
from urllib.parse import urlencode

from reconciler.emulator.messages import Call, JsonObject, Refusal, Reply, problem

DEFAULT_LIMIT = 20
MAX_LIMIT = 100

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Items(Sized, Iterable[T_co], Protocol[T_co]):
    """Counted without walking, walked in a stable order."""


def page(items: Items[T], call: Call, render: Callable[[T], JsonObject], key: str) -> Reply:
    """The page that the query asks for, under `key`, with its `pagination`."""
    limit = min(_number(call, "limit", DEFAULT_LIMIT, least=1), MAX_LIMIT)
    offset = _number(call, "offset", 0, least=0)
    if "order_by" in call.query:
        rendered = _sorted([render(item) for item in items], call)[offset : offset + limit]
    else:
        rendered = [render(item) for item in islice(items, offset, offset + limit)]
    pagination = {
        "records": len(items),
        "limit": limit,
        "offset": offset,
        "previous_page": _link(call, limit, max(offset - limit, 0)) if offset > 0 else "NULL",
        "next_page": _link(call, limit, offset + limit) if offset + limit < len(items) else "NULL",
    }
    return Reply.json({key: rendered, "pagination": pagination})


def _sorted(rendered: list[JsonObject], call: Call) -> list[JsonObject]:
    field = call.query["order_by"]
    direction = call.query.get("direction", "asc").lower()
    if direction not in ("asc", "desc"):
        raise Refusal(400, [problem("INVALID_VALUE", "direction must be asc or desc", "direction")])
    if any(field not in item for item in rendered):
        raise Refusal(400, [problem("INVALID_VALUE", f"cannot order by {field}", "order_by")])
    return sorted(rendered, key=lambda item: str(item[field]), reverse=direction == "desc")


def _number(call: Call, name: str, default: int, least: int) -> int:
    written = call.query.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,9}", written) or int(written) < least:
        raise Refusal(400, [problem("INVALID_VALUE", f"{name} must be a whole number from {least} up", name)])
    return int(written)


def _link(call: Call, limit: int, offset: int) -> str:
    query = {name: value for name, value in call.query.items() if name not in ("limit", "offset")}
    query |= {"limit": str(limit), "offset": str(offset)}
    return f"{call.origin}{call.path}?{urlencode(query)}"
