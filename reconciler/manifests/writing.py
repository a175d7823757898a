"""Manifests, and single values, as YAML text that means the same in YAML 1.1, in 1.2, and to this program."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import yaml

from reconciler.manifests.yaml_reader import HIDDEN_BREAK

_WIDTH = 100
# what YAML 1.2 takes for a number and 1.1 for text
_NUMBER = re.compile(r"[-+]?(?:0o[0-7]+|(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)")

NEEDS_SINGLE = re.compile(r'["\\\n]')
"""What double quotes could only hold escaped."""


class _Dumper(yaml.SafeDumper):
    """Block style, lists indented below their key, no aliases."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002 - the library's own signature
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, indentless=False)

    def choose_scalar_style(self) -> str:
        """The same quotes as `fmt` writes."""
        style = str(super().choose_scalar_style())
        return '"' if style == "'" and not NEEDS_SINGLE.search(getattr(self.event, "value", "")) else style


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = None
    if HIDDEN_BREAK.search(value) or not value.replace("\n", "").isprintable():
        style = '"'  # escaped there, and nowhere else
    elif _NUMBER.fullmatch(value) or value.startswith("="):
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(documents: Sequence[Mapping[str, Any]]) -> str:
    """The documents in one text, `---` between them. Keys stay in their order."""
    text = yaml.dump_all(
        documents,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=_WIDTH,
        explicit_start=len(documents) > 1,
    )
    # what turns or hides text around it: the library writes it as it is, and it stands in double quotes alone
    return "".join(c if c.isprintable() or c == "\n" else _escaped(ord(c)) for c in text)


def spellings(value: str | bool | None, style: str | None) -> Iterator[str]:
    """A scalar on one line, in the style that is wished for where that can say it, then in surer ones.

    `style` is a quote, or anything else for none. Without quotes only where every YAML reader agrees.
    """
    if value is None or isinstance(value, bool):
        yield json.dumps(value)
        return
    if style == "'" and value.isprintable():
        yield "'" + value.replace("'", "''") + "'"
    elif style != '"' and (plain := plain_spelling(value)):
        yield plain
    yield _double(value)


@lru_cache(maxsize=10_000)
def plain_spelling(text: str) -> str:
    """The text as it is, or nothing where it needs quotes."""
    if not text.isprintable() or not text:
        return ""
    told = yaml.dump(text, Dumper=_Dumper, allow_unicode=True, width=len(text) + 80)
    return text if told in (f"{text}\n", f"{text}\n...\n") else ""


def _double(text: str) -> str:
    inner = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else _escaped(ord(c)) for c in inner)


def _escaped(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004
