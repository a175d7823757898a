"""A team with nothing but its git host: the record on a ref, reached with the job's own token."""

from __future__ import annotations

import shutil
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest

from tests.backends.documents.smart_http import TOKEN, serving
from tests.workflows.team import Team

REF = "refs/reconciler/demo"


@pytest.mark.skipif(not shutil.which("jq"), reason="there is no jq, which GitHub's runners have")
def test_the_record_is_kept_by_the_git_host_and_the_token_in_no_file(team: Team, tmp_path: Path) -> None:
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "clone", "-q", "--bare", team.repository, remote], check=True)  # noqa: S603, S607
    subprocess.run(["git", "-C", remote, "config", "http.receivepack", "true"], check=True)  # noqa: S603, S607
    with serving(tmp_path) as host:
        team.git("remote", "set-url", "origin", host.url)
        team.variables = {"RECONCILER_STATE": f"git+ref:///{REF}"}
        team.runner.token = TOKEN
        team.runner.variables = {"GITHUB_SERVER_URL": host.url.rpartition("/")[0]}
        head = team.git("rev-parse", "HEAD")
        plan = team.apply(head).step("Apply").outputs["plan-id"]
        done = team.apply(head, reviewed=plan)
        assert not done.failed, done.log
        again = team.apply(head)
    assert not again.failed, again.log
    assert "No changes." in again.log
    assert host.pushes
    listed = subprocess.run(  # noqa: S603
        ["git", "-C", remote, "for-each-ref", REF], capture_output=True, text=True, check=True  # noqa: S607
    )  # fmt: skip
    assert REF in listed.stdout
    assert f"::add-mask::{_login()}" in done.log
    assert TOKEN not in done.log.replace(f"::add-mask::{_login()}", "") + done.summary
    for path in team.repository.rglob("*"):
        assert not path.is_file() or _login().encode() not in path.read_bytes(), path


def _login() -> str:
    return b64encode(f"x-access-token:{TOKEN}".encode()).decode()
