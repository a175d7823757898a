"""Integration connections, read only. One connection's body carries the partner's secrets, as the real one [sdk]."""

from reconciler.emulator.messages import JsonObject, Reply
from reconciler.emulator.paging import page
from reconciler.emulator.visit import Visit
from reconciler.emulator.world import Connection

_READ = (
    "status",
    "uuid",
    "integration_partner",
    "remote_instance_id",
    "remote_instance_name",
    "client_id",
    "client_secret",
    "access_token",
    "refresh_token",
)


def list_all(visit: Visit) -> Reply:
    """`fields` (comma-separated) narrows what is returned [assumed: the SDK's parameter, meaning unstated]."""
    wanted = visit.call.query.get("fields")
    names = wanted.split(",") if wanted else _READ

    def render(connection: Connection) -> JsonObject:
        return {name: value for name, value in _render(connection).items() if name in names}

    return page(visit.world.connections.values(), visit.call, render, "integration_connection")


def show(visit: Visit) -> Reply:
    return Reply.json({"integration_connection": _render(visit.connection())})


def _render(connection: Connection) -> JsonObject:
    about = {**connection.about, "integration_partner": connection.about["provider"]}
    return {name: about.get(name, "") for name in _READ}
