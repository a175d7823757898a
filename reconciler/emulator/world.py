"""The emulated service's data: connections with everything ever written to them, unreadable parts included.

The document (`World.document`, the file) is plain JSON:
`{"connections": [{"uuid", "name", "provider", …, "automations": […], "partner_functions": […], "configuration": {…}}]}`.
Stored objects are never changed in place: a write puts a new one, so a reader may keep what it got.
"""

import json
import math
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from reconciler.emulator import sample
from reconciler.emulator.messages import JsonObject
from reconciler.emulator.untouched import untouched

_STAMP = "%Y-%m-%dT%H:%M:%S.%f"


class Shelf:
    """Objects of one kind in the order of their creation, each with its version before its last write."""

    def __init__(self, items: Iterable[JsonObject]) -> None:
        self._now = {item["uuid"]: item for item in items}
        self._before: dict[str, tuple[float, JsonObject | None]] = {}

    def __len__(self) -> int:
        return len(self._now)

    def __iter__(self) -> Iterator[JsonObject]:
        return iter(self._now.values())

    def get(self, uuid: str) -> JsonObject | None:
        return self._now.get(uuid)

    def named(self, name: str) -> JsonObject:
        """The first object of that name; names need not be unique. Raises KeyError."""
        for item in self:
            if _name(item) == name:
                return item
        raise KeyError(name)

    def names(self, name: str) -> bool:
        return any(_name(item) == name for item in self)

    def put(self, item: JsonObject) -> None:
        uuid = item["uuid"]
        self._before[uuid] = (time.monotonic(), self._now.get(uuid))
        self._now[uuid] = item

    def remove(self, uuid: str) -> None:
        self._before[uuid] = (time.monotonic(), self._now.pop(uuid))

    def lagging(self, seconds: float) -> "Shelf":
        """The shelf with every object as it was before its own last write, if that is younger than `seconds`."""
        since = time.monotonic() - seconds
        versions = {**self._now, **{uuid: old for uuid, (at, old) in self._before.items() if at > since}}
        return Shelf(item for item in versions.values() if item is not None)


@dataclass(slots=True)
class Connection:
    """`about` holds what describes the connection itself: uuid, name, provider, status, secrets."""

    about: JsonObject
    automations: Shelf
    functions: Shelf
    configuration: JsonObject
    earlier_configuration: JsonObject
    configured_at: float = -math.inf

    @classmethod
    def parse(cls, document: JsonObject) -> "Connection":
        about = deepcopy(document)
        automations = about.pop("automations", [])
        functions = about.pop("partner_functions", [])
        settings = about.pop("configuration", None) or untouched()
        return cls(about, Shelf(automations), Shelf(functions), settings, settings)

    def document(self) -> JsonObject:
        """Shares what is stored: to be copied or written out, never changed."""
        return {
            **self.about,
            "automations": list(self.automations),
            "partner_functions": list(self.functions),
            "configuration": self.configuration,
        }

    def configure(self, settings: JsonObject) -> None:
        self.earlier_configuration, self.configuration = self.configuration, settings
        self.configured_at = time.monotonic()

    def lagging(self, seconds: float) -> "Connection":
        behind = self.configured_at > time.monotonic() - seconds
        settings = self.earlier_configuration if behind else self.configuration
        shelves = self.automations.lagging(seconds), self.functions.lagging(seconds)
        return Connection(self.about, *shelves, settings, settings)


class World:
    """All of the data, behind one lock. With a `path` it is saved after every successful write.

    `revision` counts writes. `ids` and `clock` are injectable for tests that want fixed uuids and times.
    """

    def __init__(
        self,
        document: Mapping[str, object],
        *,
        path: Path | str | None = None,
        ids: Callable[[], str] = lambda: str(uuid4()),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.lock = threading.RLock()
        self.path = Path(path) if path is not None else None
        self.revision = 0
        self.new_id = ids
        self._clock = clock
        self.connections = _parse(document)

    @classmethod
    def load(cls, path: Path | str) -> "World":
        """The world of a file, saved back to it after every write. Raises OSError, ValueError."""
        return cls(json.loads(Path(path).read_bytes()), path=path)

    @classmethod
    def sample(cls, path: Path | str | None = None) -> "World":
        """A believable Australian and New Zealand business that bills into Xero; always the same uuids."""
        return cls(sample.document(), path=path)

    @classmethod
    def empty(cls, connections: Mapping[str, str], path: Path | str | None = None) -> "World":
        """Connections (name to uuid) with nothing on them and the configuration that nobody touched."""
        return cls(
            {"connections": [sample.connection(uuid, name, name) for name, uuid in connections.items()]},
            path=path,
        )

    def connection(self, name_or_uuid: str) -> Connection:
        """Raises KeyError."""
        if found := self.connections.get(name_or_uuid):
            return found
        for connection in self.connections.values():
            if connection.about["name"] == name_or_uuid:
                return connection
        raise KeyError(name_or_uuid)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Holds the lock around one write and saves after it. Also for edits behind the service's back."""
        with self.lock:
            yield
            self.revision += 1
            if self.path is not None:
                self.save()

    def stamp(self, previous: str = "") -> str:
        """Now as the service writes times [assumed: ISO 8601 in UTC with milliseconds], always after `previous`."""
        now = _milliseconds(self._clock())
        if previous and now <= previous:
            earlier = datetime.strptime(previous.removesuffix("Z"), _STAMP).replace(tzinfo=UTC)
            now = _milliseconds(earlier + timedelta(milliseconds=1))
        return now

    def document(self) -> JsonObject:
        """A copy of everything, as plain JSON."""
        return deepcopy(self._shared())

    def replace(self, document: Mapping[str, object]) -> None:
        """Another world in the place of this one. Raises ValueError."""
        connections = _parse(document)
        with self.writing():
            self.connections = connections

    def save(self, path: Path | str | None = None) -> None:
        """Writes the file whole or not at all: a crash leaves the old one. Raises OSError, ValueError."""
        target = Path(path) if path is not None else self.path
        if target is None:
            raise ValueError("this world has no path to be saved to")
        content = json.dumps(self._shared(), indent=1).encode()
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _shared(self) -> JsonObject:
        with self.lock:
            return {"connections": [connection.document() for connection in self.connections.values()]}


def _parse(document: object) -> dict[str, Connection]:
    listed = document.get("connections") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError('a world needs a list of "connections"')  # noqa: TRY004 - a file's content, not a type
    try:
        return {each["uuid"]: Connection.parse(each) for each in listed if each["name"] and each["provider"]}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"not a world: {error!r}") from error


def _name(item: JsonObject) -> object:
    # an automation keeps what was written to it apart from what the service says of it
    return item.get("details", item).get("name")


def _milliseconds(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_STAMP)[:-3] + "Z"
