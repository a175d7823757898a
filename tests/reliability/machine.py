"""R7: any history of wishes, edits behind our back, crashes and lost answers, beside a model of a dozen lines.

The model knows what live has and what is wished for, as plain dicts; after an apply without faults they must agree.
"""

from __future__ import annotations

from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from reconciler.emulator import Cut, Fault, World
from reconciler.outcomes import Status
from tests.acting.bench import AU, Bench as Desk, automation, creations

NAMES = st.sampled_from(["one", "two", "three"])
READABLE = st.sampled_from(["check_on", "code", "direction"])
"""Nobody promises to see an edit of the fourth: it cannot be read, and has no sign."""
VALUES = {
    "check_on": st.sampled_from(["1 hour", "4 hours", "8 hours"]),
    "code": st.sampled_from(["A", "B", "0123"]),
    "direction": st.sampled_from(["IMPORT", "EXPORT"]),
    "ignore_threshold": st.sampled_from(["2", "5"]),
}
Fields = dict[str, str]


class AnyHistory(RuleBasedStateMachine):
    """`desk` is set by whoever runs it; one for all examples, its world and record new for each."""

    desk: ClassVar[Desk]

    @initialize()
    def begin(self) -> None:
        self.desk.prune = True
        self.desk.begin(World.sample().document())
        self.wishes: dict[str, Fields] = {}
        self.live: dict[str, Fields] = {}
        self.managed: set[str] = set()
        self.doubtful: set[str] = set()
        """Names whose record a run that broke may or may not have written."""
        self.count = len(self.desk.server.world.connection(AU).automations)

    @rule(name=NAMES, fields=st.fixed_dictionaries({}, optional=dict(VALUES)))
    def wish(self, name: str, fields: Fields) -> None:
        self.wishes[name] = fields

    @precondition(lambda self: self.wishes)
    @rule(name=NAMES)
    def withdraw(self, name: str) -> None:
        self.wishes.pop(name, None)

    @precondition(lambda self: self.live)
    @rule(data=st.data(), field=READABLE)
    def somebody_edits(self, data: st.DataObject, field: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.live)))
        value = data.draw(VALUES[field])
        self.desk.edit_automation(name, **{field: value})
        self.live[name][field] = value

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def somebody_deletes(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.live)))
        self.desk.remove("automations", name)
        del self.live[name]

    @precondition(lambda self: self.wishes or self.managed)
    @rule(point=st.integers(1, 25))
    def crash(self, point: int) -> None:
        self._write()
        self.desk.apply(crash=point)
        self._broke()

    @precondition(lambda self: self.wishes or self.managed)
    @rule(method=st.sampled_from(["POST", "PATCH", "DELETE"]), nth=st.integers(1, 3))
    def lose_an_answer(self, method: str, nth: int) -> None:
        self._write()
        self.desk.strike(Fault(Cut(committed=True), method, "/api/v3/*", nth=nth))
        self.desk.apply()
        self._broke()

    @precondition(lambda self: self.wishes or self.managed or self.doubtful)
    @rule()
    def apply(self) -> None:
        self._write()
        before = len(self.desk.server.log)
        applied = self.desk.apply()
        assert applied.error is None, applied.error
        bad = [o for o in applied.outcomes if o.status not in (Status.DONE, Status.ALREADY)]
        assert not bad, bad
        made = creations([e for e in self.desk.server.log.entries[before:] if e.wrote])
        assert len(made) == len(set(made)), made
        self._expect()
        plan = self.desk.plan()
        assert not plan.changes, f"left: {plan.changes}"
        assert not self.desk.doubts, f"in doubt: {self.desk.doubts}"

    def teardown(self) -> None:
        if hasattr(self, "wishes"):
            self.apply()

    def _write(self) -> None:
        self.desk.strike()
        self.desk.write(*(automation(name, name=name, **fields) for name, fields in self.wishes.items()))

    def _broke(self) -> None:
        """What took effect of it is as live says; what is recorded of it nobody knows but the record."""
        self.doubtful |= self.managed | self.wishes.keys()
        self.live = {name: self._fields(name, item) for name, item in self._found().items()}

    def _expect(self) -> None:
        """Every wish stands, what was not wished for is untouched, what lost its manifest is gone."""
        found = self._found()
        for name in (self.managed | self.doubtful) - self.wishes.keys():
            gone = name not in found
            assert gone or name in self.doubtful, f"{name} was to be deleted"
            if gone:
                self.live.pop(name, None)
        for name, fields in self.wishes.items():
            self.live[name] = {**self.live.get(name, {}), **fields}
        assert found.keys() == self.live.keys(), f"{found.keys()} instead of {self.live.keys()}"
        for name, item in found.items():
            expected = self.live[name]
            assert {f: item[f] for f in expected} == expected, name
            self.live[name] = self._fields(name, item)
        self.managed, self.doubtful = set(self.wishes), set()
        stored = self.desk.server.world.connection(AU).automations
        assert len(stored) == self.count + len(found), "an object stands twice"

    def _found(self) -> dict[str, dict[str, Any]]:
        stored = self.desk.server.world.connection(AU).automations
        return {
            a["details"]["name"]: a["details"]
            for a in stored
            if a["details"]["name"] in ("one", "two", "three")
        }

    def _fields(self, _name: str, item: dict[str, Any]) -> Fields:
        return {field: item[field] for field in VALUES if item.get(field) is not None}
