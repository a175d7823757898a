"""What differs inside a list that did change, in words: a rule added, a target changed. Pure.

deepdiff has its home here. It costs a millisecond a pair, so nothing that is equal ever reaches it, and
it is imported only when a list did change. Which items belong together is decided here: deepdiff pairs
by place, and one rule put in front would read as if every rule had changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

from reconciler.values import MISSING, Json, Maybe, canonical

_MOST_PAIRS = 1_000_000
"""Of longer lists items are paired by their place alone: where many are equal, matching takes the square of them."""

Item: TypeAlias = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Detail:
    """One difference inside a list. `where` names it for people, such as `rule 2 in group 1`."""

    sign: Literal["+", "-", "~"]
    where: str
    before: Maybe = MISSING
    after: Maybe = MISSING


def describe(before: Maybe, after: Maybe) -> tuple[Detail, ...]:
    """The differences in reading order. Empty where neither is a list of objects, or they are equal.

    A criteria list is described by group and rule, a mapping table by the source of its rows.
    """
    old, new = _items(before), _items(after)
    if _is_table(old) and _is_table(new):
        return tuple(_rows(old, new))
    return tuple(_aligned(old, new, within=""))


def _items(value: Maybe) -> Sequence[Item]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return ()
    return [item for item in value if isinstance(item, Mapping)]


def _is_table(items: Sequence[Item]) -> bool:
    """Rows that their source tells apart."""
    sources = [item.get("source") for item in items]
    return all(isinstance(s, str) for s in sources) and len(set(map(str, sources))) == len(items)


def _rows(old: Sequence[Item], new: Sequence[Item]) -> Iterator[Detail]:
    left = {str(row["source"]): row.get("target") for row in old}
    right = {str(row["source"]): row.get("target") for row in new}
    for detail in _inside(left, right):
        yield Detail(detail.sign, f'row "{detail.where}"', detail.before, detail.after)
    if [s for s in left if s in right] != [s for s in right if s in left]:
        yield Detail("~", "order of the rows", list(left), list(right))


def _aligned(old: Sequence[Item], new: Sequence[Item], within: str) -> Iterator[Detail]:
    """Equal items are matched first; what stands between two matches is paired by its place."""
    left, right = [canonical(i) for i in old], [canonical(i) for i in new]
    if len(left) * len(right) > _MOST_PAIRS:
        blocks = [("replace", 0, len(left), 0, len(right))]
    else:
        blocks = list(SequenceMatcher(None, left, right, autojunk=False).get_opcodes())
    for tag, i1, i2, j1, j2 in blocks:
        if tag == "equal":
            continue
        pairs = min(i2 - i1, j2 - j1)
        for k in (k for k in range(pairs) if left[i1 + k] != right[j1 + k]):
            yield from _changed(old[i1 + k], new[j1 + k], f"{_noun(new[j1 + k])} {j1 + k + 1}{within}")
        for i in range(i1 + pairs, i2):
            yield Detail("-", f"{_noun(old[i])} {i + 1}{within}", before=old[i])
        for j in range(j1 + pairs, j2):
            yield Detail("+", f"{_noun(new[j])} {j + 1}{within}", after=new[j])


def _changed(old: Item, new: Item, where: str) -> Iterator[Detail]:
    rules = "rules" in old and "rules" in new
    for detail in _inside(_without_rules(old) if rules else old, _without_rules(new) if rules else new):
        yield Detail(detail.sign, f"{detail.where} of {where}", detail.before, detail.after)
    if rules:
        yield from _aligned(_items(old["rules"]), _items(new["rules"]), within=f" in {where}")


def _without_rules(group: Item) -> Item:
    return {key: value for key, value in group.items() if key != "rules"}


def _noun(item: Item) -> str:
    return "group" if "rules" in item else "row" if "source" in item else "rule"


def _inside(old: Item, new: Item) -> Iterator[Detail]:
    """The keys of two objects that differ, in the order in which people read them."""
    from deepdiff import DeepDiff  # noqa: PLC0415 - slow to import, and rarely needed

    tree = DeepDiff(old, new, view="tree", max_diffs=None, threshold_to_diff_deeper=0)
    keys = {str(level.path(output_format="list")[0]) for group in tree.values() for level in group}
    for key in [*old, *(k for k in new if k not in old)]:
        if key in keys:
            sign: Literal["+", "-", "~"] = "+" if key not in old else "-" if key not in new else "~"
            yield Detail(sign, key, old.get(key, MISSING), new.get(key, MISSING))
