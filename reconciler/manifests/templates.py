"""Templates inside of scalar values: compiled once per distinct text, their values remembered.

Applied after the YAML is read, so that a value can never change the structure around it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import TemplateSyntaxError, Undefined, UndefinedError, nodes
from jinja2.exceptions import SecurityError

from reconciler.kinds.spec import TEMPLATE
from reconciler.manifests.sandbox import LONGEST_RESULT, MOST_VALUES, SCOPE, Sandbox, TemplateFault, checked
from reconciler.values import Json

_OPENING = re.compile(TEMPLATE)
_WHOLE = re.compile(r"\s*\{\{[-+]?(.*?)[-+]?\}\}\s*", re.DOTALL)

Scope = Mapping[str, Any]
"""The names that a template sees, of `sandbox.SCOPE`."""


def is_template(text: str) -> bool:
    return _OPENING.search(text) is not None


@dataclass(frozen=True, slots=True)
class _Compiled:
    names: frozenset[str]
    run: Callable[[Scope], object]


class Templates:
    """Compiles and runs the templates of one project."""

    def __init__(self) -> None:
        self._sandbox = Sandbox()
        self._compiled: dict[str, _Compiled | TemplateFault] = {}
        self._values: dict[tuple[str, str], Json] = {}

    def value(self, text: str, scope: Scope) -> Json:
        """What `text` comes to: of its own type where it is one whole expression, else text.

        The scope may differ between calls in `connection` and `each` only. Raise TemplateFault.
        """
        compiled = self._compiled.get(text)
        if compiled is None:
            compiled = self._compiled[text] = self._compile(text)
        if isinstance(compiled, TemplateFault):
            raise compiled
        for name in compiled.names:
            if name not in scope:
                raise TemplateFault(
                    "template-undefined", f"{name!r} is not known at this place", _whereabouts(name)
                )
        if "each" in compiled.names:
            return _run(compiled, scope)
        key = (text, str(scope.get("connection", "")))
        if key not in self._values:
            self._values[key] = _run(compiled, scope)
        return self._values[key]

    def _compile(self, text: str) -> _Compiled | TemplateFault:
        try:
            parsed, names = checked(self._sandbox, text)
            whole = _WHOLE.fullmatch(text)
            if whole and _is_one_expression(parsed):
                expression = self._sandbox.compile_expression(whole[1].strip(), undefined_to_none=False)
                return _Compiled(names, lambda scope: expression(**scope))
            template = self._sandbox.from_string(text)
            return _Compiled(names, lambda scope: template.render(**scope))
        except TemplateFault as fault:
            return fault
        except TemplateSyntaxError as error:
            return TemplateFault(
                "template-syntax", f"this is no template: {error.message}", _syntax_hint(text)
            )
        except (RecursionError, MemoryError, SyntaxError, ValueError):
            return TemplateFault("template-refused", "this template nests too deeply", "simplify it")


def _is_one_expression(parsed: nodes.Template) -> bool:
    match parsed.body:
        case [nodes.Output(nodes=[node])]:
            return not isinstance(node, nodes.TemplateData)
        case _:
            return False


def _run(compiled: _Compiled, scope: Scope) -> Json:
    try:
        return _plain(compiled.run(scope), [MOST_VALUES])
    except TemplateFault:
        raise
    except UndefinedError as error:
        raise TemplateFault("template-undefined", str(error), getattr(error, "hint", "")) from None
    except SecurityError:
        raise TemplateFault("template-refused", "this reaches for more than a template may") from None
    except Exception as error:  # noqa: BLE001 - whatever a stranger's expression can raise is the stranger's problem
        raise TemplateFault("template-result", f"this template fails: {error}") from None


def _plain(value: object, left: list[int]) -> Json:
    """The value as plain JSON data of our own, of bounded size."""
    left[0] -= 1
    if left[0] < 0:
        raise TemplateFault("template-refused", f"more than {MOST_VALUES:,} values")
    match value:
        case Undefined():
            str(value)  # raises with the name, if it has one
            raise TemplateFault("template-undefined", "this expression has no value here", "give it an else")
        case str():
            if len(value) > LONGEST_RESULT:
                raise TemplateFault("template-refused", f"more than {LONGEST_RESULT // 1024} KiB of text")
            return str(value)
        case bool() | int() | None:
            return value
        case float() if value - value == 0:
            return value
        case Mapping():
            return {str(key): _plain(item, left) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item, left) for item in value]
        case _:
            raise TemplateFault("template-result", f"no value for a manifest: {type(value).__name__}")


def _whereabouts(name: str) -> str:
    if name == "each":
        return "`each` is known in documents that have for_each"
    known = ", ".join(word for word in SCOPE if word not in ("each", name))
    return f"{name} is known under spec, of a document that has a connection; everywhere: {known}"


def _syntax_hint(text: str) -> str:
    return "close every {{ with }}" if text.count("{{") != text.count("}}") else 'literal braces: {{ "{{" }}'
