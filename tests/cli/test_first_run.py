"""The sample project on the emulator that runs inside the process."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from reconciler.emulator import World
from tests.cli.builder import SUPPLIER_EXPORT, Shell, behind_gits_back

pytestmark = pytest.mark.usefixtures("sample")


def world(sample: Path) -> Path:
    return sample / ".state/demo.world.json"


def test_the_first_plan_adopts_what_is_there(shell: Shell, snapshot: SnapshotAssertion) -> None:
    assert shell("plan").shown == snapshot


def test_a_plan_writes_nothing(sample: Path, shell: Shell) -> None:
    before = {p: p.read_bytes() for p in sample.rglob("*") if p.is_file()}
    assert shell.plan()["state"]["serial"] == 0
    assert shell("drift").code == 0
    assert before == {p: p.read_bytes() for p in sample.rglob("*") if p.is_file()}


def test_the_first_apply_tells_how_each_object_ended(shell: Shell, snapshot: SnapshotAssertion) -> None:
    ended = shell("apply", "--auto-approve")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out[ended.out.index("  done  ") :] == snapshot


def test_after_it_there_is_nothing_left_to_do_and_one_line_says_so(shell: Shell) -> None:
    shell.apply()
    for words in (["plan"], ["plan", "--detailed-exitcode"], ["apply"]):
        ended = shell(*words)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out == "No changes. 11 objects match the manifests.\n"
    ended = shell("drift", "--detailed-exitcode")
    assert (ended.code, ended.out, ended.err) == (0, "No drift. 11 objects are as last applied.\n", "")


def test_the_world_outlives_the_command(sample: Path, shell: Shell) -> None:
    shell.apply()
    stored = World.load(world(sample)).connection("xero-au").automations.get(SUPPLIER_EXPORT)
    assert stored is not None
    assert stored["details"]["check_on"] == "4 hours"
    assert (
        World.load(world(sample)).connection("xero-nz").configuration["account"]["export"]["default_tax"]
        is None
    )


def test_a_change_in_git_and_one_in_the_console_are_told_apart(
    sample: Path, shell: Shell, snapshot: SnapshotAssertion
) -> None:
    shell.apply()
    edited = (
        (sample / "xero-nz/automations.yaml").read_text().replace("check_on: 8 hours", "check_on: 1 hour")
    )
    (sample / "xero-nz/automations.yaml").write_text(edited)
    behind_gits_back(world(sample), SUPPLIER_EXPORT, check_on="30 minutes")
    assert shell("plan", "--detailed-exitcode").shown == snapshot


@pytest.mark.parametrize(
    "content", ["[" * 100_000, "[]", '{"connections": [1]}', '{"connections": [{"uuid": []}]}', "", None]
)
def test_a_world_that_is_none_is_an_error_not_a_crash(
    content: str | None, sample: Path, shell: Shell
) -> None:
    """It may have come with a pull request; a link to a device is read to no end."""
    world = sample / ".state/demo.world.json"
    world.parent.mkdir()
    if content is None:
        world.symlink_to("/dev/zero")
    else:
        world.write_text(content)
    ended = shell("plan")
    assert (ended.code, ended.out) == (64, "")
    assert "is no world of the emulator" in ended.err
