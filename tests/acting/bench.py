"""One project, one served world and one record, with a hand on everything in between.

A test writes manifests, plans, and applies. It may strike requests with faults, end the run at any numbered
point of I/O, and afterwards ask what was sent, what was written down before it, and what the world holds.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler import apply as acting
from reconciler.backends import Backend, Holder, open_backend
from reconciler.changes import Change, FieldChange, Request
from reconciler.emulator import CLIENT_ID, CLIENT_SECRET, Entry, Fault, Running
from reconciler.guards import Limits
from reconciler.kinds import KINDS, ObjectType
from reconciler.live import Clock, Credentials, Writer, connect
from reconciler.manifests import load
from reconciler.outcomes import Outcome, Status
from reconciler.pipeline import Question, make_plan
from reconciler.plan import Plan
from reconciler.resources import Address, Observed
from reconciler.state import State, Transition
from reconciler.values import Json, Secret

CONNECTIONS = {
    "xero-au": "922ffe4a-439f-4b1c-b671-d4387bc2ec59",
    "xero-nz": "5b1f6c1e-7d1c-4c55-9c39-0a5d6e1b8f02",
}
AU, NZ = CONNECTIONS.values()
DATABASE = "state.db"
LONG_AGO = "2026-01-01T00:00:00Z"

Document = dict[str, Any]


class Crash(Exception):
    """The process is dead from here on."""


class Time:
    """Passes only where somebody sleeps."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._lock = threading.Lock()

    def clock(self) -> Clock:
        return Clock(lambda: self._now, lambda: 1_800_000_000.0 + self._now, lambda: 0.0, self._sleep)

    def _sleep(self, seconds: float) -> None:
        with self._lock:
            self._now += seconds


@dataclass
class Points:
    """The numbered points of I/O of a run, in their order; at number `crash` everything ends."""

    crash: int | None = None
    names: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def reach(self, name: str) -> None:
        with self._lock:
            self.names.append(name)
            if self.crash is not None and len(self.names) >= self.crash:
                raise Crash(f"{len(self.names)}: {name}")


@dataclass(frozen=True, slots=True)
class Sent:
    """A write as the service saw it."""

    method: str
    path: str
    body: Any

    @classmethod
    def of(cls, request: Request) -> Sent:
        return cls(request.method, request.path, request.body)


@dataclass(frozen=True, slots=True)
class Commit:
    """A transition that is durable, and the number of the last request that the service had seen by then."""

    transition: Transition
    seen: int


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of one run: `error` is what ended it, if something did."""

    outcomes: tuple[Outcome, ...]
    entries: tuple[Entry, ...]
    commits: tuple[Commit, ...]
    points: Sequence[str]
    error: Exception | None = None

    @property
    def sent(self) -> list[Sent]:
        return [Sent(e.method, e.path, e.body) for e in self.entries if is_write(e)]

    @property
    def statuses(self) -> dict[str, Status]:
        return {str(o.address): o.status for o in self.outcomes}

    def status(self, address: str) -> Status:
        return self.statuses[address]

    def outcome(self, address: str) -> Outcome:
        (found,) = (o for o in self.outcomes if str(o.address) == address)
        return found

    @property
    def order(self) -> list[str]:
        return [str(o.address) for o in self.outcomes]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A world and its record, to be put back."""

    world: Document
    database: bytes


