"""Live, as whoever only looks holds it: there is no way to write from here."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor

from reconciler.kinds import Form, ObjectType, at
from reconciler.live.listing import PAGE, Item, Page, Shifted, parse_page, whole
from reconciler.live.transport import Transport
from reconciler.projection import observe, unwrap
from reconciler.resources import Observed
from reconciler.values import MISSING, get_path
from reconciler.web.errors import IncompleteList, NotFound, StrangeResponse, WebFailure
from reconciler.web.exchange import Call

_READINGS = 3
_CONNECTIONS = "/api/v2/integration-connections"
_CONNECTION_NAMES = ("name", "remote_instance_name")


class Reader:
    """Reads through a transport that allows nothing but GET. Every method raises LiveError.

    `pool` fetches the pages of a list; nothing that runs in it may call a Reader.
    """

    def __init__(self, transport: Transport, pool: Executor) -> None:
        self._transport = transport.reading()
        self._pool = pool

    def objects(self, object_type: ObjectType, connection: str) -> Mapping[str, Observed]:
        """Every object of one connection by uuid. One request for each 100 of them.

        Raise IncompleteList where the list cannot be read to its end, NotFound for an unknown connection.
        """
        path = at(object_type.endpoints.collection, connection)
        try:
            items = self._list(path, object_type.endpoints.list_key)
        except NotFound as error:
            raise _unknown(connection, error) from error
        return {uuid: _observed(object_type, i, connection, f"GET {path}") for uuid, i in items.items()}

    def object(self, object_type: ObjectType, connection: str, uuid: str) -> Observed | None:
        """One object, or None where live has none. A configuration has the uuid of its connection."""
        call = Call("GET", at(object_type.endpoints.item, connection, uuid), "none")
        try:
            body = self._transport.request(call)
        except NotFound:
            return None
        if object_type.singleton and not _holds_any(object_type, body):
            raise StrangeResponse(f"{call}: the answer holds no {object_type.name.lower()}")
        observed = _observed(object_type, unwrap(object_type, body), connection, str(call))
        if observed.uuid.lower() != (connection if object_type.singleton else uuid).lower():
            raise StrangeResponse(f"{call}: the answer is about another object")
        return observed

    def connections(self) -> Mapping[str, str]:
        """The name of each connection by uuid, and nothing else of it: the rest is the partner's secrets."""
        try:
            items = self._list(_CONNECTIONS, "integration_connection")
        except WebFailure as error:
            failure = error
        else:
            return {uuid: _display_name(item) for uuid, item in items.items()}
        failure.__traceback__ = None  # its frames hold the answer
        raise failure

    def _list(self, path: str, key: str) -> Mapping[str, Item]:
        why = ""
        for _ in range(_READINGS):
            try:
                return self._whole(path, key)
            except Shifted as shifted:
                why = str(shifted)
        raise IncompleteList(f"GET {path}: {why}, in the last of {_READINGS} readings")

    def _whole(self, path: str, key: str) -> Mapping[str, Item]:
        first = self._page(path, key, 0)
        offsets = range(PAGE, first.records, PAGE)
        futures = [self._pool.submit(self._page, path, key, offset) for offset in offsets]
        try:
            return whole([first, *(future.result() for future in futures)])
        finally:
            # of a list that failed, the pages that nobody waits for any more
            for future in futures:
                future.cancel()

    def _page(self, path: str, key: str, offset: int) -> Page:
        call = Call("GET", path, "none", query={"limit": PAGE, "offset": offset})
        return parse_page(self._transport.request(call), key, offset, f"{call} (offset {offset})")


def _observed(object_type: ObjectType, item: Item, connection: str, what: str) -> Observed:
    """Raise StrangeResponse where the item cannot be one."""
    uuid = connection if object_type.singleton else item.get("uuid")
    if not isinstance(uuid, str) or not uuid:
        raise StrangeResponse(f"{what}: an object without a uuid")
    for field in object_type.readable:
        if _misfit(item, field.read, field.form):
            place = ".".join(field.read)
            raise StrangeResponse(f"{what}: {place} of {object_type.name} {uuid} is of another type")
    return observe(object_type, item, connection)


def _holds_any(object_type: ObjectType, body: Item) -> bool:
    """Whether one readable field is there at all: without any, absence would be read as emptiness."""
    item = body.get(object_type.endpoints.item_key)
    return any(get_path(item, field.read) is not MISSING for field in object_type.readable)


def _misfit(item: Item, path: tuple[str, ...], form: Form) -> bool:
    """Whether something stands in the way to the value, or a structure in the place of a scalar."""
    value: object = item
    for key in path:
        if value is None:
            return False
        if not isinstance(value, dict):
            return True
        value = value.get(key)
    return isinstance(value, dict | list) and form is not Form.LIST


def _display_name(item: Item) -> str:
    return next((name for key in _CONNECTION_NAMES if isinstance(name := item.get(key), str) and name), "")


def _unknown(connection: str, error: NotFound) -> NotFound:
    return NotFound(
        f"live has no connection {connection}: {error.message}",
        hint="check the environment's connections",
        status=error.status,
        errors=error.errors,
    )
