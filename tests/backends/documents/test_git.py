"""The record on a ref: over HTTP with a login, beside the user's clone, read by people, broken at by strangers."""

from __future__ import annotations

import os
import subprocess
import traceback
from pathlib import Path

import pytest

from reconciler.backends import open_backend
from reconciler.errors import StateError, UsageError
from reconciler.state import Intent, State, Transition
from tests.backends.conftest import OnGit
from tests.backends.documents.smart_http import AUTHORIZATION, TOKEN, GitHost, serving
from tests.backends.samples import ANN, LONG, A, entry, numbered, record

STEP = Transition(put=(record(A),), history=(entry("1"),))


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603, S607
    return done.stdout


def hosted(store: OnGit, host: GitHost) -> None:
    """The clone as actions/checkout leaves it: the remote over HTTP, the token in a header for this host."""
    git(host.root / "remote.git", "config", "http.receivepack", "true")
    git(store.folder, "remote", "set-url", "origin", host.url)
    git(
        store.folder,
        "config",
        f"http.{host.url.rpartition('/')[0]}/.extraheader",
        f"AUTHORIZATION: {AUTHORIZATION}",
    )


def test_over_http_with_the_login_of_the_clone(git_store: OnGit) -> None:
    with serving(git_store.folder.parent) as host:
        hosted(git_store, host)
        with git_store.open() as backend:
            assert backend.load() == State("")
            lease = backend.acquire(ANN, LONG)
            backend.commit(STEP, lease=lease)
            backend.release(lease)
            state = backend.load()
        assert git_store.open().load() == state
        assert host.pushes == 3


def test_over_http_a_push_whose_answer_is_cut_off_is_in_once(git_store: OnGit) -> None:
    with serving(git_store.folder.parent) as host:
        hosted(git_store, host)
        with git_store.open() as backend:
            lease = backend.acquire(ANN, LONG)
            host.cut = 1
            backend.commit(STEP, lease=lease)
        state = git_store.open().load()
        assert state.serial == 1
        assert host.pushes == 2


def test_without_a_login_nothing_is_asked_and_the_hint_says_what_is_missing(git_store: OnGit) -> None:
    with serving(git_store.folder.parent) as host:
        git(git_store.folder, "remote", "set-url", "origin", host.url)
        for call in (lambda: git_store.open().load(), lambda: git_store.open().acquire(ANN, LONG)):
            with pytest.raises(StateError, match="refuses the login") as caught:
                call()
            assert "contents: write" in caught.value.hint


def test_a_token_in_the_remote_s_url_works_and_is_never_said(git_store: OnGit) -> None:
    with serving(git_store.folder.parent) as host:
        hosted(git_store, host)
        url = host.url.replace("//", f"//x-access-token:{TOKEN}@")
        git(git_store.folder, "remote", "set-url", "origin", url)
        git(git_store.folder, "config", "--remove-section", f"http.{host.url.rpartition('/')[0]}/")
        with git_store.open() as backend:
            backend.commit(STEP, lease=backend.acquire(ANN, LONG))
            assert TOKEN not in backend.label
        wrong = f"git+ref:///refs/reconciler/x?remote={url.replace('remote.git', 'other.git')}"
        with (
            open_backend(wrong, environment="production", folder=git_store.folder) as backend,
            pytest.raises(StateError) as caught,
        ):
            backend.load()
        assert TOKEN not in backend.label
        assert TOKEN not in "".join(traceback.format_exception(caught.value)) + caught.value.hint


