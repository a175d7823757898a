"""The judge of our workflows' expressions is held against what GitHub documents."""

from __future__ import annotations

import pytest

from tests.workflows.expressions import evaluated, interpolated

CONTEXT = {
    "github": {"ref": "refs/heads/main", "event": {"pull_request": {"user": {"login": "dependabot[bot]"}}}},
    "vars": {"ENVIRONMENTS": '["staging", "production"]'},
    "inputs": {},
    "job": {"failed": False},
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("github.ref == 'refs/heads/main'", True),
        ("github.ref == 'REFS/heads/main'", True),
        ("github.event.pull_request.user.login != 'dependabot[bot]'", False),
        ("fromJSON(vars.ENVIRONMENTS || '[]')", ["staging", "production"]),
        ("fromJSON(vars.NONE || '[\"demo\"]')", ["demo"]),
        ("inputs.allow || 'none'", "none"),
        ("format('[\"{0}\"]', github.ref)", '["refs/heads/main"]'),
        ("always() && inputs.none", None),
        ("!success() || (1 == 1 && 'it''s')", "it's"),
        ("github.event.nobody.knows == ''", True),
    ],
)
def test_an_expression_has_the_value_that_github_gives_it(expression: str, value: object) -> None:
    assert evaluated(expression, CONTEXT) == value


def test_text_around_an_expression_makes_text_of_it() -> None:
    assert interpolated("apply-${{ github.ref }}-${{ inputs.none }}", CONTEXT) == "apply-refs/heads/main-"


@pytest.mark.parametrize(
    "expression", ["github.ref ~ 'x'", "unknown()", "nowhere.at.all", "github.ref github.ref"]
)
def test_what_is_not_understood_is_no_value(expression: str) -> None:
    with pytest.raises((AssertionError, KeyError)):
        evaluated(expression, CONTEXT)
