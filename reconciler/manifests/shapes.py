"""A document's values against a kind's model; what does not fit is told with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from reconciler.kinds import Spec, facts_of, models_in
from reconciler.manifests.nodes import Node, find
from reconciler.manifests.report import Report, did_you_mean, shown
from reconciler.values import Json

Path = tuple[str | int, ...]
Model = TypeVar("Model", bound=Spec)

_NOUNS = {
    "int": "a whole number",
    "float": "a number",
    "list": "a list",
    "dict": "a mapping",
    "model": "a mapping",
}


def fitted(
    model: type[Model], value: object, node: Node, file: str, report: Report, unknown: Sequence[Path] = ()
) -> Model | None:
    """The value as its model, or None after reporting each misfit.

    `unknown` are the paths of values that nobody could work out: what is said of them means nothing.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        for misfit in error.errors(include_url=False):
            path = _path(misfit)
            if not any(path[: len(u)] == u for u in unknown):
                _tell(model, misfit, path, node, file, report)
        return None


def sound_part(model: type[Model], value: Mapping[str, Any], unknown: Sequence[Path]) -> Model | None:
    """The fields that fit, so that what is wrong with them can be told too; None where they do not stand alone."""
    broken = {path[0] for path in unknown if path}
    for _ in range(2):
        try:
            return model.model_validate({name: inner for name, inner in value.items() if name not in broken})
        except ValidationError as error:
            broken |= {_path(misfit)[0] for misfit in error.errors(include_url=False)}
    return None


def _path(misfit: Any) -> Path:  # noqa: ANN401 - pydantic's own shape
    """Where a misfit is, without the tags of unions."""
    return tuple(step for step in misfit["loc"] if not str(step).startswith("<"))


def _tell(model: type[Spec], misfit: Any, path: Path, node: Node, file: str, report: Report) -> None:  # noqa: ANN401
    place = find(node, path).source(file)
    match misfit["type"]:
        case "extra_forbidden":
            holder, key = find(node, path[:-1]), str(path[-1])
            place = holder.key_source(file, key)
            report.error(
                "unknown-field",
                f"there is no field {shown(key)} here",
                place,
                did_you_mean(key, _fields(model, path)),
            )
        case "missing":
            where = f" in {'.'.join(map(str, path[:-1]))}" if path[:-1] else ""
            report.error("missing-field", f"{path[-1]} is missing{where}", place, f"add `{path[-1]}:`")
        case _ if misfit["input"] is None:
            report.error(
                "null-refused", f"{_dotted(path)} takes no null", place, "give a value, or leave it out"
            )
        case "null-refused" | "wrong-type":
            report.error("wrong-type", f"{_dotted(path)}: {misfit['msg']}", place)
        case kind if kind.endswith(("_type", "_parsing", "_from_float")):
            wanted = _NOUNS.get(kind.split("_")[0], "another type")
            message = f"{_dotted(path)}: expected {wanted}, found {_noun(misfit['input'])}"
            report.error("wrong-type", message, place)
        case "literal_error":
            message = f"{_dotted(path)}: expected {misfit['ctx']['expected']}, found {_noun(misfit['input'])}"
            report.error("wrong-value", message, place)
        case "string_too_short":
            report.error(
                "wrong-value", f"{_dotted(path)} must not be empty", place, "give a value, or leave it out"
            )
        case _:
            message = (
                f"{_dotted(path)}: {misfit['msg'].removeprefix('Input ')}, found {_noun(misfit['input'])}"
            )
            report.error("wrong-value", message, place)


def _dotted(path: Path) -> str:
    return ".".join(map(str, path)) or "spec"


def _noun(value: object) -> str:
    match value:
        case str():
            return shown(str(value))
        case Mapping():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case _:
            return str(value)


def _fields(model: type[BaseModel], path: Path) -> set[str]:
    """The fields that may stand where an unknown one stands."""
    here: set[type[BaseModel]] = {model}
    for step in path[:-1]:
        inside = {inner for m in here for inner in _inner(m, step)}
        here = inside or here
    return {name for m in here for name in m.model_fields}


def _inner(model: type[BaseModel], step: str | int) -> Iterator[type[BaseModel]]:
    if isinstance(step, str) and step in model.model_fields:
        yield from models_in(model.model_fields[step].annotation)


def unusual_values(
    model: type[BaseModel], spec: Mapping[str, Json]
) -> Iterator[tuple[Path, str, Sequence[str]]]:
    """Each value that the API's documents do not list: where it stands, what it is, and what they list."""
    for name, known, inner in _known(model):
        if name not in spec:
            continue
        value = spec[name]
        if known and isinstance(value, str) and value not in known:
            yield (name,), value, known
        for place, item in _items(name, value):
            for deeper in inner:
                yield from (((*place, *path), v, k) for path, v, k in unusual_values(deeper, item))


def _items(name: str, value: Json) -> Iterator[tuple[Path, Mapping[str, Json]]]:
    if isinstance(value, Mapping):
        yield (name,), value
    elif isinstance(value, list):
        yield from (((name, index), item) for index, item in enumerate(value) if isinstance(item, Mapping))


@cache
def _known(model: type[BaseModel]) -> tuple[tuple[str, tuple[str, ...], tuple[type[BaseModel], ...]], ...]:
    """Of the fields that list values, themselves or deeper: name, values, models inside."""
    found = []
    for name, fact in facts_of(model).items():
        inner = tuple(m for m in models_in(model.model_fields[name].annotation) if _known(m))
        if fact.known or inner:
            found.append((name, fact.known, inner))
    return tuple(found)