@pytest.mark.parametrize("form", ["git@host.example:remote.git", "ssh://git@host.example/remote.git"])
def test_over_ssh_with_the_program_that_git_is_told_to_use(
    form: str, git_store: OnGit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program stands for ssh and the host behind it: it runs what it is asked to in the host's folder."""
    program = tmp_path / "ssh"
    program.write_text(
        f"#!/bin/sh\nfor word; do last=$word; done\ncd {tmp_path} && eval $(echo $last | sed s,/remote,remote,)\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(program))
    git(git_store.folder, "remote", "set-url", "origin", form)
    with git_store.open() as backend:
        backend.commit(STEP, lease=backend.acquire(ANN, LONG))
    assert git_store.open().load().serial == 1
    assert git_store.git("rev-list", "--count", git_store.ref).strip() == "2"


def test_the_user_s_clone_is_left_as_it_was(git_store: OnGit) -> None:
    before = sorted(p.relative_to(git_store.folder) for p in git_store.folder.rglob("*"))
    with git_store.open() as backend:
        backend.commit(STEP, lease=backend.acquire(ANN, LONG))
        backend.load()
    assert sorted(p.relative_to(git_store.folder) for p in git_store.folder.rglob("*")) == before
    assert git_store.git("for-each-ref", "--format=%(refname)").split() == [git_store.ref]


def test_the_log_of_the_ref_tells_who_did_what(git_store: OnGit) -> None:
    with git_store.open() as backend:
        lease = backend.acquire(ANN, LONG)
        intent = Intent("i1", "run-1", A, "update", "2026-01-01T00:00:00Z", [])
        backend.commit(Transition(open=intent), lease=lease)
        backend.commit(Transition(put=(record(A),), close="i1", history=(entry("1"),)), lease=lease)
        backend.release(lease)
    told = git_store.git("log", "--format=%an|%s", git_store.ref).splitlines()
    assert told == [
        "ann@ci|lock released: reconciler apply",
        f"ann@ci|serial 2: update {A}: ok",
        f"ann@ci|serial 1: begin update {A}",
        "ann@ci|lock taken: reconciler apply",
    ]
    body = git_store.git("log", "-1", "--skip=1", "--format=%b", git_store.ref)
    assert "Run: run-1" in body
    assert "Commit: abc123" in body
    assert '"4 hours"' in git_store.git("show", f"{git_store.ref}:records/00.jsonl")


def test_it_works_where_git_knows_no_user_and_inside_a_hook_of_another_repository(
    git_store: OnGit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "nowhere" / "index"))
    with git_store.open() as backend:
        backend.commit(STEP, lease=backend.acquire(ANN, LONG))
        assert backend.load().serial == 1


def test_a_client_that_was_closed_can_be_used_again(git_store: OnGit) -> None:
    backend = git_store.open()
    lease = backend.acquire(ANN, LONG)
    backend.close()
    backend.commit(STEP, lease=lease)
    assert git_store.open().load().serial == 1


def test_without_git_the_hint_is_to_install_it(git_store: OnGit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(StateError, match="git cannot be run") as caught:
        git_store.open().load()
    assert caught.value.hint == "install git"


def test_of_a_long_log_only_the_last_commit_is_fetched(git_store: OnGit) -> None:
    with git_store.open() as backend:
        lease = backend.acquire(ANN, LONG)
        for number in range(5):
            backend.commit(Transition(put=(numbered(number),)), lease=lease)
    reader = git_store.open()
    assert reader.load().serial == 5
    (folder,) = [store._folder for store in [reader._store]]  # type: ignore[attr-defined]
    assert git(folder, "rev-list", "--count", "--all").strip() == "1"
    reader.commit(Transition(put=(numbered(9),)), lease=lease)  # from a shallow repository
    assert git_store.git("rev-list", "--count", git_store.ref).strip() == "7"


def test_a_ref_that_is_deleted_under_a_lock_takes_no_commit(git_store: OnGit) -> None:
    with git_store.open() as backend:
        lease = backend.acquire(ANN, LONG)
        git_store.git("update-ref", "-d", git_store.ref)
        with pytest.raises(StateError, match="has gone since it was locked"):
            backend.commit(STEP, lease=lease)
        assert backend.load() == State("")


def test_a_ref_that_was_set_back_takes_no_commit_of_who_saw_the_newer_one(git_store: OnGit) -> None:
    with git_store.open() as backend:
        old = backend.acquire(ANN, LONG)
        backend.release(old)
        lease = backend.acquire(ANN, LONG)
        git_store.git("update-ref", git_store.ref, f"{git_store.ref}~2")
        with pytest.raises(Exception, match="not ours any more"):
            backend.commit(STEP, lease=lease)


@pytest.mark.parametrize("path", ["head.json", "records/00.jsonl", "history/00000001.jsonl"])
def test_a_file_that_somebody_changed_on_the_ref_is_told(git_store: OnGit, path: str, tmp_path: Path) -> None:
    with git_store.open() as backend:
        backend.commit(STEP, lease=backend.acquire(ANN, LONG))
    work = tmp_path / "work"
    git(tmp_path, "clone", "--quiet", "remote.git", str(work))
    git(work, "fetch", "--quiet", "origin", git_store.ref)
    git(work, "checkout", "--quiet", "FETCH_HEAD")
    for damage in ((work / path).read_text().replace("run-1", "run-2").replace("4 hours", "5 hours"), None):
        if damage is None:
            (work / path).unlink()
        else:
            (work / path).write_text(damage)
        git(work, "-c", "user.name=m", "-c", "user.email=m@x", "commit", "--quiet", "-am", "mend")
        git(work, "push", "--quiet", "origin", f"HEAD:{git_store.ref}")
        backend = git_store.open()
        with pytest.raises(StateError, match="damaged") as caught:
            (backend.load(), backend.history())
        assert "backup" in caught.value.hint


def test_a_host_that_refuses_the_push_says_so_at_once(git_store: OnGit) -> None:
    hook = git_store.folder.parent / "remote.git" / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(StateError, match="refused by the host") as caught:
        git_store.open().acquire(ANN, LONG)
    assert "refs/reconciler" in caught.value.hint


@pytest.mark.parametrize(
    ("remote", "said"),
    [
        ("http://127.0.0.1:1/x.git", "cannot be reached"),
        ("https://nowhere.invalid/x.git", "cannot be reached"),
        ("/nowhere/x.git", "no such repository"),
    ],
)
def test_a_remote_that_is_not_there_is_an_error_with_a_hint(git_store: OnGit, remote: str, said: str) -> None:
    git(git_store.folder, "remote", "set-url", "origin", remote)
    with pytest.raises(StateError, match=said) as caught:
        git_store.open().load()
    assert "remote" in caught.value.hint


def test_a_project_outside_of_git_is_told_how_to_name_the_repository(tmp_path: Path) -> None:
    backend = open_backend("git+ref:///refs/reconciler/p", environment="production", folder=tmp_path)
    with backend, pytest.raises(StateError, match="no git remote 'origin'") as caught:
        backend.load()
    assert "?remote=" in caught.value.hint


@pytest.mark.parametrize(
    "rest",
    [
        "/refs/heads/main", "/refs/reconciler", "/refs/reconciler/", "/refs/reconciler/../heads/main",
        "/refs/reconciler/a..b", "/refs/reconciler/a.lock", "/refs/reconciler/-x", "/refs/reconciler/a b",
        "/refs/reconciler/a:refs/heads/main", "-upload-pack=x/refs/reconciler/p", "o/refs/reconciler/p?remote=/x",
        "/refs/reconciler/p?remote=ext::sh%20-c%20id", "/refs/reconciler/p?remote=--upload-pack=id",
        "/refs/reconciler/p?remote=git://host/x", "/refs/reconciler/p?remote=http://example.com/x",
        "/refs/reconciler/p?remote=", "/refs/reconciler/p?other=x", "/refs/reconciler/p?remote=-oProxyCommand=x:y",
        "/refs/reconciler/p?remote=ssh://-oProxyCommand=x/y",
    ],
)  # fmt: skip
def test_what_a_manifest_must_not_name_is_refused_before_git_is_started(
    rest: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(UsageError) as caught:
        open_backend(f"git+ref://{rest}", environment="production", folder=tmp_path)
    assert caught.value.hint


def test_a_remote_of_the_clone_that_would_start_a_program_is_refused(
    git_store: OnGit, tmp_path: Path
) -> None:
    git(git_store.folder, "remote", "set-url", "origin", f"ext::sh -c touch% {tmp_path}/owned")
    with pytest.raises(StateError, match="transport"):
        git_store.open().load()
    assert not (tmp_path / "owned").exists()
