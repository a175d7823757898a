"""When a paged list is whole. Pure.

A list is complete only with its end marker and a matching count. One that is not is an error, never
a shorter list: what is missing from it would be taken for deleted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.values import Json
from reconciler.web.errors import StrangeResponse

PAGE = 100
_END = "NULL"  # the string [sdk]
_MOST_RECORDS = 1_000_000

Item = Mapping[str, Json]


class Shifted(Exception):
    """The pages do not fit together: something was written while they were read, or one is wrong."""


@dataclass(frozen=True, slots=True, repr=False)
class Page:
    offset: int
    records: int
    items: Sequence[Item]
    last: bool


def parse_page(body: Mapping[str, Json], key: str, offset: int, what: str) -> Page:
    """One page. `what` names the request.

    Raise StrangeResponse where it is no page at all, Shifted where it is not the one that was asked for.
    """
    items, about = body.get(key), body.get("pagination")
    if not isinstance(items, list) or not isinstance(about, Mapping):
        raise StrangeResponse(f"{what}: no page of a list: {key} or pagination is missing")
    for place, item in enumerate(items, offset):
        uuid = item.get("uuid") if isinstance(item, dict) else None
        if not isinstance(uuid, str) or not uuid:
            raise StrangeResponse(f"{what}: item {place} is no object with a uuid")
    records, limit, start = (_count(about.get(name)) for name in ("records", "limit", "offset"))
    if records is None or limit is None or start is None:
        raise StrangeResponse(f"{what}: records, limit or offset is missing or no number")
    if records > _MOST_RECORDS:
        raise StrangeResponse(f"{what}: {records} records are announced")
    if (limit, start) != (PAGE, offset):
        raise Shifted(f"items {offset} to {offset + PAGE} were asked for, {start} to {start + limit} came")
    page = Page(offset, records, items, about.get("next_page") == _END)
    if len(items) != max(0, min(PAGE, records - offset)):
        raise Shifted(f"{len(items)} items stand at {offset} of a list of {records}")
    if page.last != (offset + PAGE >= records):
        raise Shifted(f"the end of the list is not where its count, {records}, says")
    return page


def whole(pages: Sequence[Page]) -> dict[str, Item]:
    """The items by uuid, in the order of their uuids. Raise Shifted where the pages do not fit together."""
    records = pages[0].records
    if any(page.records != records for page in pages):
        raise Shifted("the number of records changed while they were read")
    items = {str(item["uuid"]): item for page in pages for item in page.items}
    if len(items) != records:
        raise Shifted(f"of {records} items only {len(items)} are different")
    return {uuid: items[uuid] for uuid in sorted(items)}


def _count(value: Json) -> int | None:
    """A whole number, which may travel as text. None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:  # noqa: PLR2004
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
