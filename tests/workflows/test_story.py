"""The whole way: pull request, comment, merge, apply, drift, issue, accept, and a pull request again."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.cli.builder import behind_gits_back
from tests.forge.sites import Site
from tests.workflows.team import Team
from tests.workflows.test_apply import NZ_EXPORT
from tests.workflows.test_drift import WORLD, scheduled

ITEM_IMPORT = "2a94111e-9bfd-49f0-8dd3-e14ee682b32d"
ADDRESS = "xero-au/Automation/item-import"
MANIFEST = "desired_state/xero-au/automations.yaml"


def merged(team: Team, number: int, name: str) -> None:
    """A branch that is checked, merged and applied."""
    head = team.git("rev-parse", name)
    checked = team.check("plan", team.pull_request(number, head))
    assert checked
    assert not checked.failed, checked.log
    merge = team.merge(name)
    team.forge.merged(number, head=head, merge=merge, artifacts=checked.artifacts)
    applied = team.apply(merge)
    assert not applied.failed, applied.log


def test_a_change_goes_out_and_one_from_the_console_comes_in(
    applied: Team, github: Site, reconciler_program: Path
) -> None:
    applied.branch(
        "often", "    export_invoices: true", "    export_invoices: true\n  drift: {mode: warn}",
        "desired_state/environments/demo.yaml",
    )  # fmt: skip
    applied.edit("check_on: 8 hours", "check_on: 1 hour")
    applied.git("commit", "-qam", "More often")
    merged(applied, 7, "often")
    assert applied.live(NZ_EXPORT)["check_on"] == "1 hour"
    assert "1 done" in github.double.notes[0]["body"]

    behind_gits_back(applied.repository / WORLD, ITEM_IMPORT, custom_time="07:15:00")
    assert scheduled(applied).step("Look, heal and report").outputs["exit-code"] == "3"
    (issue,) = github.double.issues
    assert issue["state"] == "open"
    assert ADDRESS in issue["body"]

    applied.git("switch", "-qc", "keep", "main")
    subprocess.run(  # noqa: S603
        [reconciler_program, "accept", ADDRESS], cwd=applied.repository, check=True, capture_output=True,
        env={**os.environ, **applied.variables},
    )  # fmt: skip
    kept = "  custom_time: 07:15:00               # after the stocktake\n"
    assert kept in (applied.repository / MANIFEST).read_text()
    applied.git("commit", "-qam", "As the console has it")
    merged(applied, 8, "keep")

    assert scheduled(applied).step("Look, heal and report").outputs["exit-code"] == "0"
    (issue,) = github.double.issues
    assert issue["state"] == "closed"
    assert applied.live(ITEM_IMPORT, "xero-au")["custom_time"] == "07:15:00"
