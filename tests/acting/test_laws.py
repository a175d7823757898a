"""Laws over any wish and any world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from reconciler.changes import Change
from reconciler.emulator import World
from reconciler.kinds import OBJECTS, Field, Form
from reconciler.planfile import dump, parse, plan_id
from reconciler.values import MISSING, Missing
from tests.acting.bench import (
    AU,
    Bench,
    Document,
    assert_record_is_true,
    assert_settled,
    flat,
    group,
    manifests,
    moved,
    rows,
    rule,
    wire,
)

lawful = settings(
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

UUIDS = {
    "Automation": "3f14acfb-cfe2-4ea3-bd73-5dafa5b82a90",
    "PartnerFunction": "e2157b61-8ac1-4d7b-aeba-fd5cf7ce486e",
}
SHELVES = {"Automation": "automations", "PartnerFunction": "partner_functions"}
TEXTS = st.sampled_from(["", "a", "b", "A  b", "true", "null", "0123", "é…\u202e"])
GROUPS = st.lists(st.builds(group, st.builds(rule, st.sampled_from(["Email", "Name"]))), max_size=2)
ROWS = st.lists(st.sampled_from([("a", "b"), ("c", "d"), ("e", "é")]), max_size=2, unique=True).map(
    lambda pairs: rows(*pairs)
)
SPECIAL: Mapping[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(["One", "Two"]),
    "direction": st.sampled_from(["IMPORT", "EXPORT"]),
    "check_on": st.just("customDayTime"),
    "perform_action": st.sampled_from(
        ["581dfb11-c1e5-4df0-ac34-6c2bb50be172", "854f8e6e-8897-43b2-8aa1-402bab90c075"]
    ),
    "another_automation": st.sampled_from(["Customer sync", "Item import"]),
    "description_enabled": st.just(True),
    "additional_criteria_details": GROUPS,
}


def value(field: Field) -> st.SearchStrategy[Any]:
    if field.path in SPECIAL:
        return SPECIAL[field.path]
    if field.form is Form.FLAG:
        return st.booleans()
    if field.form is Form.LIST:
        return ROWS
    return TEXTS | st.none() if field.nullable else TEXTS


def some(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {}, optional={path: value(field) for path, field in OBJECTS[kind].fields.items()}
    )


KINDS = st.fixed_dictionaries({kind: some(kind) for kind in OBJECTS})
Wishes = dict[str, dict[str, Any]]


def write(bench: Bench, wishes: Wishes) -> None:
    bench.write(
        *(
            text
            for kind, values in wishes.items()
            for text in manifests(kind, values, uuid=UUIDS.get(kind, ""))
        )
    )


def place(kind: str, path: str) -> str:
    """Where a leaf stands in the world's document, by the contract."""
    here = f"connections.{AU}."
    if kind == "Configuration":
        return f"{here}configuration.{path}"
    here += f"{SHELVES[kind]}.{UUIDS[kind]}."
    if kind == "Automation":
        own = {"enabled": "status", "additional_criteria_details": "criteria"}
        return here + own.get(path, f"details.{path}")
    return here + path


def in_world(kind: str, path: str, wanted: Any) -> Any:  # noqa: ANN401 - JSON
    if kind == "Automation" and path == "enabled":
        return "ACTIVE" if wanted else "INACTIVE"
    return wire(wanted)


def arranged(world: Wishes) -> Document:
    """The sample world, with these values in it."""
    document = World.sample().document()
    connection = next(c for c in document["connections"] if c["uuid"] == AU)
    for kind, values in world.items():
        root = connection["configuration"]
        if kind in UUIDS:
            root = next(i for i in connection[SHELVES[kind]] if i["uuid"] == UUIDS[kind])
        start = f"connections.{AU}." + (
            f"{SHELVES[kind]}.{UUIDS[kind]}." if kind in UUIDS else "configuration."
        )
        for path, wanted in values.items():
            *parents, name = place(kind, path).removeprefix(start).split(".")
            here = root
            for parent in parents:
                here = here[parent]
            here[name] = in_world(kind, path, wanted)
    return document


def leaves_of(change: Change) -> dict[str, Any]:
    """The leaves of all bodies, by where they stand."""
    found: dict[str, Any] = {}
    for request in change.requests:
        if request.body is not None:
            found |= _leaves(request.body, ())
    return found


def _leaves(value: Any, path: tuple[str, ...]) -> dict[str, Any]:  # noqa: ANN401 - JSON
    if not isinstance(value, Mapping):
        return {".".join(path): value}
    return {k: v for key, inner in value.items() for k, v in _leaves(inner, (*path, key)).items()}


