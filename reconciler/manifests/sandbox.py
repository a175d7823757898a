"""What a template may do: read the values in scope, choose, and join text. Nothing that runs long or reaches out.

Jinja2's sandbox keeps templates from the interpreter. It bounds neither time nor memory, so that loops,
calls and whatever else repeats are refused before they are compiled, and the rest works on small values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from functools import wraps
from typing import Any

from jinja2 import StrictUndefined, Undefined, UndefinedError, nodes
from jinja2.filters import FILTERS
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reconciler.manifests.report import did_you_mean

LONGEST_SOURCE = 16 * 1024
LONGEST_RESULT = 64 * 1024
MOST_VALUES = 100_000
MOST_TEXT = 1024 * 1024
_MOST_NODES = 200
_MOST_BITS = 1024
SCOPE = ("connection", "connections", "each", "environment", "vars")
_SIMPLE_FILTERS = (
    "abs", "capitalize", "count", "d", "default", "first", "float", "int", "last", "length", "list", "lower", "max",
    "min", "reverse", "sort", "string", "title", "trim", "unique", "upper",
)  # fmt: skip
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.Name, nodes.Getattr, nodes.Getitem,
    nodes.Slice, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
    nodes.CondExpr, nodes.If, nodes.Tuple, nodes.List, nodes.Dict, nodes.Pair, nodes.Keyword, nodes.Add, nodes.Sub,
    nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos, nodes.Concat,
)  # fmt: skip


def too_much(value: object) -> str:
    """Why a value is more than templates may work on, or nothing: on little, no expression takes long."""
    size, length, waiting = 0, 0, [value]
    while waiting:
        size += 1
        match waiting.pop():
            case str() as text:
                length += len(text)
                if len(text) > LONGEST_RESULT:
                    return f"a text of more than {LONGEST_RESULT // 1024} KiB"
            case Mapping() as fields:
                waiting.extend(fields)
                waiting.extend(fields.values())
            case list() as items:
                waiting.extend(items)
            case _:
                pass
        if length > MOST_TEXT:
            return f"more than {MOST_TEXT // 1024} KiB of text, aliases expanded"
        if size > MOST_VALUES:
            return f"more than {MOST_VALUES:,} values, aliases expanded"
    return ""


class TemplateFault(Exception):
    """Why a template gives no value: a problem's rule, message and hint."""

    def __init__(self, rule: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.hint = hint


class Named(str):
    """A name that is text and has attributes too: `{{ connection }}` and `{{ connection.uuid }}`."""

    __slots__ = ("attributes",)
    attributes: Mapping[str, str]

    @classmethod
    def of(cls, name: str, **more: str) -> Named:
        found = cls(name)
        found.attributes = {"name": name, **more}
        return found


class _UndefinedName(UndefinedError):
    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class Sandbox(ImmutableSandboxedEnvironment):
    """The only environment that templates of manifests see."""

    intercepted_binops = frozenset({"+", "*", "%"})

    def __init__(self) -> None:
        # not optimized: folding constants would run them while compiling
        super().__init__(
            undefined=StrictUndefined,
            optimized=False,
            cache_size=0,
            finalize=_inside_text,
            keep_trailing_newline=True,
        )
        self.globals.clear()
        self.filters = {name: _on_little(FILTERS[name]) for name in _SIMPLE_FILTERS}
        self.filters |= {"replace": _replaced, "join": _joined, "round": _rounded}

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - jinja's own signature
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:  # noqa: ANN401
        """Items of plain values alone: no attribute of any Python object is reachable."""
        known: Mapping[Any, Any] = {}
        match obj:
            case Undefined():
                return obj
            case Mapping():
                known = obj
            case Named() if isinstance(argument, str):
                known = obj.attributes
            case str() | list() | tuple() if isinstance(argument, int | slice):
                try:
                    return obj[argument]
                except IndexError:
                    return self._unknown(str(argument), [])
        return (
            known[argument]
            if argument in known
            else self._unknown(str(argument), [str(key) for key in known])
        )

    def _unknown(self, name: str, known: Sequence[str]) -> Undefined:
        message, hint = f"nothing is named {name!r} there", did_you_mean(name, known)
        return self.undefined(message, name=name, exc=_raiser(hint))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401
        """Only numbers are multiplied: repeating text, or formatting it, can make much out of little."""
        if operator == "+" and isinstance(left, str | list):
            _bounded(len(left) + (len(right) if isinstance(right, Sized) else 0))
            return super().call_binop(context, operator, left, right)
        if not all(isinstance(side, int | float) for side in (left, right)):
            raise TemplateFault("template-refused", f"{operator} takes numbers only", "join text with ~")
        if any(isinstance(side, int) and side.bit_length() > _MOST_BITS for side in (left, right)):
            raise TemplateFault("template-refused", "a number too large to count with")
        return super().call_binop(context, operator, left, right)


def _raiser(hint: str) -> Any:  # noqa: ANN401 - jinja wants a class, and only calls it
    return lambda message: _UndefinedName(message, hint)


def _inside_text(value: Any) -> Any:  # noqa: ANN401 - jinja's own signature
    """How a value is written inside of other text: as YAML would write it."""
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int() | float() | Undefined():
            return value
        case _:
            noun = "null" if value is None else "a list or mapping"
            raise TemplateFault(
                "template-result", f"{noun} cannot stand inside of text", "make the template the whole value"
            )


def _bounded(length: int) -> None:
    if length > LONGEST_RESULT:
        raise TemplateFault(
            "template-refused", f"more than {LONGEST_RESULT // 1024} KiB of text, or as many items"
        )


def _on_little(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)  # keeps what jinja marks on it
    def bounded(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        for value in args:
            if isinstance(value, Sized):
                _bounded(len(value))
        return function(*args, **kwargs)

    return bounded


def _replaced(value: object, old: str, new: str) -> str:
    text = str(value)
    _bounded(len(text) + text.count(str(old)) * len(str(new)))
    return text.replace(str(old), str(new))


def _joined(value: Sequence[object], separator: str = "") -> str:
    texts = [str(_inside_text(item)) for item in value]
    _bounded(sum(map(len, texts)) + len(texts) * len(str(separator)))
    return str(separator).join(texts)


def _rounded(value: float, precision: int = 0) -> float:
    return round(value, max(-15, min(precision, 15)))


def checked(sandbox: Sandbox, source: str) -> tuple[nodes.Template, frozenset[str]]:
    """The parsed template and the names that it reads. Raise TemplateFault for one that may do too much."""
    if len(source) > LONGEST_SOURCE:
        raise TemplateFault("template-refused", f"a template of more than {LONGEST_SOURCE // 1024} KiB")
    if source.rfind("{#") > source.rfind("#}"):
        raise TemplateFault(
            "template-syntax", "this is no template: a comment that does not end", "close it with #}"
        )
    parsed = sandbox.parse(source)
    names = set()
    for count, node in enumerate(_walk(parsed)):
        if count > _MOST_NODES:
            raise TemplateFault("template-refused", "this template does too much", "simplify it")
        if not isinstance(node, _ALLOWED):
            raise TemplateFault("template-refused", f"{_noun(node)} in a template", _hint(node))
        if isinstance(node, nodes.Filter) and node.name not in sandbox.filters:
            hint = did_you_mean(node.name, sandbox.filters)
            raise TemplateFault("template-refused", f"there is no filter {node.name!r} here", hint)
        if isinstance(node, nodes.Name):
            if node.name not in SCOPE:
                raise TemplateFault(
                    "template-undefined", f"nothing is named {node.name!r} in a template",
                    did_you_mean(node.name, SCOPE),
                )  # fmt: skip
            names.add(node.name)
    return parsed, frozenset(names)


def _walk(root: nodes.Node) -> Iterator[nodes.Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.iter_child_nodes())


def _noun(node: nodes.Node) -> str:
    words: dict[type[nodes.Node], str] = {nodes.For: "a loop", nodes.Call: "a call", nodes.Pow: "a power"}
    return words.get(type(node), f"{type(node).__name__.lower()} is not allowed")


def _hint(node: nodes.Node) -> str:
    if isinstance(node, nodes.For):
        return "for_each makes a document for each element"
    return "templates read values, choose with if, and join text"
