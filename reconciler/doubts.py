"""What earlier runs left open: writes that were announced, and whose outcome nobody knows. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reconciler.changes import Create
from reconciler.identity import Live
from reconciler.kinds import OBJECTS, ObjectType
from reconciler.resources import Address, Desired, Observed, Recorded
from reconciler.state import Intent, State
from reconciler.values import MISSING, Json, get_path, same


def bodies(state: State) -> Mapping[Address, Sequence[Json]]:
    """The bodies of every write in doubt."""
    found: dict[Address, list[Json]] = {}
    for intent in state.intents.values():
        found.setdefault(intent.address, []).extend(r.get("body") for r in _requests(intent))
    return found


def withdrawn(state: State, wishes: Iterable[Desired]) -> tuple[Intent, ...]:
    """The creations in doubt that no manifest asks for any more: nothing else would look for what they made."""
    known = state.records.keys() | {w.address for w in wishes}
    return tuple(i for i in state.intents.values() if i.action == Create.action and i.address not in known)


def made(
    withdrawn: Iterable[Intent], wishes: Sequence[Desired], records: Mapping[Address, Recorded], live: Live
) -> Mapping[Address, Recorded]:
    """What these creations did make, as it would have been recorded: it is ours, and without a manifest.

    It is the only live object that has the name and every readable value that was sent, and that no record and
    no manifest means. Anything less certain is left alone.
    """
    taken = {r.uuid for r in records.values()}
    wanted = {(w.address.connection, w.address.kind, w.name) for w in wishes}
    found: dict[Address, Recorded] = {}
    for intent in withdrawn:
        place = (intent.address.connection, intent.address.kind)
        sent = next((r.get("body") for r in _requests(intent)), None)
        ours = [
            o
            for o in live.get(place, {}).values()
            if o.uuid not in taken and (*place, o.name) not in wanted and _is_it(OBJECTS[place[1]], sent, o)
        ]
        if len(ours) == 1:
            found[intent.address] = Recorded(intent.address, ours[0].uuid)
    return found


def _is_it(object_type: ObjectType, sent: Json, observed: Observed) -> bool:
    values = {
        f.path: v for f in object_type.readable if f.send and (v := get_path(sent, f.send)) is not MISSING
    }
    fields = object_type.fields
    return "name" in values and all(same(fields[p].decode(v), observed.fields[p]) for p, v in values.items())


def _requests(intent: Intent) -> Sequence[Mapping[str, Json]]:
    return intent.requests if isinstance(intent.requests, list) else []
