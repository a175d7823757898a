"""The one projection between values and the wire: what is read off a response, what goes into a body.

Diff, patch and verification all go through here, so a request can never contain a path that the
plan did not show, nor the other way round. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.changes import Request
from reconciler.kinds import Field, ObjectType, at
from reconciler.resources import Observed
from reconciler.values import MISSING, Json, Maybe, get_path, nest


def unwrap(object_type: ObjectType, body: Mapping[str, Json]) -> Mapping[str, Json]:
    """The object in a response, wrapped or not: the API does either. [seed]"""
    inner = body.get(object_type.endpoints.item_key, body)
    return inner if isinstance(inner, Mapping) else body


def observe(object_type: ObjectType, item: Mapping[str, Json], connection: str) -> Observed:
    """What live says of one object. A configuration has its connection's uuid and no name.

    Of a response, only the leaves that we know are kept: the rest may hold a partner's secrets.
    """
    uuid = connection if object_type.singleton else _text(item.get("uuid"))
    return Observed(
        uuid=uuid,
        name=_text(item.get("name")),
        fields={f.path: _read(f, item) for f in object_type.readable},
        signs={s: _text(v) for s in object_type.signs if (v := get_path(item, s.split("."))) is not MISSING},
    )


def _read(field: Field, item: Mapping[str, Json]) -> Json:
    value = get_path(item, field.read)
    return None if value is MISSING else field.decode(value)


def _text(value: Maybe) -> str:
    return "" if value is MISSING or value is None else str(value)


def body(object_type: ObjectType, values: Mapping[str, Json]) -> dict[str, Json]:
    """The smallest request body that sets these leaves; switches are not in it."""
    fields = object_type.fields
    return nest({fields[p].send: fields[p].encode(v) for p, v in values.items() if fields[p].send})


def update_requests(
    object_type: ObjectType, connection: str, uuid: str, values: Mapping[str, Json]
) -> tuple[Request, ...]:
    """One PATCH for the leaves that changed, if any, then the switches."""
    patch = body(object_type, values)
    first = (Request("PATCH", at(object_type.endpoints.item, connection, uuid), patch),) if patch else ()
    return first + tuple(_switches(object_type, connection, uuid, values))


def create_requests(
    object_type: ObjectType, connection: str, values: Mapping[str, Json]
) -> tuple[Request, ...]:
    """A POST with all leaves; then the switches, on the uuid that the POST gives."""
    create = Request("POST", at(object_type.endpoints.create, connection), body(object_type, values))
    return (create, *_switches(object_type, connection, "{uuid}", values))


def delete_requests(object_type: ObjectType, connection: str, uuid: str) -> tuple[Request, ...]:
    return (Request("DELETE", at(object_type.endpoints.delete, connection, uuid)),)


def _switches(
    object_type: ObjectType, connection: str, uuid: str, values: Mapping[str, Json]
) -> Iterable[Request]:
    for path, value in values.items():
        if object_type.fields[path].switch:
            template = object_type.endpoints.enable if value else object_type.endpoints.disable
            yield Request("POST", at(template, connection, uuid))
