"""From documents to manifests: `for_each`, templates, the kind's model, the rules between its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.errors import Problem, Severity, Source
from reconciler.kinds import API_VERSION, KINDS, Finding, Kind, Lifecycle
from reconciler.manifests.documents import Document, label, unknown_keys
from reconciler.manifests.nodes import Node, find, untyped
from reconciler.manifests.report import Report, did_you_mean, shown
from reconciler.manifests.sandbox import Named, TemplateFault, too_much
from reconciler.manifests.shapes import Path, fitted, sound_part, unusual_values
from reconciler.manifests.templates import Scope, Templates, is_template
from reconciler.resources import Address
from reconciler.values import Json

MOST_ELEMENTS = 10_000
MOST_EXPANDED = 1_000_000
_OF_A_MANIFEST = 20
"""What one costs beside its values, counted in values."""
NO_LIFECYCLE = Lifecycle()


@dataclass(frozen=True, slots=True)
class Manifest:
    """One object as a document asks for it, templates done. `connection` is empty where it serves all.

    `spec` has the fields that are written, typed. In a project with errors it may lack those that are wrong,
    or be None.
    """

    kind: str
    name: str
    connection: str
    spec: Mapping[str, Json] | None
    node: Node
    source: Source
    lifecycle: Lifecycle = NO_LIFECYCLE
    moved_from: str = ""

    @property
    def address(self) -> Address:
        return Address(self.connection, self.kind, self.name)

    @property
    def document(self) -> dict[str, Json]:
        """The whole document as plain data."""
        metadata: dict[str, Json] = {"name": self.name}
        metadata |= {"connection": self.connection} if self.connection else {}
        metadata |= {"moved_from": self.moved_from} if self.moved_from else {}
        metadata |= (
            {"lifecycle": lifecycle} if (lifecycle := self.lifecycle.model_dump(exclude_unset=True)) else {}
        )
        return {
            "apiVersion": API_VERSION,
            "kind": self.kind,
            "metadata": metadata,
            "spec": self.spec,
        }

    def place(self, *path: str | int) -> Source:
        """Where the value at `path` of the spec stands."""
        return find(self.node, path).source(self.source.file)


class Expansion:
    """Makes manifests for one environment. Problems go to the report; a manifest is made where it can be."""

    def __init__(
        self, environment: str, variables: Mapping[str, Any], uuids: Mapping[str, str], report: Report
    ) -> None:
        self._report = report
        self._templates = Templates()
        self._expanded = 0
        self._connections = {name: Named.of(name, uuid=uuid) for name, uuid in uuids.items()}
        self._scope: Scope = {
            "vars": variables,
            "environment": Named.of(environment),
            "connections": self._connections,
        }

    def manifests(self, document: Document) -> Iterator[Manifest]:
        if document.for_each is None:
            elements: list[Scope] = [self._scope]
        else:
            elements = [{**self._scope, "each": each} for each in self._elements(document.for_each, document)]
        for scope in elements:
            if manifest := self._manifest(document, scope):
                yield manifest

    def _elements(self, node: Node, document: Document) -> Iterator[Mapping[str, Json]]:
        failed: list[Path] = []
        value = untyped(self._rendered(node, self._scope, document.file, (), failed))
        if failed:
            return
        match value:
            case dict():
                pairs = list(value.items())
            case list():
                pairs = list(enumerate(value))
            case _:
                self._report.error(
                    "for-each", "for_each takes a list or a mapping", node.source(document.file),
                    "or one whole expression that gives one, such as {{ vars.names }}",
                )  # fmt: skip
                return
        if len(pairs) > MOST_ELEMENTS:
            message = f"for_each has {len(pairs):,} elements, more than {MOST_ELEMENTS:,}"
            self._report.error("for-each", message, node.source(document.file), "split it")
            return
        self._expanded += len(pairs) * (document.node.size + _OF_A_MANIFEST)
        why = (
            f"the project's for_each make more than {MOST_EXPANDED:,} values together"
            if self._expanded > MOST_EXPANDED
            else next(filter(None, map(too_much, map(list, pairs))), "")
        )
        if why:
            self._report.error("for-each", why, node.source(document.file), "use fewer, or shorter ones")
            return
        for key, item in pairs:
            yield {"key": key, "value": item}

    def _manifest(self, document: Document, scope: Scope) -> Manifest | None:
        kind = KINDS[document.kind]
        connection = self._metadata(document, "connection", scope, required=bool(kind.object))
        name = self._metadata(document, "name", scope, required=True)
        known = ("connection", "name", "lifecycle", "moved_from") if kind.object else ("connection", "name")
        unknown_keys(document.metadata, known, document.file, self._report)
        if connection and connection not in self._connections:
            place = find(document.metadata, ("connection",)).source(document.file)
            self._report.error(
                "unknown-connection", f"the environment {scope['environment']} has no connection {shown(connection)}",
                place, did_you_mean(connection, self._connections),
            )  # fmt: skip
        if connection is None or name is None:
            # the rest can still be looked at
            self._spec(kind, document, scope, "")
            return None
        if connection in self._connections:
            scope = {**scope, "connection": self._connections[connection]}
        address = str(Address(connection, kind.name, name))
        return Manifest(
            kind.name,
            name,
            connection,
            self._spec(kind, document, scope, address),
            document.spec,
            document.source,
            self._lifecycle(kind, document, scope),
            self._moved_from(kind, document, scope),
        )

    def _lifecycle(self, kind: Kind, document: Document, scope: Scope) -> Lifecycle:
        node = _field(document.metadata, "lifecycle")
        if node is None:
            return NO_LIFECYCLE
        failed: list[Path] = []
        value = self._rendered(node, scope, document.file, (), failed)
        found = fitted(Lifecycle, value, node, document.file, self._report, failed) or NO_LIFECYCLE
        known = [name for name, fact in kind.facts.items() if not fact.identity]
        for index, name in enumerate(found.ignore):
            if name not in known:
                place = find(node, ("ignore", index)).source(document.file)
                self._report.error(
                    "unknown-field",
                    f"there is no field {shown(name)} to ignore",
                    place,
                    did_you_mean(name, known),
                )
        return found

    def _moved_from(self, kind: Kind, document: Document, scope: Scope) -> str:
        node = _field(document.metadata, "moved_from")
        if node is not None and kind.fragment:
            self._report.error(
                "wrong-value", f"{kind.name} has no record of its own, so none can move", node.source(document.file),
                "rename it, and remove moved_from",
            )  # fmt: skip
            return ""
        return self._metadata(document, "moved_from", scope, required=False) or ""

    def _metadata(self, document: Document, key: str, scope: Scope, *, required: bool) -> str | None:
        """A name, empty where it may be left out and is, or None after reporting what is wrong."""
        fields = document.metadata.value
        assert isinstance(fields, dict)  # noqa: S101 - `documents` has looked
        if key not in fields:
            if not required:
                return ""
            self._report.error(
                "missing-field",
                f"metadata.{key} is missing",
                document.metadata.source(document.file),
                f"add `{key}:`",
            )
            return None
        failed: list[Path] = []
        value = self._rendered(fields[key], scope, document.file, (), failed)
        if failed:
            return None
        return label(value, f"metadata.{key}", fields[key].source(document.file), self._report) or None

    def _spec(self, kind: Kind, document: Document, scope: Scope, address: str) -> Mapping[str, Json] | None:
        failed: list[Path] = []
        value = self._rendered(document.spec, scope, document.file, (), failed)
        model = fitted(kind.spec, value, document.spec, document.file, self._report, failed)
        whole = model is not None
        model = model or sound_part(kind.spec, value, failed)
        if model is None:
            return None
        spec: Mapping[str, Json] = model.model_dump(exclude_unset=True)
        # a rule between fields means nothing where one of them is missing only because it is wrong
        for finding in kind.findings(spec) if whole else ():
            self._find(finding, document, address)
        for path, unusual, known in unusual_values(kind.spec, spec):
            message = f"{path[-1]}: {shown(unusual)} is not among the values in the API's documents"
            hint = did_you_mean(unusual, known)
            self._find(Finding(path, "unknown-value", message, hint, Severity.WARNING), document, address)
        return spec

    def _find(self, finding: Finding, document: Document, address: str) -> None:
        place = find(document.spec, finding.path).source(document.file)
        self._report.add(
            Problem(finding.severity, finding.rule, finding.message, place, finding.hint, address)
        )

    def _rendered(self, node: Node, scope: Scope, file: str, path: Path, failed: list[Path]) -> Any:  # noqa: ANN401
        """The node's value with its templates done. Where one fails, its path goes to `failed`."""
        match node.value:
            case dict() as fields:
                return {k: self._rendered(n, scope, file, (*path, k), failed) for k, n in fields.items()}
            case list() as items:
                return [self._rendered(n, scope, file, (*path, i), failed) for i, n in enumerate(items)]
            case str() as text if is_template(text):
                try:
                    return self._templates.value(text, scope)
                except TemplateFault as fault:
                    self._report.error(fault.rule, fault.message, node.source(file), fault.hint)
                    failed.append(path)
                    return None
            case value:
                return value


def _field(node: Node, key: str) -> Node | None:
    return node.value.get(key) if isinstance(node.value, dict) else None
