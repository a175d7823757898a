"""YAML 1.2 from libyaml's events: positions, duplicate keys, and bounds on what a stranger may send.

Built from events, not nodes: libyaml's own composer recurses, and 30,000 brackets crash the interpreter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined] # exported, but unknown to the stubs

from reconciler.errors import Source
from reconciler.manifests.nodes import Node
from reconciler.manifests.report import Report, shown
from reconciler.values import Plain

DEEPEST = 64
MOST_VALUES = 1_000_000
_TOO_DEEP = f"values nest more than {DEEPEST} levels deep"
_NOT_NEEDED = "no manifest needs this"
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_ESCAPE = 'write it as an escape inside of double quotes, such as "\\x07"'
# libyaml breaks lines here, as YAML 1.1 does: a comment could end where nobody sees it end
HIDDEN_BREAK = re.compile("[\x85\u2028\u2029]")
_STR = "tag:yaml.org,2002:str"


class _Unreadable(Exception):
    """The rest of the file is not worth reading. Reported already."""


def read(text: str, file: str, report: Report) -> list[Node]:
    """The documents of a file that are not empty, up to the first place where it is no YAML any more."""
    builder = _Builder(file, report)
    if found := HIDDEN_BREAK.search(text):
        report.error(
            "yaml-syntax",
            "a line break that editors do not show",
            _place_in(text, found.start(), file),
            _ESCAPE,
        )
        return []
    try:
        parser = CParser(text)
        while not isinstance(event := parser.get_event(), yaml.StreamEndEvent):
            builder.take(event)
    except _Unreadable:
        pass
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Source(file, mark.line + 1, mark.column + 1) if mark else Source(file, 1, 1)
        said = " ".join(part for part in (error.context, error.problem) if part)
        if "nesting depth" in said:  # libyaml reads ahead of its events, with a bound of its own
            report.error("yaml-depth", _TOO_DEEP, place, _NOT_NEEDED)
        else:
            report.error("yaml-syntax", f"this is no YAML: {said}", place, _hint(said))
    except yaml.YAMLError:
        _report_character(text, file, report)
    return builder.documents


def _hint(said: str) -> str:
    if "tab" in said or "cannot start any token" in said:
        return "indent with spaces; quote a value that begins with a special character"
    if "mapping values are not allowed" in said:
        return "quote a value that holds ': '"
    return ""


def _report_character(text: str, file: str, report: Report) -> None:
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    place = _place_in(text, found.start() if found else 0, file)
    report.error("yaml-syntax", "a control character that YAML does not allow", place, _ESCAPE)


def _place_in(text: str, at: int, file: str) -> Source:
    return Source(file, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def is_plain(event: Any) -> bool:  # noqa: ANN401 - the library's events have no common type
    """Whether a scalar stands without quotes, so that the field that takes it says what it means."""
    return not event.style and event.tag is None


def is_null(event: Any) -> bool:  # noqa: ANN401
    return is_plain(event) and event.value in _NULL


@dataclass(slots=True)
class _Open:
    """A collection whose end is not reached. `key` is the one that waits for its value."""

    node: Node
    anchor: str
    key: str | None = None
    has_key: bool = False
    merging: bool = False
    merges: list[Node] = field(default_factory=list)


class _Builder:
    def __init__(self, file: str, report: Report) -> None:
        self.documents: list[Node] = []
        self._file = file
        self._report = report
        self._stack: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}
        self._values = 0

    def take(self, event: Any) -> None:  # noqa: ANN401 - the library's events have no common type
        match event:
            case yaml.ScalarEvent():
                if event.tag is not None:
                    self._refuse_tag(event)
                self._add(self._scalar(event), event.anchor)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._open(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._close()
            case yaml.AliasEvent():
                self._alias(event)
            case yaml.DocumentStartEvent():
                self._anchors = {}
            case _:
                pass

    def _place(self, event: Any) -> Source:  # noqa: ANN401
        return Source(self._file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _stop(self, rule: str, message: str, place: Source, hint: str) -> _Unreadable:
        self._report.error(rule, message, place, hint)
        return _Unreadable()

    def _refuse_tag(self, event: Any) -> None:  # noqa: ANN401
        if event.tag not in (None, "!", _STR) or (
            event.tag == _STR and not isinstance(event, yaml.ScalarEvent)
        ):
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._report.error(
                "yaml-tag", f"the tag {shown(tag)} is not read here", self._place(event), "remove it"
            )

    def _scalar(self, event: Any) -> Node:  # noqa: ANN401
        mark, text = event.start_mark, event.value
        value = None if is_null(event) else Plain(text) if is_plain(event) else text
        return Node(value, mark.line + 1, mark.column + 1)

    def _open(self, event: Any) -> None:  # noqa: ANN401
        if event.tag is not None:
            self._refuse_tag(event)
        if len(self._stack) >= DEEPEST:
            raise self._stop("yaml-depth", _TOO_DEEP, self._place(event), _NOT_NEEDED)
        if self._waits_for_key():
            raise self._stop(
                "yaml-key", "a key must be a word, not a collection", self._place(event), "quote the key"
            )
        mark = event.start_mark
        node = Node({} if isinstance(event, yaml.MappingStartEvent) else [], mark.line + 1, mark.column + 1)
        if event.anchor:
            self._anchors[event.anchor] = None
        self._stack.append(_Open(node, event.anchor or ""))

    def _waits_for_key(self) -> bool:
        return (
            bool(self._stack) and isinstance(self._stack[-1].node.value, dict) and not self._stack[-1].has_key
        )

    def _alias(self, event: Any) -> None:  # noqa: ANN401
        place = self._place(event)
        if event.anchor not in self._anchors:
            raise self._stop(
                "yaml-alias", f"no anchor is named {shown(event.anchor)}", place, "check its name"
            )
        node = self._anchors[event.anchor]
        if node is None:
            raise self._stop(
                "yaml-cycle", f"*{event.anchor} stands inside of itself", place, "write the value out"
            )
        if len(self._stack) + node.height > DEEPEST:
            raise self._stop("yaml-depth", _TOO_DEEP, place, "use fewer aliases")
        self._add(node, None)

    def _add(self, node: Node, anchor: str | None) -> None:
        """Put a finished value where it belongs: a key, a field, an item, or the document itself."""
        if anchor:
            self._anchors[anchor] = node
        self._values += node.size
        if self._values > MOST_VALUES:
            raise self._stop(
                "yaml-size", f"more than {MOST_VALUES:,} values, aliases expanded", node.source(self._file),
                "split the file; use fewer aliases",
            )  # fmt: skip
        if not self._stack:
            if node.value is not None:
                self.documents.append(node)
            return
        parent = self._stack[-1]
        inside = parent.node.value
        if isinstance(inside, list):
            inside.append(node)
            _grow(parent.node, node)
        elif parent.has_key:
            self._field(parent, node)
        else:
            self._key(parent, node)

    def _key(self, parent: _Open, node: Node) -> None:
        parent.has_key, parent.key, parent.merging = True, None, False
        if not isinstance(node.value, str) or not node.value:
            place = node.source(self._file)
            self._report.error("yaml-key", "a key must be a word", place, "quote it if it is meant as text")
            return
        key = str(node.value)
        if key in parent.node.keys:
            first = parent.node.keys[key]
            self._report.error(
                "duplicate-key", f"{shown(key)} stands twice in one mapping, first in line {first[0]}",
                node.source(self._file), "keep one of them",
            )  # fmt: skip
            return
        parent.key = key
        parent.merging = key == "<<" and isinstance(node.value, Plain)
        parent.node.keys[key] = (node.line, node.column)

    def _field(self, parent: _Open, node: Node) -> None:
        parent.has_key = False
        fields = parent.node.value
        if parent.key is None or not isinstance(fields, dict):
            return
        if parent.merging:
            parent.merges.extend(self._merged(node))
        else:
            fields[parent.key] = node
        _grow(parent.node, node)

    def _merged(self, node: Node) -> list[Node]:
        sources = node.value if isinstance(node.value, list) else [node]
        if all(isinstance(source.value, dict) for source in sources):
            return sources
        self._report.error(
            "yaml-merge", "<< takes a mapping, or a list of mappings", node.source(self._file),
            "quote the key if it is meant as text",
        )  # fmt: skip
        return []

    def _close(self) -> None:
        done = self._stack.pop()
        for source in done.merges:
            assert isinstance(source.value, dict)  # noqa: S101 - checked when it was read
            assert isinstance(done.node.value, dict)  # noqa: S101 - only a mapping merges
            for key, node in source.value.items():
                if key not in done.node.value:
                    done.node.value[key] = node
                    done.node.keys[key] = source.keys[key]
        # what stands within was counted when it was added
        self._values -= done.node.size - 1
        self._add(done.node, done.anchor)


def _grow(parent: Node, child: Node) -> None:
    parent.size += child.size
    if child.height >= parent.height:
        parent.height = child.height + 1
