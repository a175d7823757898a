"""A tag becomes a release: the steps that build it, as they are written."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

from reconciler import __version__
from tests.workflows.runner import ROOT, Ended, Runner
from tests.workflows.tools import Forge

PARTS = ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "reconciler", "desired_state", ".github")


def released(folder: Path, program: Path, tag: str) -> tuple[Ended, Forge, Runner]:
    source, forge = folder / "source", Forge(folder / "tools")
    source.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(
                ROOT / part, source / part, ignore=shutil.ignore_patterns(".state", "__pycache__")
            )
        else:
            shutil.copy(ROOT / part, source)
    (source / "tests").mkdir()
    forge.install(program)
    runner = Runner(source, folder / "runner", forge.folder)
    ended = runner.job(
        "release.yml", "build", github={"ref_name": tag, "event_name": "push", "ref": f"refs/tags/{tag}"}
    )
    assert ended
    return ended, forge, runner


def test_a_tag_becomes_packages_a_bill_of_materials_and_a_release_of_all_of_it(
    tmp_path: Path, reconciler_program: Path
) -> None:
    ended, forge, runner = released(tmp_path, reconciler_program, f"v{__version__}")
    assert not ended.failed, ended.log
    packages = {path.name for path in ended.artifacts["dist"].iterdir()}
    assert packages == {f"reconciler-{__version__}-py3-none-any.whl", f"reconciler-{__version__}.tar.gz"}
    in_the_wheel(ended.artifacts["dist"] / f"reconciler-{__version__}-py3-none-any.whl")
    bill = json.loads((ended.artifacts["sbom"] / "sbom.cdx.json").read_bytes())
    assert bill["bomFormat"] == "CycloneDX"
    assert {"httpx", "pydantic", "sqlalchemy"} <= {part["name"].lower() for part in bill["components"]}
    assert "--require-hashes" in forge.installed[0]

    made = runner.job("release.yml", "publish", github={"ref_name": f"v{__version__}"})
    assert made
    assert not made.failed, made.log
    (asked,) = forge.asked
    assert asked[:3] == ["release", "create", f"v{__version__}"]
    assert [Path(word).suffix for word in asked[-3:]] == [".whl", ".gz", ".json"]


def in_the_wheel(wheel: Path) -> None:
    """The program, its templates and the sample, and nothing of anybody's runs."""
    names = zipfile.ZipFile(wheel).namelist()
    for needed in (
        "cli/main.py",
        "render/plan.html.j2",
        "sample/reconciler.yaml",
        "cli/starter/reconciler.yaml",
    ):
        assert f"reconciler/{needed}" in names
    assert not [name for name in names if ".state/" in name or name.startswith("tests")]


def test_every_tool_of_it_has_a_hash() -> None:
    lines = (ROOT / ".github/release-tools.txt").read_text().splitlines()
    pinned = [line for line in lines if not line.startswith("#")]
    assert {"build", "hatchling", "cyclonedx-bom"} <= {line.partition("==")[0] for line in pinned}
    assert all(len(line.partition("--hash=sha256:")[2]) == 64 for line in pinned)


def test_a_tag_that_is_not_the_version_builds_nothing(tmp_path: Path, reconciler_program: Path) -> None:
    ended, *_ = released(tmp_path, reconciler_program, "v99.0.0")
    assert ended.failed
    assert ended.artifacts == {}