class Bench:
    def __init__(self, root: Path, server: Running) -> None:
        self.root = root
        self.server = server
        self.concurrency = 1
        self.prune = False
        self.fresh_seconds = 10.0
        self.limits = Limits(max_change_percent=100)
        self._files(
            {
                "reconciler.yaml": document("Project", "books", {"default_environment": "demo"}),
                "environments/demo.yaml": document(
                    "Environment",
                    "demo",
                    {
                        "api": {"base_url": "emulator://"},
                        "connections": {name: {"uuid": uuid} for name, uuid in CONNECTIONS.items()},
                    },
                ),
            }
        )

    # what is wished for

    def write(self, *documents: str) -> None:
        """These manifests, and no others."""
        self._files({"m.yaml": "---\n".join(documents)})

    def _files(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    # what is done

    def plan(self, *, mode: str = "plan", targets: Sequence[str] = ()) -> Plan:
        with self.live() as live, self.backend() as backend:
            question = Question(
                environment="demo",
                origin="http://emulated",
                connections=CONNECTIONS,
                desired=load(self.root).desired,
                limits=self.limits,
                prune=self.prune,
                created_at=LONG_AGO,
                mode=mode,
                targets=targets,
            )
            return make_plan(question, backend.load(), live.reader)

    def apply(
        self,
        plan: Plan | None = None,
        *,
        crash: int | None = None,
        stop: threading.Event | None = None,
        meanwhile: Callable[[Transition], None] = lambda _transition: None,
    ) -> Applied:
        """Carry out `plan`, or one made now. An error that ends the run is part of the result.

        `meanwhile` is called after each commit: somebody else does something in the middle of the run.
        """
        plan = plan or self.plan()
        points, commits, outcomes = Points(crash), list[Commit](), list[Outcome]()
        before = self._seen()
        error: Exception | None = None
        with self.live() as live, self.backend() as backend:
            backend.break_lock()
            lease = backend.acquire(Holder("tester", 1, "run"), 600)

            def commit(transition: Transition) -> None:
                points.reach("commit")
                backend.commit(transition, lease=lease)
                commits.append(Commit(transition, self._seen()))
                meanwhile(transition)

            run = acting.Run(
                "run",
                "tester",
                "",
                lambda: LONG_AGO,
                self.concurrency,
                stop or threading.Event(),
                lag=(0.001,),
                fresh_seconds=self.fresh_seconds,
            )
            try:
                for outcome in acting.apply(plan, backend.load(), Probe(live, points), commit, run):
                    outcomes.append(outcome)
            except Exception as caught:  # noqa: BLE001 - whatever it is, the test judges it
                error = caught
            if crash is None:
                backend.release(lease)
        entries = tuple(e for e in self.server.log.entries if e.seq > before)
        return Applied(tuple(outcomes), entries, tuple(commits), points.names, error)

    def done(self, plan: Plan | None = None) -> Applied:
        """Apply, and expect that all of it succeeds."""
        applied = self.apply(plan)
        assert applied.error is None, applied.error
        bad = [o for o in applied.outcomes if o.status not in (Status.DONE, Status.ALREADY)]
        assert not bad, bad
        return applied

    def strike(self, *faults: Fault) -> None:
        """These faults and no others, counted from now on."""
        self.server.faults.clear()
        self.server.faults.add(*faults)

    @contextmanager
    def live(self) -> Iterator[Writer]:
        credentials = Credentials(Secret(CLIENT_ID), Secret(CLIENT_SECRET), Secret("https://redirect.test/"))
        with connect(
            self.server.base_url,
            credentials,
            requests_per_second=100_000,
            concurrency=8,
            timeout_seconds=30,
            clock=Time().clock(),
        ) as writer:
            yield writer

    # what is known afterwards

    def backend(self) -> Backend:
        return open_backend(f"sqlite:///{DATABASE}", environment="demo", folder=self.root)

    @property
    def state(self) -> State:
        with self.backend() as backend:
            return backend.load()

    @property
    def doubts(self) -> set[str]:
        """The addresses in the journal."""
        return {str(i.address) for i in self.state.intents.values()}

    def recorded(self, address: str) -> dict[str, Json]:
        record = self.state.records[Address.parse(address)]
        return {path: each.value for path, each in record.fields.items()}

    def world(self) -> Document:
        return self.server.world.document()

    def snapshot(self) -> Snapshot:
        return Snapshot(self.world(), (self.root / DATABASE).read_bytes())

    def restore(self, snapshot: Snapshot) -> None:
        self.begin(snapshot.world)
        (self.root / DATABASE).write_bytes(snapshot.database)

    def begin(self, world: Mapping[str, object]) -> None:
        """This world, and a record in which nothing is."""
        for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"):
            (self.root / name).unlink(missing_ok=True)
        self.reset(world)

    def reset(self, world: Mapping[str, object]) -> None:
        self.server.faults.clear()
        self.server.world.replace(world)

    def _seen(self) -> int:
        entries = self.server.log.entries
        return entries[-1].seq if entries else 0

    # what others do behind our back

    def edit_automation(self, name: str, /, connection: str = "xero-au", **details: Any) -> None:  # noqa: ANN401 - JSON
        """`criteria` and `status` stand beside the details."""
        world = self.server.world
        shelf = world.connection(connection).automations
        old = shelf.named(name)
        beside: Document = {key: details.pop(key) for key in ("criteria", "status") if key in details}
        with world.writing():
            shelf.put({**old, **beside, "details": {**old["details"], **details}})

    def edit_function(self, name: str, /, connection: str = "xero-au", **fields: Any) -> None:  # noqa: ANN401 - JSON
        world = self.server.world
        shelf = world.connection(connection).functions
        old = shelf.named(name)
        with world.writing():
            shelf.put({**old, **fields, "updated": world.stamp(old["updated"])})

    def edit_configuration(self, path: str, value: Any, connection: str = "xero-au") -> None:  # noqa: ANN401 - JSON
        world = self.server.world
        place = world.connection(connection)
        settings = json.loads(json.dumps(place.configuration))
        *parents, name = path.split(".")
        here = settings
        for parent in parents:
            here = here[parent]
        here[name] = value
        with world.writing():
            place.configure(settings)

    def remove(self, what: str, name: str, connection: str = "xero-au") -> Document:
        """Take an object out of `automations` or `functions`, and give it."""
        world = self.server.world
        shelf = getattr(world.connection(connection), what)
        item: Document = shelf.named(name)
        with world.writing():
            shelf.remove(item["uuid"])
        return item

    def put(self, what: str, item: Document, connection: str = "xero-au") -> None:
        world = self.server.world
        with world.writing():
            getattr(world.connection(connection), what).put(item)

    def uuid(self, what: str, name: str, connection: str = "xero-au") -> str:
        found: str = getattr(self.server.world.connection(connection), what).named(name)["uuid"]
        return found


class Probe:
    """Live as `apply` sees it, with a point before each call."""

    def __init__(self, live: Writer, points: Points) -> None:
        self._live = live
        self._points = points

    def objects(self, object_type: ObjectType, connection: str) -> Mapping[str, Observed]:
        self._points.reach(f"list {object_type.name}")
        return self._live.objects(object_type, connection)

    def object(self, object_type: ObjectType, connection: str, uuid: str) -> Observed | None:
        self._points.reach(f"read {object_type.name}")
        return self._live.object(object_type, connection, uuid)

    def send(self, request: Request) -> Mapping[str, Json]:
        self._points.reach(f"send {request.method}")
        return self._live.send(request)


# Manifests


def document(kind: str, name: str, spec: Mapping[str, object], connection: str = "") -> str:
    """One document. JSON is YAML."""
    metadata = {"name": name, **({"connection": connection} if connection else {})}
    return (
        json.dumps({"apiVersion": "reconciler/v1", "kind": kind, "metadata": metadata, "spec": spec}) + "\n"
    )


def automation(name: str, /, *, connection: str = "xero-au", **spec: Any) -> str:  # noqa: ANN401 - JSON
    return document("Automation", name, spec, connection)


def function(name: str, /, *, connection: str = "xero-au", **spec: Any) -> str:  # noqa: ANN401 - JSON
    return document("PartnerFunction", name, spec, connection)


def configuration(values: Mapping[str, object], connection: str = "xero-au") -> list[str]:
    """The fragments that together wish for these leaves, given by their path."""
    found: list[str] = []
    for kind in KINDS.values():
        if not kind.fragment:
            continue
        halves = [{"direction": d} for d in ("export", "import")] if "direction" in kind.facts else [{}]
        for half in halves:
            spec = _spec(kind.facts, kind.prefix(half), values)
            if spec:
                name = "-".join([kind.name.lower(), *half.values()])
                found.append(document(kind.name, name, {**half, **spec}, connection))
    return found


def _spec(names: Mapping[str, object], prefix: str, values: Mapping[str, object]) -> dict[str, Any]:
    spec: dict[str, Any] = {}
    for path, value in values.items():
        head, _, rest = path.removeprefix(prefix).partition(".")
        if not path.startswith(prefix) or head not in names:
            continue
        if rest:
            spec.setdefault(head, {})[rest] = value
        else:
            spec[head] = value
    return spec


def manifests(kind: str, values: Mapping[str, object], *, uuid: str = "", name: str = "it") -> list[str]:
    """Manifests that wish for these leaves of one remote object."""
    if kind == "Configuration":
        return configuration(values)
    return [document(kind, name, {**({"uuid": uuid} if uuid else {}), **values}, "xero-au")]


def rule(name: str, operator: str = "HAS_VALUE", **more: str) -> dict[str, Any]:
    return {"field_name": name, "operator": operator, **more}


def group(*rules: dict[str, Any], condition: str = "AND") -> dict[str, Any]:
    return {"group_condition": condition, "rules": list(rules)}


def rows(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"source": source, "target": target} for source, target in pairs]


