"""Partner functions: everything that is written is read back. A PATCH answers with the bare object [seed]."""

from reconciler.emulator.checks import Problems, filled, one_of, record, refuse, text
from reconciler.emulator.messages import JsonObject, Refusal, Reply, problem
from reconciler.emulator.paging import page
from reconciler.emulator.visit import Visit
from reconciler.emulator.world import Connection

_WRITTEN = {
    "name": filled,
    "direction": one_of("IMPORT", "EXPORT"),
    "description": text,
    "object_name": text,
    "object_mapping": text,
    "event_name": text,
    "tag": text,
}
_READ = (
    "uuid",
    "name",
    "description",
    "direction",
    "event_name",
    "provider_name",
    "object_name",
    "mapping_id",
    "enabled",
    "pre_run_script_id",
    "post_run_script_id",
    "tag",
    "created",
    "updated",
    "object_mapping",
)
_WHAT = "partner function"


def list_all(visit: Visit) -> Reply:
    connection = visit.connection()
    return page(connection.functions, visit.call, lambda each: _render(each, connection), "partner_functions")


def show(visit: Visit) -> Reply:
    connection = visit.connection()
    return Reply.json({"partner_function": _render(visit.one(connection.functions, _WHAT), connection)})


def create(visit: Visit) -> Reply:
    """A new function is enabled [assumed]; the answer is wrapped [sdk]."""
    connection = visit.connection()
    written = _written(visit, required=("name",))
    now = visit.world.stamp()
    function = {
        "uuid": visit.world.new_id(),
        **written,
        "mapping_id": visit.world.new_id(),
        "enabled": "true",
        "created": now,
        "updated": now,
    }
    with visit.world.writing():
        connection.functions.put(function)
    return Reply.json({"partner_function": _render(function, connection)}, 201)


def update(visit: Visit) -> Reply:
    connection = visit.connection()
    visit.one(connection.functions, _WHAT)
    function = _write(visit, connection, _written(visit))
    return Reply.json(_render(function, connection))


def enable(visit: Visit) -> Reply:
    _write(visit, visit.connection(), {"enabled": "true"})
    return Reply.json({"message": "Partner function has been enabled successfully"})


def disable(visit: Visit) -> Reply:
    _write(visit, visit.connection(), {"enabled": "false"})
    return Reply.json({"message": "Partner function has been disabled successfully"})


def delete(visit: Visit) -> Reply:
    """Refused while an automation performs it [assumed]."""
    connection = visit.connection()
    uuid = visit.one(connection.functions, _WHAT)["uuid"]
    users = [
        each["details"]["name"]
        for each in connection.automations
        if each["details"].get("perform_action") == uuid
    ]
    if users:
        raise Refusal(
            400, [problem("IN_USE", f"The partner function is performed by: {', '.join(users)}", "uuid")]
        )
    with visit.world.writing():
        connection.functions.remove(uuid)
    return Reply.json({"message": "Partner function has been deleted successfully"})


def _written(visit: Visit, required: tuple[str, ...] = ()) -> JsonObject:
    body = visit.call.json_object()
    problems: Problems = []
    record({"partner_function": record(_WRITTEN, required)}, ("partner_function",))(body, "", problems)
    refuse(problems)
    written: JsonObject = body["partner_function"]
    return written


def _write(visit: Visit, connection: Connection, changes: JsonObject) -> JsonObject:
    old = visit.one(connection.functions, _WHAT)
    new = {**old, **changes, "updated": visit.world.stamp(old["updated"])}
    with visit.world.writing():
        connection.functions.put(new)
    return new


def _render(function: JsonObject, connection: Connection) -> JsonObject:
    full = {**function, "provider_name": connection.about["provider"]}
    return {name: full.get(name, "") for name in _READ}
