"""`schema` and `explain`: what may stand in a manifest, derived from the kinds."""

from __future__ import annotations

import json
import textwrap
from difflib import get_close_matches

import click

from reconciler.cli import completing
from reconciler.cli.main import Settings
from reconciler.errors import UsageError
from reconciler.kinds import DOCUMENTS, document_schema, explained
from reconciler.render.kinds import kinds_markdown


@click.command("schema")
@click.pass_obj
def schema_command(settings: Settings) -> None:
    """Print the JSON Schema of the manifests, for editors.

    `init` writes it as schema.json, and names it in the first line of each file, where editors with YAML support
    look for it: # yaml-language-server: $schema=schema.json
    """
    settings.output.result(schema_text())


def schema_text() -> str:
    return json.dumps(document_schema(), indent=2)


@click.command("explain")
@click.argument("what", metavar="KIND[.FIELD]", required=False, shell_complete=completing.fields)
@click.option(
    "--format", "form", type=click.Choice(["text", "markdown"]), default="text", show_default=True,
    help="markdown is a page of all kinds.",
)  # fmt: skip
@click.pass_obj
def explain_command(settings: Settings, what: str | None, form: str) -> None:
    """Say what a field is, its type, and whether it can be read back."""
    if form == "markdown":
        if what:
            raise UsageError("markdown is a page of all kinds", hint="leave out KIND, or --format markdown")
        settings.output.result(kinds_markdown())
        return
    if not what:
        rows = [f"{name:<16} {doc}" for name, doc in DOCUMENTS.items()]
        settings.output.result(
            "\n".join(["Kinds:", *rows, "", "reconciler explain KIND says more about one."])
        )
        return
    kind, *path = what.split(".")
    if kind not in DOCUMENTS:
        raise _unknown(f"no kind is called {kind!r}", kind, list(DOCUMENTS))
    lines = explained(kind)
    if not path:
        settings.output.result(
            f"{kind}: {DOCUMENTS[kind]}\n\n" + "\n".join(_row(name, text) for name, text in lines.items())
        )
        return
    name = ".".join(path)
    if name not in lines:
        raise _unknown(f"{kind} has no field {name!r}", name, list(lines))
    inner = {n: t for n, t in lines.items() if n == name or n.startswith(f"{name}.")}
    settings.output.result("\n".join(_row(n, t) for n, t in inner.items()))


def _row(name: str, text: str) -> str:
    return f"{name}\n" + textwrap.indent(textwrap.fill(text, 74), "    ")


def _unknown(message: str, word: str, known: list[str]) -> UsageError:
    close = get_close_matches(word, known, n=1)
    return UsageError(
        message, hint=f"did you mean {close[0]}?" if close else f"there are: {', '.join(known)}"
    )
