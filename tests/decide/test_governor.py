"""What a correction of drift holds back: tables of histories, and laws over long fights with somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from reconciler.changes import Cause, Create, Evidence, FieldChange, Objection, SignMoved, Update
from reconciler.governor import CORRECTION, LONGEST, Held, Reason, Rules, govern, paths, pause
from reconciler.guards import Limits
from reconciler.kinds import ObjectType
from reconciler.pipeline import Question, make_plan
from reconciler.plan import Plan
from reconciler.resources import Address, Observed
from reconciler.state import HistoryEntry, Intent, State
from reconciler.values import MISSING, Json, Maybe, get_path, same, uuid_of
from tests.decide.test_decide import CONNECTION, PULL, SYNC, live, record, wish

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
RULES = Rules()


def text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def drifted(before: Maybe = "30 minutes", *, path: str = "check_on", sign: Json = None) -> FieldChange:
    moved = SignMoved("trigger_condition_text", "(A)", sign) if sign else None
    cause = Cause.SUSPECT if sign else Cause.DRIFT
    return FieldChange(path, cause, Evidence.OBSERVED, before, "4 hours", "4 hours", sign=moved)


def drift(*fields: FieldChange, now: datetime = NOW) -> Plan:
    changes = (Update(SYNC, "u1", Cause.DRIFT, fields or (drifted(),)),)
    return Plan("books", "https://x", "drift", "l", 1, text(now), "", changes=changes)


def entry(
    ago: timedelta,
    before: Maybe = "30 minutes",
    *,
    outcome: str = "verified",
    after: str = "4 hours",
    by: str = CORRECTION,
    action: str = "update",
    status: str = "",
    sign: Json = None,
    path: str = "check_on",
) -> HistoryEntry:
    field: dict[str, Json] = {"path": path, "cause": "drift", "after": after}
    field |= {} if before is MISSING else {"before": before}
    field |= {"outcome": outcome} if outcome else {}
    field |= {"by": by} if by else {}
    field |= {"sign": sign} if sign else {}
    ended = status or ("done" if outcome else "failed")
    return HistoryEntry(text(NOW - ago), "ada", "", "p", "r", SYNC, action, ended, "", [field])


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


RELEASED = HistoryEntry(text(NOW - minutes(1)), "ada", "", "", "r", SYNC, "release", "done", "", [])
FAILED = [entry(minutes(31), outcome=""), entry(minutes(46), outcome="")]
FLAPPED = [entry(minutes(m), before) for m, before in ((100, "a"), (200, "b"), (300, "c"))]


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param([], None, id="never tried"),
        pytest.param([entry(minutes(14))], Reason.BACKING_OFF, id="tried a moment ago"),
        pytest.param([entry(minutes(15))], None, id="the first pause is over"),
        pytest.param([entry(minutes(14), "1 hour")], None, id="that was another drift"),
        pytest.param([entry(minutes(14), path="code")], None, id="that was another field"),
        pytest.param([entry(minutes(29), outcome=""), entry(minutes(44), outcome="")], Reason.BACKING_OFF, id="twice"),
        pytest.param(FAILED, None, id="the second pause is over"),
        pytest.param([entry(minutes(1), status="not tried", outcome="")], None, id="nothing was sent then"),
        pytest.param([entry(minutes(1), status="unknown", outcome="")], Reason.BACKING_OFF, id="no answer came"),
        pytest.param([entry(minutes(1), by="")], None, id="that was a person"),
        pytest.param([entry(minutes(1), by="rollback")], None, id="that was a rollback"),
        pytest.param([entry(minutes(1), after="1 hour")], None, id="something else was wanted then"),
        pytest.param([RELEASED, entry(minutes(2))], None, id="released"),
        pytest.param([RELEASED, *FLAPPED], None, id="released from quarantine"),
        pytest.param(FLAPPED, Reason.QUARANTINED, id="put back three times"),
        pytest.param(FLAPPED[:2], None, id="put back twice"),
        pytest.param([entry(minutes(1), by=""), *FLAPPED], None, id="a person has settled it"),
        pytest.param([replace(e, status="failed", fields=[{**e.fields[0], "outcome": "dropped"}]) for e in FLAPPED],  # type: ignore[index,dict-item]
                     None, id="never really put back"),
        pytest.param([entry(timedelta(hours=h), str(h)) for h in (1, 14, 27)], None, id="slower than the window"),
        pytest.param([entry(timedelta(days=d), str(d)) for d in (200, 200.2, 200.4)], Reason.QUARANTINED, id="lasts"),
        pytest.param([entry(-timedelta(days=3650))], None, id="a clock was ten years ahead"),
        pytest.param([entry(timedelta(days=3)), *(entry(timedelta(days=3, minutes=m)) for m in (15, 30))],
                     Reason.QUARANTINED, id="the same one is a flap as well"),
    ],
)  # fmt: skip
def test_the_history_of_a_field_decides(history: list[HistoryEntry], expected: Reason | None) -> None:
    held = govern(drift(), {SYNC: history}, RULES)
    assert [h.reason for h in held] == ([expected] if expected else [])
    assert all((h.address, h.path) == (SYNC, "check_on") for h in held)


def test_the_pause_doubles_up_to_a_day() -> None:
    quarter = timedelta(minutes=15)
    told = [pause(n, quarter) for n in range(1, 10)]
    assert told[:4] == [minutes(15), minutes(30), minutes(60), minutes(120)]
    assert told[-1] == pause(10**9, quarter) == timedelta(days=1)


def test_it_says_when_it_will_be_tried_again_and_since_when_it_is_not() -> None:
    (waiting,) = govern(drift(), {SYNC: [entry(minutes(5))]}, RULES)
    assert (waiting.until, waiting.since) == (text(NOW + minutes(10)), "")
    (left,) = govern(drift(), {SYNC: FLAPPED}, RULES)
    assert (left.until, left.since) == ("", text(NOW - minutes(100)))
    assert f"--release {SYNC}" in left.hint


def test_what_cannot_be_read_is_known_by_its_sign() -> None:
    suspect = drifted("old", sign="(B)")
    tried = entry(minutes(1), "old", sign="(B)", outcome="accepted")
    assert govern(drift(suspect), {SYNC: [tried]}, RULES)[0].reason is Reason.BACKING_OFF
    assert not govern(drift(drifted("old", sign="(C)")), {SYNC: [tried]}, RULES)


def test_each_field_of_an_object_is_judged_alone() -> None:
    plan = drift(drifted(), drifted("X", path="code"))
    assert paths(govern(plan, {SYNC: [entry(minutes(1))]}, RULES)) == {SYNC: {"check_on"}}


def gone(address: Address, *fields: FieldChange) -> Create:
    return Create(address, cause=Cause.DRIFT, fields=fields or (drifted(MISSING),))


def test_an_object_that_is_gone_is_made_whole_or_not_at_all_and_what_names_it_waits() -> None:
    """A reference to an object that is not made would be sent as the uuid that is gone."""
    names_it = replace(drifted("u9", path="perform_action"), after=uuid_of(str(PULL)), recorded="u0")
    plan = replace(
        drift(drifted(), names_it), changes=(Update(SYNC, fields=(drifted(), names_it)), gone(PULL))
    )
    tried = replace(entry(minutes(1), MISSING, action="create"), address=PULL)
    held = govern(plan, {PULL: [tried]}, RULES)
    assert {(h.address, h.path, h.reason) for h in held} == {
        (PULL, "", Reason.BACKING_OFF),
        (SYNC, "perform_action", Reason.WAITS),
    }
    assert not govern(plan, {}, RULES)


@pytest.mark.parametrize(
    ("mode", "own", "expected"),
    [
        ("correct", "", None),
        ("warn", "", Reason.WARN),
        ("off", "", Reason.OFF),
        ("correct", "warn", Reason.WARN),
        ("correct", "off", Reason.OFF),
        ("warn", "correct", None),
        ("warn", "off", Reason.OFF),
        ("off", "correct", Reason.OFF),
    ],
)
def test_the_environment_says_off_for_all_and_an_object_the_rest_for_itself(
    mode: str, own: str, expected: Reason | None
) -> None:
    held = govern(drift(), {}, Rules(mode=mode, modes={SYNC: own}))
    assert [(h.path, h.reason) for h in held] == ([("", expected)] if expected else [])


@pytest.mark.parametrize(
    ("guard", "lifted", "expected"),
    [
        ("protect", (), [Reason.GUARD]),
        ("allow_create", (), [Reason.GUARD]),
        ("protect", ("protect",), []),
        ("max_changes", (), []),  # about the whole: it refuses all, later
    ],
)
def test_a_guard_about_one_object_holds_that_one_back(
    guard: str, lifted: tuple[str, ...], expected: list[Reason]
) -> None:
    plan = replace(drift(), objections=(Objection(guard, "no", (SYNC,)),))
    assert [h.reason for h in govern(plan, {}, Rules(lifted=frozenset(lifted)))] == expected


@dataclass(frozen=True)
class Step:
    """So much later live has this value, and a correction would end so."""

    wait: timedelta
    value: str
    outcome: str
    by_hand: bool = False


STEPS = st.lists(
    st.builds(
        Step,
        st.integers(0, 3000).map(minutes),
        st.sampled_from("abc"),
        st.sampled_from(["verified", "dropped", ""]),
        st.integers(0, 9).map(lambda n: n == 0),
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_no_drift_is_tried_more_than_once_in_a_pause_and_no_flapping_field_is_fought(
    steps: list[Step],
) -> None:
    """An independent count of what was sent judges: pauses by value, flaps by time, both anew after a person."""
    now = NOW
    history: list[HistoryEntry] = []
    sent: list[tuple[datetime, str, bool]] = []
    for step in steps:
        now += step.wait
        if step.by_hand:
            history.insert(0, entry(NOW - now, step.value, by=""))
            sent.clear()
            continue
        held = govern(drift(drifted(step.value), now=now), {SYNC: history}, RULES)
        same_value = [at for at, value, _ in sent if value == step.value]
        healed = [at for at, _, good in sent if good]
        flapping = any(b - a <= timedelta(days=1) for a, b in zip(healed, healed[2:], strict=False))
        if not held:
            assert not flapping
            assert not same_value or now - same_value[-1] >= minutes(15)
            if len(same_value) > 1 and same_value[-1] - same_value[-2] <= 2 * LONGEST:
                assert now - same_value[-1] >= minutes(30)
            history.insert(0, entry(NOW - now, step.value, outcome=step.outcome))
            sent.append((now, step.value, step.outcome == "verified"))
        else:
            assert flapping or (same_value and now - same_value[-1] < LONGEST)


class Seen:
    """A reading of live, taken earlier."""

    def __init__(self, *observed: Observed) -> None:
        self._observed = {o.uuid: o for o in observed}

    def objects(self, _object_type: ObjectType, _connection: str) -> Mapping[str, Observed]:
        return self._observed

    def object(self, _object_type: ObjectType, _connection: str, uuid: str) -> Observed | None:
        return self._observed.get(uuid)


VALUES = st.sampled_from(["1 hour", "4 hours", "8 hours"])
LEAVES = ("check_on", "code", "display_name", "additional_criteria_details")


@given(
    desired=st.fixed_dictionaries({}, optional=dict.fromkeys(LEAVES[:3], VALUES)),
    recorded=st.fixed_dictionaries({}, optional=dict.fromkeys(LEAVES[:3], VALUES)),
    observed=st.fixed_dictionaries({}, optional=dict.fromkeys(LEAVES[:3], VALUES)),
    held=st.sets(st.sampled_from(LEAVES)),
    sign=st.sampled_from(["(A)", "(B)"]),
)
def test_what_is_sent_is_what_was_last_applied_and_nothing_that_is_held_back(
    desired: dict[str, Any], recorded: dict[str, Any], observed: dict[str, Any], held: set[str], sign: str
) -> None:
    criteria: Json = [{"rules": []}]
    old = record(
        SYNC,
        signs={"trigger_condition_text": "(A)"},
        name="S",
        additional_criteria_details=criteria,
        **recorded,
    )
    question = Question(
        "books", "https://x", {"xero-au": CONNECTION}, [wish(name="S", **desired)], Limits(), prune=True,
        created_at=text(NOW), mode="drift", held={SYNC: frozenset(held)},
    )  # fmt: skip
    seen = live(name="S", trigger_condition_text=sign, **observed)
    plan = make_plan(question, State("l", 1, {SYNC: old}), Seen(seen))
    for change in plan.changes:
        assert isinstance(change, Update)
        assert {f.path for f in change.fields} & held == set()
        assert all(same(f.after, old.fields[f.path].value) for f in change.fields)
        for request in change.requests:
            details = get_path(request.body or {}, ("integration", "automation_details"))
            shown = {f.path: f.after for f in change.fields if f.path != "additional_criteria_details"}
            assert (dict(details) if details else {}) == shown  # type: ignore[arg-type]


def test_a_doubt_about_what_is_held_back_stays_a_doubt() -> None:
    """Live has not told what became of a write that cannot be read, so its intent is not closed."""
    old = record(SYNC, name="S", additional_criteria_details=[])
    intent = Intent("i1", "r", SYNC, "update", text(NOW), [{"method": "PATCH", "path": "/", "body": {}}])
    state = State("l", 1, {SYNC: old}, {"i1": intent})
    seen = Seen(live(name="S"))
    question = Question(
        "books", "https://x", {"xero-au": CONNECTION}, [], Limits(), prune=False, created_at=text(NOW), mode="drift"
    )  # fmt: skip
    assert [f.cause for c in make_plan(question, state, seen).changes for f in c.fields] == [Cause.SUSPECT]
    kept = replace(question, held=paths([Held(SYNC, "additional_criteria_details", Reason.WARN, "")]))
    assert make_plan(kept, state, seen).idle