# Plans, in short


def shown(plan: Plan) -> dict[str, dict[str, str]]:
    """The cause of every field that a plan shows, by address."""
    return {str(c.address): {f.path: f.cause.value for f in c.fields} for c in plan.changes}


def actions(plan: Plan) -> dict[str, str]:
    return {str(c.address): c.action for c in plan.changes}


def change(plan: Plan, address: str) -> Change:
    found = plan.change(Address.parse(address))
    assert found is not None, actions(plan)
    return found


def field_of(plan: Plan, address: str, path: str) -> FieldChange:
    (found,) = (f for f in change(plan, address).fields if f.path == path)
    return found


def assert_settled(bench: Bench) -> None:
    """Nothing is left to do, to write down or to find out."""
    plan = bench.plan()
    assert (shown(plan), plan.catch_up, bench.doubts) == ({}, (), set())


# Worlds, in short


def stored(item: Mapping[str, Any]) -> dict[str, Any]:
    """Every leaf of an object as it was last written, by our path for it."""
    if "details" in item:
        details, status = item["details"], item["status"]
        return {
            **details,
            "additional_criteria_details": item["criteria"],
            "enabled": "true" if status == "ACTIVE" else "false",
        }
    return dict(item)


def flat(value: Any, path: str = "") -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A nested object's leaves by dotted path. A list is one value, but for lists of objects with a uuid."""
    if isinstance(value, list) and value and all(isinstance(v, dict) and "uuid" in v for v in value):
        value = {v["uuid"]: v for v in value}
    if not isinstance(value, dict) or not value:
        return {path: value}
    return {
        leaf: found
        for key, inner in value.items()
        for leaf, found in flat(inner, f"{path}.{key}" if path else key).items()
    }


