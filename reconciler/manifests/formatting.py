"""Manifests in their canonical form: what they mean and what is said in comments stays. Pure.

Every result is read again by the reader that everything else reads with; one that means anything else,
or lacks a comment, is never given out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import yaml

from reconciler.errors import Source
from reconciler.manifests.nodes import Node, untyped
from reconciler.manifests.relayout import relaid, tokens
from reconciler.manifests.report import Report
from reconciler.manifests.yaml_reader import read
from reconciler.values import Plain

ORDER = ("apiVersion", "kind", "for_each", "metadata", "spec")
_BOM = "\ufeff"
_OF_DOCUMENT = (yaml.DocumentStartToken, yaml.DocumentEndToken, yaml.StreamEndToken)
_OPENING = (
    yaml.BlockMappingStartToken, yaml.BlockSequenceStartToken, yaml.FlowMappingStartToken, yaml.FlowSequenceStartToken,
)  # fmt: skip
_CLOSING = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


def formatted(text: str, file: str, report: Report) -> str:
    """The canonical text. Where it is no YAML, or cannot be formatted safely, the same text after a report."""
    body = text.removeprefix(_BOM)
    newline = "\r\n" if "\r\n" in body else "\n"
    body = body.replace("\r\n", "\n")
    was = Report()
    nodes = read(body, file, was)
    if was.failed:
        for problem in was.problems:
            report.add(problem)
        return text
    # an alias may not stand before its anchor: then the keys stay in their order
    for arranged in (_ordered, str):
        found = _attempt(body, arranged)
        if found is not None and (found == body or _says_the_same(nodes, body, found, file)):
            return _BOM * text.startswith(_BOM) + found.replace("\n", newline)
    report.error(
        "not-formatted", "this file cannot be formatted without changing what it says", Source(file, 1, 1),
        "it is left as it is; write it more simply",
    )  # fmt: skip
    return text


def _attempt(body: str, arranged: Callable[[str], str]) -> str | None:
    """Laid out and arranged, or None where what came out is no YAML any more."""
    try:
        laid = relaid(body)
        found = arranged(laid)
        return laid if found == laid else relaid(found)
    except yaml.YAMLError:
        return None


def _says_the_same(nodes: Sequence[Node], body: str, found: str, file: str) -> bool:
    return _same_documents(nodes, found, file) and _comments(found) == _comments(body)


def _same_documents(nodes: Sequence[Node], text: str, file: str) -> bool:
    report = Report()
    found = read(text, file, report)
    return not report.problems and len(found) == len(nodes) and all(map(_same, nodes, found))


def _same(left: Node, right: Node) -> bool:
    match left.value, right.value:
        case dict() as old, dict() as new:
            return old.keys() == new.keys() and all(_same(old[key], new[key]) for key in old)
        case list() as old_items, list() as new_items:
            return len(old_items) == len(new_items) and all(map(_same, old_items, new_items))
        case str() as was, str() as now:
            # without its quotes it must still be text for whatever takes it
            return str(was) == str(now) and (type(was) is type(now) or untyped(Plain(was)) == str(was))
        case was, now:
            return was is None and now is None


def _comments(text: str) -> Counter[str]:
    """What is said outside of all tokens."""
    found: Counter[str] = Counter()
    at = 0
    for token in tokens(text):
        start, end = token.start_mark.index, token.end_mark.index
        gap = text[at:start]
        if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
            header = text[start:end].partition("\n")[0]
            gap += "\n" + header.partition(" #")[2]
        found.update(line.strip().lstrip("#").strip() for line in gap.split("\n") if line.strip())
        at = max(at, end)
    return found


def _ordered(text: str) -> str:
    """The keys of each manifest in the order in which they are read, each with its comments.

    `text` is laid out: the keys of a document begin their lines. What stands above the first key is the
    document's own, as is a comment at its end.
    """
    lines = text.split("\n")
    out, done = [], 0
    for keys, last in _documents(text):
        names = [name for _, name in keys]
        if not {"apiVersion", "kind"} <= set(names):
            continue
        starts = [keys[0][0], *(_with_comments(lines, line) for line, _ in keys[1:])]
        chunks = [lines[a:b] for a, b in zip(starts, [*starts[1:], last], strict=True)]
        ranked = sorted(
            range(len(keys)), key=lambda i: (ORDER.index(names[i]) if names[i] in ORDER else len(ORDER), i)
        )
        out += lines[done : starts[0]]
        for index in ranked:
            out += chunks[index]
        done = last
    return "\n".join([*out, *lines[done:]])


def _with_comments(lines: Sequence[str], line: int) -> int:
    while lines[line - 1].startswith("#"):
        line -= 1
    return line


def _documents(text: str) -> Iterator[tuple[list[tuple[int, str]], int]]:
    """Of each document that is a block mapping: line and name of its keys, and the line after its last value."""
    inside: list[Any] = []
    keys: list[tuple[int, str]] = []
    last, is_key = 0, False
    for token in tokens(text):
        if isinstance(token, _OPENING):
            inside.append(type(token))
        elif isinstance(token, _CLOSING):
            del inside[-1:]  # a stray bracket closes nothing
        elif isinstance(token, yaml.KeyToken):
            is_key = inside == [yaml.BlockMappingStartToken]
        elif isinstance(token, yaml.ScalarToken) and is_key:
            keys.append((token.start_mark.line, str(token.value)))
            is_key = False
        if isinstance(token, _OF_DOCUMENT):
            if keys:
                yield keys, last
            keys = []
        elif not isinstance(token, yaml.BlockEndToken):
            last = token.end_mark.line + (token.end_mark.column > 0)
