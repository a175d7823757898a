"""The plan as a document (the README's `plan --format json`): written for people and programs, read back strictly.

Pure: bytes in, bytes out. A document says twice that it is whole: `id` is the digest of what will be
done, `checksum` of everything. Neither is a signature: they find damage and careless edits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from reconciler import __version__
from reconciler.changes import ACTIONS, Cause, Change, Evidence, FieldChange, Objection, Request, SignMoved
from reconciler.errors import Refused, Source, UsageError
from reconciler.plan import Plan
from reconciler.reading import Reader, no_duplicates, no_such_number
from reconciler.resources import Recorded, RecordedField
from reconciler.values import Json, Maybe, Missing, digest, same

FORMAT: Final = "1.0"
AGAIN: Final = "plan again, and apply that"
_NOT_DONE: Final = frozenset({"id", "checksum", "created_at", "project_commit", "base_commit"})
"""What an id does not depend on: two plans of the same inputs are one plan."""


def to_document(plan: Plan) -> dict[str, Json]:
    """The document, in the contract's order. What is MISSING is left out; a uuid not known yet is null."""
    document: dict[str, Json] = {
        "format_version": FORMAT,
        "id": "",
        "tool_version": __version__,
        "environment": plan.environment,
        "origin": plan.origin,
        "mode": plan.mode,
        "created_at": plan.created_at,
        "project_commit": plan.project_commit,
        "base_commit": plan.base,
        "state": {"lineage": plan.lineage, "serial": plan.serial},
        "connections": dict(sorted(plan.connections.items())),
        "summary": plan.summary(),
        "changes": [_change(c) for c in plan.changes],
        "catch_up": [record_document(r) for r in plan.catch_up],
        "moves": [{"from": str(old), "to": str(new)} for old, new in plan.moves],
        "answered": list(plan.answered),
        "objections": [
            {"guard": o.guard, "message": o.message, "addresses": [str(a) for a in o.addresses]}
            for o in plan.objections
        ],
    }
    document["id"] = _identity(document)
    document["checksum"] = _checksum(document)
    return document


def plan_id(plan: Plan) -> str:
    """`sha256:<hex>` of what the plan will do."""
    return str(to_document(plan)["id"])


def dump(plan: Plan) -> bytes:
    return encode(to_document(plan))


def encode(document: Json) -> bytes:
    """JSON for a file, a pipe or a terminal: indented ASCII with a newline at its end.

    Escapes what a terminal or a CI log would act on, which JSON allows inside text: everything beyond
    ASCII, DEL, and GitHub's `##[`. Nothing of it can stand outside of text.
    """
    text = json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False)
    text = text.replace("\x7f", "\\u007f").replace("##[", "#\\u0023[")
    return text.encode("ascii") + b"\n"


def parse(data: bytes) -> Plan:
    """Read back what `dump` wrote.

    Raise UsageError where it is no plan at all, Refused where it was one: damaged, altered, or of a
    format that this version does not know.
    """
    document = _load(data)
    _check_format(document["format_version"])
    if document.get("checksum") != _checksum(document) or document["id"] != _identity(document):
        raise Refused("the plan file was altered after it was written", hint=AGAIN)
    plan = _plan(Reader(document, "plan"))
    if document["format_version"] == FORMAT and not _says(plan, document):
        raise Refused("the plan file says more, or other, than a plan of this version can", hint=AGAIN)
    return plan


def _load(data: bytes) -> Mapping[str, Json]:
    try:
        document: object = json.loads(data, object_pairs_hook=no_duplicates, parse_constant=no_such_number)
    except (ValueError, RecursionError) as error:
        if not data.strip() or data.lstrip()[:1] == b"{":
            raise Refused("the plan file is cut short or damaged", hint=AGAIN) from error
        raise UsageError("this is no plan file", hint="write one with `plan --out FILE`") from error
    if not isinstance(document, dict) or not document.keys() >= {"format_version", "id", "changes"}:
        raise UsageError("this is no plan file", hint="write one with `plan --out FILE`")
    return document


def _check_format(version: Json) -> None:
    if not isinstance(version, str) or version.partition(".")[0] != FORMAT.partition(".")[0]:
        raise Refused(f"the plan file has format {version!r}; this version reads {FORMAT}", hint=AGAIN)


def _identity(document: Mapping[str, Json]) -> str:
    """Whose change it is, and where it is written, does not change what is done: `inherited` and `source` count as
    little as the time.
    """
    done = {k: v for k, v in document.items() if k not in _NOT_DONE}
    changes = document["changes"]
    if isinstance(changes, list):
        done["changes"] = [_unattributed(change) for change in changes]
    return digest(done)


def _unattributed(change: Json) -> Json:
    if not isinstance(change, dict):
        return change
    bare = {k: v for k, v in change.items() if k != "inherited"}
    if isinstance(fields := change.get("fields"), list):
        bare["fields"] = [
            {k: v for k, v in f.items() if k not in ("inherited", "source")} if isinstance(f, dict) else f
            for f in fields
        ]
    return bare


def _checksum(document: Mapping[str, Json]) -> str:
    return digest({k: v for k, v in document.items() if k != "checksum"})


def _says(plan: Plan, document: Mapping[str, Json]) -> bool:
    """The document is what this plan would write; another tool version may have written it."""
    derived = _NOT_DONE | {"tool_version"}
    mine = {k: v for k, v in to_document(plan).items() if k not in derived}
    return same(mine, {k: v for k, v in document.items() if k not in derived})


