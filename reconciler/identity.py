"""Which live object a manifest means. Pure.

A record binds an address to a uuid. Without one: the manifest's own `uuid`, else the only live object
of the same name, else none yet. Two of that name are a question, never a guess.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from reconciler.errors import Problem, Severity, Source, Undecidable
from reconciler.kinds import OBJECTS
from reconciler.resources import Address, Desired, Observed, Recorded

Live: TypeAlias = Mapping[tuple[str, str], Mapping[str, Observed]]
"""Every object of (connection name, object type) by uuid. What is not in it was not read."""


def bind(
    desired: Sequence[Desired], records: Mapping[Address, Recorded], live: Live
) -> Mapping[Address, Observed | None]:
    """The live object of each address that is desired; None where there is none yet.

    Raise Undecidable with every address for which live has no single answer.
    """
    names = _by_name(live)
    taken = {r.uuid: r.address for r in records.values()}
    found: dict[Address, Observed | None] = {}
    problems: list[Problem] = []
    for wish in desired:
        objects = live.get((wish.address.connection, wish.address.kind), {})
        candidates = _candidates(wish, records.get(wish.address), objects, names, taken)
        if wish.uuid and not candidates and wish.address not in records:
            problems.append(
                _problem(wish, "no-such-uuid", f"live has no {wish.address.kind} {wish.uuid}", "")
            )
        elif len(candidates) > 1:
            uuids = ", ".join(sorted(o.uuid for o in candidates))
            problems.append(
                _problem(
                    wish, "ambiguous-name", f"{len(candidates)} live objects are named {wish.name!r}: {uuids}",
                    f"set spec.uuid, or bind one with: reconciler import {wish.address} <uuid>",
                )
            )  # fmt: skip
        found[wish.address] = candidates[0] if len(candidates) == 1 else None
    problems.extend(_shared(desired, found))
    if problems:
        raise Undecidable(problems)
    return found


def _by_name(live: Live) -> Mapping[tuple[str, str, str], list[Observed]]:
    names: dict[tuple[str, str, str], list[Observed]] = defaultdict(list)
    for (connection, kind), objects in live.items():
        for observed in objects.values():
            names[connection, kind, observed.name].append(observed)
    return names


def _candidates(
    wish: Desired,
    recorded: Recorded | None,
    objects: Mapping[str, Observed],
    names: Mapping[tuple[str, str, str], list[Observed]],
    taken: Mapping[str, Address],
) -> Sequence[Observed]:
    if OBJECTS[wish.address.kind].singleton:
        return list(objects.values())
    for uuid in (recorded.uuid if recorded else None, wish.uuid):
        if uuid and uuid in objects:
            return [objects[uuid]]
    if wish.uuid or not wish.name:
        return []
    alike = names.get((wish.address.connection, wish.address.kind, wish.name), [])
    return [o for o in alike if taken.get(o.uuid, wish.address) == wish.address]


def _shared(desired: Sequence[Desired], found: Mapping[Address, Observed | None]) -> Iterable[Problem]:
    """Two manifests that mean one object, or would make two of one name, would undo one another."""
    bound = Counter(o.uuid for o in found.values() if o is not None)
    new = Counter((w.address.connection, w.address.kind, w.name) for w in desired if found[w.address] is None)
    for wish in desired:
        observed = found[wish.address]
        if observed is not None and bound[observed.uuid] > 1:
            message = f"{bound[observed.uuid]} manifests mean the live object {observed.uuid}"
            yield _problem(wish, "shared-object", message, "keep one of them, or give each its own spec.uuid")
        elif observed is None and new[wish.address.connection, wish.address.kind, wish.name] > 1:
            message = f"several manifests would create a {wish.address.kind} named {wish.name!r}"
            yield _problem(wish, "shared-name", message, "give each its own spec.name")


def _problem(wish: Desired, rule: str, message: str, hint: str) -> Problem:
    source = wish.source or Source("", 0, 0)
    return Problem(Severity.ERROR, rule, f"{wish.address}: {message}", source, hint, str(wish.address))


def remote_name(wish: Desired, observed: Observed | None, recorded: Recorded | None) -> str:
    """What the API calls the object once the plan is applied, or empty where nobody knows."""
    if wish.name:
        return wish.name
    if observed is not None:
        return observed.name
    name = recorded.fields.get("name") if recorded else None
    return str(name.value) if name else ""


def managed(desired: Iterable[Desired], records: Iterable[Address]) -> tuple[tuple[str, str], ...]:
    """The (connection, object type) pairs that have to be read, sorted."""
    pairs = {(w.address.connection, w.address.kind) for w in desired} | {
        (a.connection, a.kind) for a in records
    }
    return tuple(sorted(pair for pair in pairs if pair[1] in OBJECTS))
