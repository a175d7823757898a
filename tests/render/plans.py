"""Plans as hypothesis makes them up, with values that try to get out."""

from __future__ import annotations

from hypothesis import strategies as st

from reconciler.changes import ACTIONS, Cause, Change, Evidence, FieldChange, Objection, Request, SignMoved
from reconciler.errors import Problem, Severity, Source
from reconciler.outcomes import FieldOutcome, Outcome, Result, Status
from reconciler.plan import Plan
from reconciler.resources import Address, Recorded, RecordedField
from reconciler.values import MISSING

ATTACKS = [
    "\x1b[31mred\x1b[0m", "\x1b]8;;http://evil.example\x07here\x1b]8;;\x07", "\x9b2J", "a\rb", "a\nb", "\x7f", "\x00",
    "\u202egpj.exe", "a\u200bb", "\ufeff", "\u2066x\u2069", "\U000e0041", "a\ufe0f", "\u2028::error::x", "\ud800",
    "::error file=x::y", "##[error]x", "  ::set-output name=x::y", "\n::stop-commands::z",
    "`", "```", "`````\n# h", "~~~", "` @you `", "|", "\\|", "a | b | c", "\\", "\\\\|", "</code><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>", "</details>", "<!-- -->", "&lt;", "&#64;you", "@octocat", "#123", "GH-1", "a/b#1",
    "[x](http://evil.example)", "![x](http://evil.example/i.png)", "https://evil.example", "www.evil.example",
    "<http://evil.example>", "# heading", "- item", "1. item", "> quote", "---", "===", "*b*", "_i_", "~s~", "    code",
    "{{ 1 }}", "{% x %}", '"', "'", "''", "null", "true", "", " ", "  x  ", " → ", "4f2c9aa4f2c9aa4f2c9aa4f2c9aa4f2c9aa4f2c9",
    "[bold]x[/bold]", ":smile:", "宽" * 50, "x" * 200, "word " * 60,
]  # fmt: skip

texts = st.one_of(
    st.sampled_from(ATTACKS),
    st.text(max_size=30),
    st.lists(st.sampled_from(ATTACKS), max_size=3).map(" ".join),
)
words = st.from_regex(r"[a-z][a-z0-9-]{0,12}", fullmatch=True)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), texts
)
rules = st.dictionaries(st.sampled_from(["field_name", "operator", "value", "condition"]), texts)
groups = st.fixed_dictionaries({"group_condition": texts, "rules": st.lists(rules, max_size=3)})
rows = st.fixed_dictionaries({"source": texts, "target": texts})
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
values = st.one_of(scalars, st.lists(groups, max_size=3), st.lists(rows, max_size=3), anything)
maybes = st.one_of(st.just(MISSING), values)
addresses = st.builds(Address, words, st.sampled_from(["Automation", "PartnerFunction"]), words) | st.builds(
    Address, words, st.just("Configuration")
)
sources = st.builds(Source, texts, st.integers(1, 9999), st.integers(1, 200))
fields = st.builds(
    FieldChange,
    path=st.sampled_from(
        ["check_on", "additional_criteria_details", "account.export.tax_mapping.mappings", "tag"]
    ),
    cause=st.sampled_from(list(Cause)),
    evidence=st.sampled_from(list(Evidence)),
    before=maybes,
    after=maybes,
    recorded=maybes,
    source=st.none() | sources,
    sign=st.none() | st.builds(SignMoved, texts, values, values),
    inherited=st.booleans(),
)
requests = st.builds(
    Request,
    st.sampled_from(["PATCH", "POST", "DELETE"]),
    texts,
    st.none() | st.dictionaries(texts, values, max_size=3),
)


def changes() -> st.SearchStrategy[Change]:
    return st.one_of(
        [
            st.builds(
                cls,
                address=addresses,
                uuid=texts,
                cause=st.sampled_from(list(Cause)),
                fields=st.lists(fields, max_size=4).map(tuple),
                requests=st.lists(requests, max_size=2).map(tuple),
                precondition=texts,
                depends_on=st.lists(addresses, max_size=2).map(tuple),
                name=texts,
                inherited=st.booleans(),
            )
            for cls in ACTIONS.values()
        ]
    )


records = st.builds(
    Recorded,
    addresses,
    texts,
    st.dictionaries(texts, st.builds(RecordedField, values, values), max_size=2),
    st.dictionaries(texts, values, max_size=2),
)
plans = st.builds(
    Plan,
    environment=texts,
    origin=texts,
    mode=st.sampled_from(["plan", "drift", "rollback"]),
    lineage=texts,
    serial=st.integers(0, 2**63),
    created_at=texts,
    project_commit=texts,
    connections=st.dictionaries(texts, texts, max_size=2),
    changes=st.lists(changes(), max_size=4).map(tuple),
    catch_up=st.lists(records, max_size=2).map(tuple),
    objections=st.lists(
        st.builds(Objection, texts, texts, st.lists(addresses, max_size=2).map(tuple)), max_size=2
    ).map(tuple),
    unchanged=st.integers(0, 10**6),
    base=st.just("") | texts,
)
outcomes = st.lists(
    st.builds(
        Outcome,
        addresses,
        st.sampled_from(list(ACTIONS)),
        st.sampled_from(list(Status)),
        texts,
        st.lists(st.builds(FieldOutcome, texts, st.sampled_from(list(Result)), texts), max_size=3).map(tuple),
    ),
    max_size=5,
)
problems = st.lists(
    st.builds(Problem, st.sampled_from(list(Severity)), texts, texts, sources, texts, texts), max_size=4
)
