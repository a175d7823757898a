"""A call that has found its way: the world, the call, the uuids in its path. Raises 404 for unknown uuids."""

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.emulator.messages import Call, JsonObject, Refusal, problem
from reconciler.emulator.world import Connection, Shelf, World


@dataclass(frozen=True, slots=True)
class Visit:
    world: World
    call: Call
    ids: Mapping[str, str]

    def connection(self) -> Connection:
        connection = self.world.connections.get(self.ids["connection"])
        if connection is None:
            raise unknown("integration connection", self.ids["connection"])
        return connection.lagging(self.call.lag) if self.call.lag else connection

    def one(self, shelf: Shelf, what: str) -> JsonObject:
        item = shelf.get(self.ids["object"])
        if item is None:
            raise unknown(what, self.ids["object"])
        return item


def unknown(what: str, uuid: str) -> Refusal:
    return Refusal(404, [problem("NOT_FOUND", f"No {what} has the uuid {uuid}", "uuid")])
