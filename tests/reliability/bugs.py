"""Bugs that somebody might make one day, each a small patch, and the tests that find it at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bug:
    """`old` in `file` becomes `new`; one of the tests in `found_by` with `word` in its name must fail."""

    what: str
    file: str
    old: str
    new: str
    found_by: str
    word: str = ""


BUGS = (
    # the record
    Bug("a commit is not forced to disk", "backends/sqlite.py", "synchronous = FULL", "synchronous = OFF", "tests/backends/test_sqlite_file.py"),
    Bug("a new file is not forced to disk", "backends/sqlite.py", "            _sync(draft)\n", "", "tests/backends/test_sqlite_file.py"),
    Bug("an old lease may write", "backends/slot.py", "slot.epoch == lease.epoch and ", "", "tests/backends/test_lock.py"),
    Bug("the epoch does not rise", "backends/slot.py", "after = Slot(slot.epoch + 1,", "after = Slot(slot.epoch,", "tests/backends/test_lock.py"),
    Bug("a lock set back is held for ever", "backends/slot.py", "return min(self.until, now.at + self.ttl)", "return self.until", "tests/backends/test_lock.py"),
    Bug("a clock that is set steals the lock", "backends/sql.py", "if self._clock is not None or not self._place.on_one_machine:", "if True:", "tests/backends/test_lock.py"),
    Bug("a damaged row is believed", "backends/ledger.py", 'if rows.added("0", [row[-1] for row in (*records, *intents)]) != head.total:', "if False:", "tests/backends/test_tampering.py"),
    Bug("a lost answer is guessed at", "backends/documents/swapping.py", "write in now.head.writes", "not now.head", "tests/backends/documents/test_doubt.py"),
    Bug("a part is taken as it comes", "backends/documents/shelf.py", "hexdigest() != part.digest", "hexdigest() == ''", "tests/backends/documents/test_damage.py"),
    Bug("our clock alone takes a lock", "backends/documents/lock.py", "and self.desk.clock is None", "and False", "tests/backends/documents/test_watching.py"),
    Bug("a push overwrites what it finds", "backends/documents/gitref.py", 'f"--force-with-lease={ref}:{old}"', '"--force"', "tests/backends/documents/test_races.py", "replaced"),
    # the journal and the order of an apply
    Bug("a write before its intent", "recording.py", "self._commit(Transition(open=intent, close=self._doubt(change)))", "pass", "tests/acting/test_crash.py"),
    Bug("a doubt is closed before it is answered", "recording.py", 'close = "" if ended.status is Status.UNKNOWN else', "close =", "tests/acting/test_faults.py tests/acting/test_creation.py"),
    Bug("no precondition", "apply.py", "as_planned = precondition(object_type, touched, observed) == change.precondition", "as_planned = True", "tests/acting/test_stale.py"),
    Bug("a deletion after a failure", "schedule.py", "isinstance(change, Delete) and any(", "isinstance(change, int) and any(", "tests/acting", "delet"),
    Bug("a dropped field passes", "verify.py", "return Result.DROPPED,", "return Result.NORMALISED,", "tests/acting/test_verification.py"),
    Bug("a sign is swallowed", "verify.py", "if s in ours or s not in signs", "", "tests/acting", "edit"),
    Bug("what is recorded outlives its object", "verify.py", "old = old if old and old.uuid == observed.uuid else None", "pass", "tests/acting/test_creation.py"),
    # retries
    Bug("a creation is sent again", "live/writer.py", 'return "once" if creates else "absolute"', 'return "absolute"', "tests/live/test_retries.py tests/acting/test_creation.py"),
    Bug("jitter goes downward", "web/retry.py", "(1 + policy.jitter * self.clock.chance())", "(1 - policy.jitter * self.clock.chance())", "tests/live/test_retry_after.py"),
    Bug("Retry-After is no floor", "web/retry.py", "max(backoff, asked) *", "backoff *", "tests/live/test_retry_after.py"),
    Bug("a paused process writes on", "web/exchange.py", 'brake.check if self._call.effect == "none" else brake.check_write', "brake.check", "tests/live/test_term.py"),
    Bug("the end of a request stops it", "web/wire.py", "        if buffer:\n", "        if True:\n", "tests/live/test_term.py"),
    # lists
    Bug("the end marker is not looked at", "live/listing.py", "if page.last != (offset + PAGE >= records):", "if False:", "tests/live/test_lists.py"),
    Bug("a list may grow while it is read", "live/listing.py", "if any(page.records != records for page in pages):", "if False:", "tests/live/test_lists.py"),
    Bug("an empty page ends a list", "live/listing.py", "    if (limit, start) != (PAGE, offset):\n", "    if not items:\n        return Page(offset, offset, items, last=True)\n    if (limit, start) != (PAGE, offset):\n", "tests/live/test_lists.py"),
    Bug("a repeated page passes", "live/listing.py", "if len(items) != records:", "if False:", "tests/live/test_lists.py"),
    Bug("a late read is drift", "lateness.py", "LAG_SECONDS = 10", "LAG_SECONDS = -1", "tests/cli/test_reaching_live.py", "lag"),
    # values and plans
    Bug("true equals 1", "values.py", "        case (bool(), _) | (_, bool()):\n            return left is right\n", "", "tests/decide"),
    Bug("absent is null", "values.py", "        case (Missing(), _) | (_, Missing()) | (None, _) | (_, None):\n            return left is right\n", "        case (Missing() | None, Missing() | None):\n            return True\n        case (Missing(), _) | (_, Missing()) | (None, _) | (_, None):\n            return False\n", "tests/decide tests/acting/test_fields.py"),
    Bug("a plan's id leaves its bodies out", "planfile.py", 'bare = {k: v for k, v in change.items() if k != "inherited"}', 'bare = {k: v for k, v in change.items() if k not in ("inherited", "requests")}', "tests/render/test_planfile.py"),
    Bug("the order of a set", "schedule.py", "for address in sorted(order.get_ready()):", "for address in set(order.get_ready()):", "tests/acting/test_creation.py", "order"),
    # what goes out
    Bug("redirects are followed", "web/wire.py", "follow_redirects=False", "follow_redirects=True", "tests/live/test_strange.py"),
    Bug("any origin is trusted", "web/origin.py", "if trusted is not None and not self.same_as(Origin.parse(trusted)):", "if False:", "tests/live/test_origin.py"),
    Bug("a secret is repeated in an error", "web/bearer.py", 'text = text.replace(spelling, "***")', "pass", "tests/live/test_tokens.py"),
    Bug("a secret is masked in one spelling alone", "web/bearer.py", "for spelling in _spellings(secret.reveal())", "for spelling in [secret.reveal()]", "tests/live/test_masks.py"),
    Bug("a folder that poses as a repository is one", "git.py", "safe.bareRepository=explicit", "safe.bareRepository=all", "tests/manifests/test_commits.py", "poses"),
    Bug("aliases multiply over a project", "manifests/project.py", "if by_alias > MOST_VALUES:", "if False:", "tests/manifests/test_bombs.py"),
    Bug("control characters reach the terminal", "render/safe.py", "if text.isprintable() and _UNSEEN.isdisjoint(text):", "if True:", "tests/render/test_safe.py"),
    Bug("workflow commands reach the runner", "render/safe.py", 'return _OLD_COMMAND.sub("## [", _LINE_COMMAND.sub(r"\\1\\2: :", text))', "return text", "tests/render/test_safe.py"),
    Bug("colours in a pipe", "cli/output.py", "colour=sys.stdout.isatty() and not quiet", "colour=True", "tests/cli/test_output.py"),
    Bug("only the first of a secret is masked", "web/bearer.py", 'text.replace(spelling, "***")', 'text.replace(spelling, "***", 1)', "tests/live/test_tokens.py"),
    # what comes in
    Bug("nesting is not bounded", "manifests/yaml_reader.py", "DEEPEST = 64", "DEEPEST = 64_000", "tests/manifests/test_hostile_files.py tests/manifests/test_yaml_reading.py"),
    Bug("any filter is allowed", "manifests/sandbox.py", "node.name not in sandbox.filters", "False", "tests/manifests/test_templates.py"),
    # signals
    Bug("SIGTERM is told as Ctrl-C", "cli/signals.py", "return 128 + number", "return 130", "tests/cli/test_interruption.py"),
    # what is written into forges
    Bug("anybody's comment is ours", "forge/marker.py", "if is_by(text.author, me)", "if me", "tests/forge", "somebody"),
    Bug("a quoted marker marks", "forge/marker.py", "== str(self)", ".endswith(str(self))", "tests/forge", "first_line"),
    Bug("an issue is closed over what was not read", "forge/tracking.py", "Step.UPDATED if broken else Step.CLOSED", "Step.CLOSED", "tests/cli/test_drift_report.py", "closed"),
    Bug("a broken connection is an empty one", "survey.py", "whole = question.connections.keys() - broken.keys()", "whole = question.connections.keys()", "tests/cli/test_drift_report.py", "hides"),
)  # fmt: skip
