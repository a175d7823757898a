"""From a URL to a store: what is known, what is refused, and what is never said."""

from __future__ import annotations

import subprocess
import sys
import traceback
from importlib import util
from pathlib import Path

import pytest

from reconciler.backends import Holder, open_backend
from reconciler.errors import StateError, UsageError

ANN = Holder("ann@ci", 7, "run-1")
PASSWORD = "hunter2secret"


def test_sqlalchemy_is_not_imported_before_a_state_is_opened() -> None:
    code = "import sys, reconciler.backends; sys.exit('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=False)  # noqa: S603 - ours
    assert done.returncode == 0


@pytest.mark.parametrize(
    "url", ["mysql://host/db", "postgresql://host/db", "state.db", "", "ftp://bucket/key"]
)
def test_an_unknown_scheme_names_the_known_ones(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        open_backend(url, environment="production", folder=tmp_path)
    assert "sqlite:///" in caught.value.hint
    for scheme in ("postgresql+psycopg", "git+ref", "s3", "gs", "az"):
        assert f"{scheme}://" in caught.value.hint


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///", "sqlite://host/x.db", "sqlite:///x/", "sqlite:///x?mode=ro"]
)
def test_a_sqlite_url_without_a_file_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="names no file"):
        open_backend(url, environment="production", folder=tmp_path)


def test_a_relative_path_stands_under_the_project_and_an_absolute_one_alone(tmp_path: Path) -> None:
    for url, path in (
        ("sqlite:///.state/p.db", tmp_path / ".state" / "p.db"),
        (f"sqlite:///{tmp_path}/other #1%20/p.db", tmp_path / "other #1%20" / "p.db"),
    ):
        with open_backend(url, environment="production", folder=tmp_path) as backend:
            backend.acquire(ANN, 30)
        assert path.is_file()


def test_a_missing_driver_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(
        "reconciler.backends.opening.find_spec", lambda name: None if name == "psycopg" else util
    )
    with pytest.raises(UsageError) as caught:
        open_backend("postgresql+psycopg://h/d", environment="production", folder=tmp_path)
    assert "pip install" in caught.value.hint


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg://ann:{PASSWORD}@127.0.0.1:1/db",
        f"postgresql+psycopg://ann@127.0.0.1:1/db?password={PASSWORD}",
        f"postgresql+psycopg://ann:{PASSWORD}@127.0.0.1:x/db",
        f"postgresql+psycopg://ann:{PASSWORD}@127.0.0.1:1/db?connect_timeout=abc",
        f"mysql://ann:{PASSWORD}@h/db",
        f"ann:{PASSWORD}@h/db",
    ],
)
def test_a_password_is_never_said(url: str, tmp_path: Path) -> None:
    with pytest.raises((StateError, UsageError)) as caught:  # noqa: SIM117
        with open_backend(url, environment="production", folder=tmp_path) as backend:
            backend.load()
    said = "".join(traceback.format_exception(caught.value)) + caught.value.message + caught.value.hint
    assert PASSWORD not in said


def test_a_server_that_is_not_there_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with (
        open_backend(
            "postgresql+psycopg://127.0.0.1:1/db", environment="production", folder=tmp_path
        ) as backend,
        pytest.raises(StateError, match="cannot be reached") as caught,
    ):
        backend.load()
    assert "server" in caught.value.hint


def test_an_environment_too_long_for_a_schema_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="too long"):
        open_backend("postgresql+psycopg://h/d", environment="e" * 60, folder=tmp_path)
