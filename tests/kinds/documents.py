"""Documents of every kind, right and wrong, as an editor holds them: plain JSON."""

from __future__ import annotations

import copy
import typing
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from pydantic import BaseModel

from reconciler.kinds import API_VERSION, KINDS, SPECS, Lifecycle
from reconciler.kinds.project import Api, EnvironmentSpec, Freeze, SecretRef
from reconciler.kinds.spec import Ref

Document = dict[str, Any]
Strategy = st.SearchStrategy[Any]

CONNECTION = "xero-au"
WORDS = st.sampled_from(
    ["4 hours", "customDayTime", "EQUALS", "HAS_VALUE", "AND", "x", "0", "true", "Ünï", "a: b"]
)
SCALARS = st.one_of(WORDS, st.integers(-3, 700), st.booleans(), st.sampled_from([0.5, 10.25]))
NAMES = st.sampled_from(["a", "customer-sync", "x1", "0"])
URLS = st.sampled_from(
    [
        "emulator://", "emulator://sample", "emulator://other", "https://api.test", "https://api.test/v3", "HTTPS://api.test",
        "http://api.test", "http://localhost:8000", "http://127.0.0.1", "http://[::1]:80/x", "https://u@api.test",
        "https://u:p@api.test", "https://api.test?x=1", "https://api.test#x", "https://", "ftp://x", "api.test", "https://a b",
        "http://localhost.test", "http://127.0.0.1.test",
    ]
)  # fmt: skip
STATES = st.sampled_from(
    ["sqlite:///.state/x.db", "postgresql://db/x", "postgresql://u@db/x", "postgresql://u:p@db/x",
     "postgresql://db/x?password=p", "postgresql://db/x?sslmode=on&password=p", "postgresql://u:@db/x", "x"]
)  # fmt: skip
ZONES = st.sampled_from(["UTC", "Australia/Sydney"])
KEPT_APART: Mapping[tuple[type[BaseModel], str], Strategy] = {
    (Api, "base_url"): URLS,
    (EnvironmentSpec, "state"): STATES,
    (Freeze, "timezone"): ZONES,
    (Freeze, "starts"): st.sampled_from(["16:00", "00:00", "24:00", "7:30"]),
    (Freeze, "ends"): st.sampled_from(["08:00", "23:59"]),
    (Ref, "ref"): st.sampled_from(["PartnerFunction/a", "Automation/a", "CriteriaGroup/a", "PartnerFunction/", "a"]),
    (EnvironmentSpec, "variables"): st.dictionaries(NAMES, st.one_of(SCALARS, st.none(), st.lists(SCALARS))),
    (EnvironmentSpec, "connections"): st.just({CONNECTION: {"uuid": "u1"}}),
    (Lifecycle, "ignore"): st.lists(st.sampled_from(["check_on", "enabled", "description", "uuid", "tax_mapping"]), max_size=2),
}  # fmt: skip
ODD: Strategy = st.one_of(
    SCALARS, st.none(), st.lists(SCALARS, max_size=2), st.dictionaries(NAMES, SCALARS, max_size=2), st.just(""), st.just("Not a name"), st.sampled_from(["off", "warn", "export", "sideways", "fail"]),
)  # fmt: skip
OWN_KEYS = ("apiVersion", "kind", "metadata", "spec", "for_each")


def of_model(model: type[BaseModel]) -> Strategy:
    """What fits the model's fields one by one; the rules between them may be broken."""
    fields = {name: _of_field(model, name) for name in model.model_fields}
    required = {n: s for n, s in fields.items() if model.model_fields[n].is_required()}
    return st.fixed_dictionaries(required, optional={n: s for n, s in fields.items() if n not in required})


def _of_field(model: type[BaseModel], name: str) -> Strategy:
    if (model, name) in KEPT_APART:
        return KEPT_APART[model, name]
    return _of(model.model_fields[name].annotation)


def _of(annotation: object) -> Strategy:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return of_model(annotation)
    if annotation == typing.get_args(SecretRef)[0]:
        return st.one_of(*map(_of, typing.get_args(annotation)))
    if origin is typing.Annotated:
        return _of(arguments[0])
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin is list:
        return st.lists(_of(arguments[0]), max_size=2)
    if origin is dict:
        return st.dictionaries(NAMES, _of(arguments[1]), max_size=2)
    if arguments:
        return st.one_of(*map(_of, arguments))
    simple = {
        str: SCALARS,
        bool: st.booleans(),
        int: st.integers(0, 12),
        float: st.sampled_from([1, 0.5, 30]),
        type(None): st.none(),
    }
    return simple[annotation]  # type: ignore[index]


def of_kind(kind: str) -> Strategy:
    metadata: dict[str, Strategy] = {"name": NAMES}
    optional: dict[str, Strategy] = {}
    if kind in KINDS:
        metadata["connection"] = st.just(CONNECTION)
        optional = {"lifecycle": of_model(Lifecycle), "moved_from": st.just("old")}
    parts = {
        "apiVersion": st.just(API_VERSION),
        "kind": st.just(kind),
        "metadata": st.fixed_dictionaries(metadata, optional=optional),
        "spec": of_model(SPECS[kind]),
    }
    each = {"for_each": st.sampled_from([[1], {"a": 1}, "{{ [1] }}"])} if kind in KINDS else {}
    return st.fixed_dictionaries(parts, optional=each)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:  # noqa: ANN401 - JSON
    """The path of every value, the document's own included."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(p for key, inner in inside for p in places(inner, (*path, key)))]


def at(document: Any, path: tuple[str | int, ...]) -> Any:  # noqa: ANN401 - JSON
    for step in path:
        document = document[step]
    return document


def changed(document: Document, path: tuple[str | int, ...], value: Any) -> Document:  # noqa: ANN401 - JSON
    """A copy with another value there; without one where `value` is Ellipsis."""
    found = copy.deepcopy(document)
    holder = at(found, path[:-1])
    if value is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return found


@st.composite
def documents(draw: st.DrawFn, kind: str) -> Document:
    """A document of the kind, in which up to two things are not as they should be."""
    odd = ODD if kind in KINDS else st.one_of(ODD, st.sampled_from(["{{ vars.x }}", "a {% b", "{# c"]))
    document: Document = draw(of_kind(kind))
    for _ in range(draw(st.integers(0, 2))):
        path = draw(st.sampled_from(places(document)[1:]))
        what = draw(st.sampled_from(["other", "gone", "new", "typo"]))
        value = at(document, path)
        if what == "other":
            document = changed(document, path, draw(odd))
        elif what == "gone":
            document = changed(document, path, ...)
        elif what == "new" and isinstance(value, dict):
            document = changed(
                document, path, {**value, draw(st.sampled_from(["extra", "connection", "value"])): draw(odd)}
            )
        elif isinstance(path[-1], str):
            document = changed(changed(document, path, ...), (*path[:-1], path[-1] + "s"), value)
    return document
