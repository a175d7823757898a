"""What every document has: apiVersion, kind, metadata and spec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.errors import Source
from reconciler.kinds import API_VERSION, KINDS, SPECS
from reconciler.manifests.nodes import Node
from reconciler.manifests.report import Report, did_you_mean, shown
from reconciler.resources import NAME

_KEYS = ("apiVersion", "kind", "metadata", "spec")


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a known kind, not looked into yet."""

    kind: str
    file: str
    node: Node
    metadata: Node
    spec: Node
    for_each: Node | None

    @property
    def source(self) -> Source:
        return self.node.source(self.file)


def document(node: Node, file: str, report: Report) -> Document | None:
    """None after reporting why it is none."""
    fields = node.value
    if not isinstance(fields, dict):
        report.error(
            "not-a-mapping", "a document is a mapping with apiVersion, kind, metadata and spec", node.source(file),
            "names of files that are no manifests begin with _",
        )  # fmt: skip
        return None
    _check_version(node, fields, file, report)
    kind = fields.get("kind")
    if kind is None:
        report.error("missing-field", "kind is missing", node.source(file), f"one of {', '.join(SPECS)}")
        return None
    if not isinstance(kind.value, str) or kind.value not in SPECS:
        word = str(kind.value) if isinstance(kind.value, str) else "this"
        report.error(
            "unknown-kind", f"there is no kind {shown(word)}", kind.source(file), did_you_mean(word, SPECS)
        )
        return None
    name = str(kind.value)
    known = (*_KEYS, "for_each") if name in KINDS else _KEYS
    unknown_keys(node, known, file, report)
    parts = {key: _mapping(node, fields, key, file, report) for key in ("metadata", "spec")}
    metadata, spec = parts["metadata"], parts["spec"]
    if metadata is None or spec is None:
        return None
    return Document(name, file, node, metadata, spec, fields.get("for_each") if name in KINDS else None)


def _check_version(node: Node, fields: Mapping[str, Node], file: str, report: Report) -> None:
    version = fields.get("apiVersion")
    if version is None:
        report.error(
            "missing-field", "apiVersion is missing", node.source(file), f"add `apiVersion: {API_VERSION}`"
        )
    elif version.value != API_VERSION:
        report.error(
            "api-version",
            f"this program reads apiVersion {API_VERSION}",
            version.source(file),
            f"write {API_VERSION}",
        )


def _mapping(node: Node, fields: Mapping[str, Node], key: str, file: str, report: Report) -> Node | None:
    found = fields.get(key)
    if found is None:
        report.error("missing-field", f"{key} is missing", node.source(file), f"add `{key}:`")
        return None
    if not isinstance(found.value, dict):
        report.error("wrong-type", f"{key}: expected a mapping", found.source(file))
        return None
    return found


def unknown_keys(node: Node, known: tuple[str, ...], file: str, report: Report) -> None:
    """Report every key of a mapping that is not known there."""
    assert isinstance(node.value, dict)  # noqa: S101 - the caller has looked
    for key in node.value:
        if key not in known:
            report.error(
                "unknown-field", f"there is no field {shown(key)} here", node.key_source(file, key),
                did_you_mean(key, known),
            )  # fmt: skip


def label(value: object, what: str, place: Source, report: Report) -> str:
    """A name as `metadata` has them, or empty after reporting that it is none."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if NAME.fullmatch(text):
        return text
    report.error(
        "bad-name", f"{what}: {shown(str(value))} is no name", place,
        "names are made of a-z, 0-9 and -, and begin and end with a letter or digit",
    )  # fmt: skip
    return ""
