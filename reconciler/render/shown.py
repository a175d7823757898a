"""How a value is shown on one line. Pure.

What comes out is neutral text (`safe`): renderers only add the escapes of their own format.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeGuard

from reconciler.render.safe import quoted, safe
from reconciler.values import Json, Maybe, Missing, is_name_of, is_uuid_of

_RULE: Final = frozenset({"field_name", "operator", "value", "condition"})
_ROW: Final = frozenset({"source", "target"})
_BARE: Final = re.compile(r"\w[\w.-]*( [\w.-]+)*")


def show(value: Maybe) -> str:
    """Text is in quotes, so `"null"`, `null`, `""` and `(none)` are four things."""
    match value:
        case Missing():
            return "(none)"
        case str():
            return quoted(value)
        case None | bool() | int() | float():
            return json.dumps(value)
        case Mapping():
            return _show_object(value)
        case _:
            return "[" + ", ".join(map(show, value)) + "]"


def _show_object(value: Mapping[str, Json]) -> str:
    if is_uuid_of(value):
        return f"(uuid of {safe(str(value['uuid_of']))}, known after apply)"
    if is_name_of(value):
        return f"(name of {safe(str(value['name_of']))}, known after apply)"
    return "{" + ", ".join(f"{quoted(str(k))}: {show(v)}" for k, v in value.items()) + "}"


def show_item(value: Maybe) -> str:
    """An element of a criteria list or a mapping table, as people say it; anything else as it is."""
    if not isinstance(value, Mapping):
        return show(value)
    texts = {k: v for k, v in value.items() if isinstance(v, str)}
    rules = value.get("rules")
    if is_list(rules) and value.keys() <= {"rules", "group_condition"} and len(texts) == len(value) - 1:
        return f"{_word(texts.get('group_condition', 'group'))} ({'; '.join(map(show_item, rules))})"
    if len(texts) < len(value):
        return show(value)
    if texts.keys() == _ROW:
        return f"{quoted(texts['source'])} → {quoted(texts['target'])}"
    if {"field_name", "operator"} <= texts.keys() <= _RULE:
        words = [_word(texts[k]) for k in ("condition", "field_name", "operator") if k in texts]
        return " ".join([*words, *(quoted(texts[k]) for k in ("value",) if k in texts)])
    return show(value)


def is_list(value: Maybe) -> TypeGuard[Sequence[Json]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def is_listed(value: Maybe) -> bool:
    """A list that `describe` can tell whole: of objects, and where they are rows, with nothing else in."""
    if value is None or isinstance(value, Missing):
        return True
    return is_list(value) and all(isinstance(i, Mapping) and _is_whole(i) for i in value)


def _is_whole(item: Mapping[str, Json]) -> bool:
    rules = item.get("rules", ())
    if not is_list(rules) or not all(isinstance(r, Mapping) for r in rules):
        return False
    return "source" not in item or item.keys() == _ROW


def summarise(items: Sequence[Json]) -> str:
    """`2 groups`, `1 row`; an empty list is `[]`."""
    if not items:
        return "[]"
    first = items[0]
    keys = first.keys() if isinstance(first, Mapping) else ()
    return number(len(items), "group" if "rules" in keys else "row" if "source" in keys else "item")


def number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _word(text: str) -> str:
    """Without quotes where nothing in it can be mistaken."""
    return text if _BARE.fullmatch(text) and safe(text) == text else quoted(text)
