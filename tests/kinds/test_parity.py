"""Schema and model accept and refuse the same documents, over generated ones of every kind.

What a schema cannot know is left out by the rule that tells it: whatever needs another document or the record
(`ELSEWHERE`), what a template comes to, whether a time zone exists, how a scalar is spelled (a key twice, `0x10`,
`1.0` for 1), sizes beyond which a file is refused, and a `for_each` without elements, whose document says nothing.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, event, given, settings, strategies as st
from jsonschema import Draft202012Validator

from reconciler.errors import ProjectInvalid, Severity, UsageError
from reconciler.kinds import KINDS, SPECS, document_schema
from reconciler.manifests import load
from tests.kinds.documents import CONNECTION, Document, at, changed, documents, of_kind, places

ELSEWHERE = frozenset(
    {
        "unresolved-reference", "reference-cycle", "unknown-connection", "unknown-environment", "missing-project",
        "duplicate-document", "duplicate-address", "duplicate-connection", "duplicate-field", "moved-from",
    }
)  # fmt: skip
VALIDATOR = Draft202012Validator(document_schema())
PROJECT: Document = {"apiVersion": "reconciler/v1", "kind": "Project", "metadata": {"name": "p"}, "spec": {}}
ENVIRONMENT: Document = {
    "apiVersion": "reconciler/v1",
    "kind": "Environment",
    "metadata": {"name": "e"},
    "spec": {"api": {"base_url": "emulator://"}, "connections": {CONNECTION: {"uuid": "u1"}}},
}
FAST = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def refusals(document: Document, folder: Path, variables: Document | None = None) -> list[str]:
    """What the program has against it: the rules, and where, without those of `ELSEWHERE`."""
    kind = document.get("kind")
    environment = changed(ENVIRONMENT, ("spec", "variables"), variables or {})
    company = [] if kind == "Environment" else [environment]
    company += [] if kind == "Project" else [PROJECT]
    text = "\n---\n".join(json.dumps(each, ensure_ascii=False) for each in [document, *company])
    (folder / "reconciler.yaml").write_text(text, encoding="utf-8")
    try:
        load(folder)
    except ProjectInvalid as error:
        return [str(p) for p in error.problems if p.severity is Severity.ERROR and p.rule not in ELSEWHERE]
    except UsageError:  # no environment, or none of this name
        return []
    return []


def misfits(document: Document) -> list[str]:
    return [
        f"{'.'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in VALIDATOR.iter_errors(document)
    ]


@pytest.mark.parametrize("kind", SPECS)
@FAST
@given(data=st.data())
def test_the_schema_and_the_program_agree_on_every_document(
    kind: str, data: st.DataObject, tmp_path: Path
) -> None:
    document = data.draw(documents(kind))
    assume(document.get("for_each") not in ([], {}))
    ours, theirs = refusals(document, tmp_path), misfits(document)
    event("refused" if ours else "accepted")
    assert bool(ours) is bool(theirs), f"program: {ours}\nschema: {theirs}"


@pytest.mark.parametrize("kind", KINDS)
@FAST
@given(data=st.data())
def test_where_a_value_may_stand_a_template_that_gives_it_may(
    kind: str, data: st.DataObject, tmp_path: Path
) -> None:
    document = data.draw(of_kind(kind))
    inside = [
        p
        for p in places(document)
        if (p[:1] == ("spec",) and len(p) > 1) or p[:2] == ("metadata", "lifecycle")
    ]
    if refusals(document, tmp_path) or not inside:
        return
    path = data.draw(st.sampled_from(inside))
    templated = changed(document, path, "{{ vars.here }}")
    assert not refusals(templated, tmp_path, {"here": at(document, path)})
    assert not misfits(templated)
