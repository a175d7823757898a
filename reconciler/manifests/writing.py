"""Manifests as YAML text that means the same in YAML 1.1, in 1.2, and to this program."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from reconciler.manifests.yaml_reader import HIDDEN_BREAK

_WIDTH = 100
# what YAML 1.2 takes for a number and 1.1 for text
_NUMBER = re.compile(r"[-+]?(?:0o[0-7]+|(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)")


class _Dumper(yaml.SafeDumper):
    """Block style, lists indented below their key, no aliases."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002 - the library's own signature
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, indentless=False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = None
    if HIDDEN_BREAK.search(value):
        style = '"'  # escaped there, and nowhere else
    elif _NUMBER.fullmatch(value) or value.startswith("="):
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(documents: Sequence[Mapping[str, Any]]) -> str:
    """The documents in one text, `---` between them. Keys stay in their order."""
    return yaml.dump_all(
        documents,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=_WIDTH,
        explicit_start=len(documents) > 1,
    )