def moved(before: Document, after: Document) -> dict[str, tuple[Any, Any]]:
    """Every leaf that differs between two worlds."""
    old, new = flat(before), flat(after)
    return {
        path: (old.get(path), new.get(path))
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path)
    }


def picture(world: Document) -> dict[str, dict[str, Any]]:
    """What a world means, whatever the uuids and times: objects by their name, functions named by automations."""
    found: dict[str, dict[str, Any]] = {}
    for connection in world["connections"]:
        here = connection["name"]
        functions = {f["uuid"]: f["name"] for f in connection["partner_functions"]}
        found[f"{here}/Configuration"] = flat(connection["configuration"])
        for kind, items in (
            ("PartnerFunction", connection["partner_functions"]),
            ("Automation", connection["automations"]),
        ):
            for item in items:
                leaves = stored(item)
                for unstable in ("uuid", "created", "updated", "mapping_id"):
                    leaves.pop(unstable, None)
                if "perform_action" in leaves:
                    performs = leaves["perform_action"]
                    leaves["perform_action"] = functions.get(performs, performs)
                key = f"{here}/{kind}/{leaves['name']}"
                assert key not in found, f"{key} stands twice"
                found[key] = leaves
    return found


def is_write(entry: Entry) -> bool:
    return entry.method != "GET" and entry.path.startswith("/api/v3/")


def wire(value: Any) -> Any:  # noqa: ANN401 - JSON
    """As the contract wants it on the wire: scalars are strings, null is null."""
    match value:
        case bool():
            return "true" if value else "false"
        case Mapping():
            return {key: wire(inner) for key, inner in value.items()}
        case list() | tuple():
            return [wire(inner) for inner in value]
        case _:
            return value


def assert_record_is_true(bench: Bench) -> None:
    """Whatever is not in doubt is in the world as the record says: unreadable fields too."""
    state, world = bench.state, bench.server.world
    doubtful = {i.address for i in state.intents.values()}
    for address, record in state.records.items():
        if address in doubtful:
            continue
        place = world.connection(address.connection)
        if address.kind == "Configuration":
            leaves = flat(place.configuration)
        else:
            shelf = place.automations if address.kind == "Automation" else place.functions
            item = shelf.get(record.uuid)
            assert item is not None, f"{address} is recorded as {record.uuid}, which is not there"
            leaves = stored(item)
        for path, each in record.fields.items():
            assert (wire(each.value) or None) == (leaves.get(path) or None), (str(address), path)


def assert_written_down_first(applied: Applied) -> None:
    """Every write that the service saw had been announced by an intent, durable before it."""
    for entry in filter(is_write, applied.entries):
        assert any(_announces(commit, entry) for commit in applied.commits if commit.seen < entry.seq), entry


def _announces(commit: Commit, entry: Entry) -> bool:
    intent = commit.transition.open
    requests: Any = intent.requests if intent else ()
    return any(
        request["method"] == entry.method
        and _fits(request["path"], entry.path)
        and wire(request["body"]) == entry.body
        for request in requests
    )


def _fits(template: str, path: str) -> bool:
    head, _, tail = template.partition("{uuid}")
    return path.startswith(head) and path.endswith(tail) and ("{uuid}" in template or path == template)


def creations(
    entries: Sequence[Entry], ends: Sequence[str] = ("/automation", "/partner-function/")
) -> list[str]:
    """The names of the objects that POSTs asked for, once each time."""
    found: list[str] = []
    for entry in entries:
        if entry.method == "POST" and entry.path.endswith(tuple(ends)) and isinstance(entry.body, dict):
            body = entry.body.get("integration", entry.body)
            found += [part["name"] for part in body.values() if isinstance(part, dict) and "name" in part]
    return found