def in_body(kind: str, path: str) -> str:
    if path == "additional_criteria_details":
        return f"integration.{path}"
    return {"Automation": "integration.automation_details.", "PartnerFunction": "partner_function."}.get(
        kind, ""
    ) + path


def assert_bodies_are_what_is_shown(changes: tuple[Change, ...]) -> None:
    for change in changes:
        kind = change.address.kind
        shown = {
            in_body(kind, f.path): wire(f.after)
            for f in change.fields
            if not isinstance(f.after, Missing) and not OBJECTS[kind].fields[f.path].switch
        }
        assert leaves_of(change) == shown


def assert_only_ours_moved(before: Document, after: Document, *wishes: Wishes) -> None:
    ours = {place(kind, path) for each in wishes for kind, values in each.items() for path in values}
    differs = {p for p in moved(before, after) if not p.endswith(".updated")}
    assert differs <= ours


@lawful
@given(world=KINDS, first=KINDS, meanwhile=KINDS, second=KINDS)
def test_one_apply_is_enough_and_touches_nothing_that_is_not_ours(
    bench: Bench, world: Wishes, first: Wishes, meanwhile: Wishes, second: Wishes
) -> None:
    """From any world to any wish; then somebody edits, the wish changes, and again."""
    bench.begin(arranged(world))
    write(bench, first)
    _apply_and_judge(bench, first)
    bench.reset(merged(bench.world(), meanwhile))
    write(bench, second)
    _apply_and_judge(bench, second)


def _apply_and_judge(bench: Bench, wishes: Wishes) -> None:
    before = bench.world()
    plan = bench.plan()
    assert_bodies_are_what_is_shown(plan.changes)
    for change in plan.changes:
        managed = wishes[change.address.kind].keys()
        assert {f.path for f in change.fields if f.after is not MISSING} <= managed
    bench.done(parse(dump(plan)))
    after = bench.world()
    assert_only_ours_moved(before, after, wishes)
    held = flat(after)
    for kind, values in wishes.items():
        for path, wanted in values.items():
            field = OBJECTS[kind].fields[path]
            if field.read:
                assert (held.get(place(kind, path)) or None) == (in_world(kind, path, wanted) or None)
    assert_settled(bench)


def merged(document: Document, edits: Wishes) -> Document:
    """A world in which somebody edited what can be read, or what a sign gives away."""
    tellable = {
        kind: {p: v for p, v in values.items() if OBJECTS[kind].fields[p].read}
        for kind, values in edits.items()
    }
    fresh = arranged(tellable)
    places = {place(kind, path) for kind, values in tellable.items() for path in values}
    wanted = {p: v for p, v in flat(fresh).items() if p in places}
    return _with(document, wanted)


def _with(document: Document, wanted: Mapping[str, Any]) -> Document:
    for path, new in wanted.items():
        _, uuid, *rest = path.split(".")
        here: Any = next(c for c in document["connections"] if c["uuid"] == uuid)
        for key in rest[:-1]:
            here = next(i for i in here if i["uuid"] == key) if isinstance(here, list) else here[key]
        here[rest[-1]] = new
    return document


@lawful
@given(world=KINDS, wishes=KINDS)
def test_the_same_input_is_the_same_plan_to_the_byte(bench: Bench, world: Wishes, wishes: Wishes) -> None:
    bench.begin(arranged(world))
    write(bench, wishes)
    first = bench.plan()
    turned = {kind: dict(reversed(values.items())) for kind, values in reversed(wishes.items())}
    write(bench, turned)
    document = bench.world()
    for connection in document["connections"]:
        for shelf in SHELVES.values():
            connection[shelf].reverse()
    bench.reset(document)
    second = bench.plan()
    assert _placeless(dump(first)) == _placeless(dump(second))
    write(bench, wishes)
    third = bench.plan()
    assert dump(third) == dump(first)
    assert plan_id(third) == plan_id(first)


def _placeless(data: bytes) -> str:
    """Without what says where in a file a value stands, and the digests that hang on it."""
    lines = data.decode().splitlines()
    return "\n".join(
        line for line in lines if not line.strip().startswith(('"column"', '"line"', '"id"', '"checksum"'))
    )


@settings(lawful, max_examples=12)
@given(first=KINDS, second=KINDS)
def test_whatever_is_recorded_is_in_the_world(bench: Bench, first: Wishes, second: Wishes) -> None:
    bench.begin(World.sample().document())
    for wishes in (first, second):
        write(bench, wishes)
        bench.done()
        assert_record_is_true(bench)
