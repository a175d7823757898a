"""Lists that are answered wrongly although every answer looks well: what a `BadPage` makes of one. Pure."""

import json
from dataclasses import replace

from reconciler.emulator.faults import BadPage
from reconciler.emulator.messages import Call, Reply
from reconciler.emulator.paging import DEFAULT_LIMIT


def bent(call: Call, bad: BadPage) -> Call:
    """The call whose items are given in the place of those that were asked for."""
    offset, limit = _number(call, "offset", 0), _number(call, "limit", DEFAULT_LIMIT)
    match bad.how:
        case "repeat":
            elsewhere = offset - limit if offset >= limit else offset + limit
        case "shift":
            elsewhere = offset + 1
        case "short" | "empty" | "ends":
            elsewhere = offset
    return replace(call, query={**call.query, "offset": str(elsewhere)})


def dressed(reply: Reply, call: Call, bad: BadPage) -> Reply:
    """That answer, with the offset that was asked for on it. What is no list stays as it is."""
    try:
        body = json.loads(reply.content)
    except ValueError:
        return reply
    if not isinstance(body, dict) or "pagination" not in body:
        return reply
    about = {**body["pagination"], "offset": _number(call, "offset", 0)}
    last = about["offset"] + about["limit"] >= about["records"]
    about["next_page"] = "NULL" if last or bad.how in ("ends", "empty") else "elsewhere"
    (key,) = body.keys() - {"pagination"}
    items = {"short": body[key][:-1], "empty": []}.get(bad.how, body[key])
    return replace(reply, content=json.dumps({key: items, "pagination": about}).encode())


def _number(call: Call, name: str, default: int) -> int:
    written = call.query.get(name, "")
    return int(written) if written.isdigit() else default