def _change(change: Change) -> dict[str, Json]:
    return {
        "address": str(change.address),
        "action": change.action,
        "uuid": change.uuid or None,
        "name": change.name or None,
        "cause": change.cause.value,
        "fields": [_field(f) for f in change.fields],
        "requests": [_request(r) for r in change.requests],
        "precondition": change.precondition,
        "depends_on": [str(a) for a in change.depends_on],
        **_inherited(change),
    }


def _inherited(item: Change | FieldChange) -> dict[str, Json]:
    return {"inherited": True} if item.inherited else {}


def _field(field: FieldChange) -> dict[str, Json]:
    source = field.source
    return {
        "path": field.path,
        **_present({"before": field.before, "after": field.after, "recorded": field.recorded}),
        "cause": field.cause.value,
        "evidence": field.evidence.value,
        "source": {"file": source.file, "line": source.line, "column": source.column} if source else None,
        **({"sign": _sign(field.sign)} if field.sign else {}),
        **_inherited(field),
    }


def _sign(sign: SignMoved) -> dict[str, Json]:
    return {"name": sign.name, "recorded": plain(sign.recorded), "observed": plain(sign.observed)}


def _request(request: Request) -> dict[str, Json]:
    head: dict[str, Json] = {"method": request.method, "path": request.path}
    return head if request.body is None else {**head, "body": plain(request.body)}


def record_document(record: Recorded) -> dict[str, Json]:
    """Its values by field; `live` is how the API spells what was applied."""
    return {
        "address": str(record.address),
        "uuid": record.uuid,
        "fields": {
            path: {"value": plain(field.value), "live": plain(field.live)}
            for path, field in sorted(record.fields.items())
        },
        "signs": plain(record.signs),
    }


def _present(values: Mapping[str, Maybe]) -> dict[str, Json]:
    return {key: plain(v) for key, v in values.items() if not isinstance(v, Missing)}


def plain(value: Json) -> Json:
    """Dicts and lists, with sorted keys: equal values are equal bytes."""
    match value:
        case Mapping():
            return {str(key): plain(value[key]) for key in sorted(value)}
        case str() | None | bool() | int() | float():
            return value
        case Sequence():
            return [plain(v) for v in value]


def _plan(reader: Reader) -> Plan:
    state = reader.object("state")
    return Plan(
        environment=reader.text("environment"),
        origin=reader.text("origin"),
        mode=reader.text("mode"),
        lineage=state.text("lineage"),
        serial=state.integer("serial"),
        created_at=reader.text("created_at"),
        project_commit=reader.text("project_commit"),
        base=reader.text("base_commit"),
        connections=reader.object("connections").all_text(),
        changes=tuple(_read_change(c) for c in reader.objects("changes")),
        catch_up=tuple(read_record(r) for r in reader.objects("catch_up")),
        moves=tuple((m.address("from"), m.address("to")) for m in reader.objects("moves")),
        answered=reader.texts("answered"),
        objections=tuple(
            Objection(o.text("guard"), o.text("message"), o.addresses("addresses"))
            for o in reader.objects("objections")
        ),
        unchanged=reader.object("summary").integer("unchanged"),
    )


def _read_change(reader: Reader) -> Change:
    return ACTIONS[reader.one_of("action", ACTIONS)](
        address=reader.address("address"),
        uuid=reader.text_or_null("uuid"),
        cause=Cause(reader.one_of("cause", tuple(Cause))),
        fields=tuple(_read_field(f) for f in reader.objects("fields")),
        requests=tuple(_read_request(r) for r in reader.objects("requests")),
        precondition=reader.text("precondition"),
        depends_on=reader.addresses("depends_on"),
        name=reader.text_or_null("name"),
        inherited=reader.value("inherited") is True,
    )


def _read_field(reader: Reader) -> FieldChange:
    return FieldChange(
        path=reader.text("path"),
        cause=Cause(reader.one_of("cause", tuple(Cause))),
        evidence=Evidence(reader.one_of("evidence", tuple(Evidence))),
        before=reader.value("before"),
        after=reader.value("after"),
        recorded=reader.value("recorded"),
        source=None if reader.value("source") is None else _read_source(reader.object("source")),
        sign=None if isinstance(reader.value("sign"), Missing) else _read_sign(reader.object("sign")),
        inherited=reader.value("inherited") is True,
    )


def _read_sign(reader: Reader) -> SignMoved:
    return SignMoved(reader.text("name"), reader.json("recorded"), reader.json("observed"))


def _read_source(reader: Reader) -> Source:
    return Source(reader.text("file"), reader.integer("line"), reader.integer("column"))


def _read_request(reader: Reader) -> Request:
    body = None if isinstance(reader.value("body"), Missing) else reader.object("body").value_of_all()
    return Request(reader.text("method"), reader.text("path"), body)


def read_record(reader: Reader) -> Recorded:
    fields = reader.object("fields")
    return Recorded(
        address=reader.address("address"),
        uuid=reader.text("uuid"),
        fields={path: _read_value(fields.object(path)) for path in fields},
        signs=reader.object("signs").value_of_all(),
    )


def _read_value(reader: Reader) -> RecordedField:
    return RecordedField(reader.json("value"), reader.json("live"))
