"""The record in S3, asked over HTTP: what is missing, refused, lost or wrong is told, and old heads are kept."""

from __future__ import annotations

import subprocess
import sys
from importlib import util

import obstore
import pytest

from reconciler.backends import open_backend
from reconciler.errors import ReconcilerError, StateError, UsageError
from reconciler.state import State, Transition
from tests.backends.conftest import OnS3
from tests.backends.samples import ANN, LONG, A, entry, numbered, record

STEP = Transition(put=(record(A),), history=(entry("1"),))


def filled(store: OnS3) -> State:
    with store.open() as backend:
        backend.commit(STEP, lease=backend.acquire(ANN, LONG))
        return backend.load()


def test_a_bucket_that_is_not_there_is_no_empty_state(s3_store: OnS3) -> None:
    s3_store.url = s3_store.url.replace("s3://b", "s3://missing-b")
    for call in (lambda: s3_store.open().load(), lambda: s3_store.open().acquire(ANN, LONG)):
        with pytest.raises(StateError, match="no such bucket") as caught:
            call()
        assert "make the bucket" in caught.value.hint


def test_a_head_that_was_deleted_is_damage_and_no_empty_state(s3_store: OnS3) -> None:
    filled(s3_store)
    obstore.delete(s3_store.client, "head.json")
    for call in (lambda: s3_store.open().load(), lambda: s3_store.open().acquire(ANN, LONG)):
        with pytest.raises(StateError, match="parts are still there") as caught:
            call()
        assert "backup" in caught.value.hint


def test_a_head_that_is_deleted_under_a_lock_takes_no_commit(s3_store: OnS3) -> None:
    with s3_store.open() as backend:
        lease = backend.acquire(ANN, LONG)
        obstore.delete(s3_store.client, "head.json")
        with pytest.raises(StateError, match="is gone"):
            backend.commit(STEP, lease=lease)


@pytest.mark.parametrize("damage", [b"", b"{}", b"not it"])
def test_an_object_that_somebody_changed_is_told(s3_store: OnS3, damage: bytes) -> None:
    state = filled(s3_store)
    paths = [meta["path"] for some in obstore.list(s3_store.client) for meta in some]
    changed = [path for path in paths if path == "head.json" or path.startswith("parts/")]
    assert len(changed) == 3
    for path in changed:
        whole = bytes(obstore.get(s3_store.client, path).bytes())
        obstore.put(s3_store.client, path, damage)
        backend = s3_store.open()
        with pytest.raises(StateError, match="damaged"):
            (backend.load(), backend.history())
        obstore.put(s3_store.client, path, whole)
    assert s3_store.open().load() == state


def test_the_heads_before_are_kept_and_what_they_name_too(s3_store: OnS3) -> None:
    with s3_store.open() as backend:
        lease = backend.acquire(ANN, LONG)
        for number in range(4):
            backend.commit(Transition(put=(numbered(number),)), lease=lease)
        now = backend.load()
    client = s3_store.client
    kept = sorted(meta["path"] for some in obstore.list(client, "heads") for meta in some)
    assert kept == [f"heads/{serial:010}.json" for serial in range(4)]
    obstore.put(client, "head.json", bytes(obstore.get(client, kept[2]).bytes()))
    with s3_store.open() as backend:
        then = backend.load()
    assert (then.serial, now.serial) == (2, 4)
    assert len(then.records) == 2


def test_a_store_that_is_not_there_is_an_error_with_a_hint(
    s3_store: OnS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.backends.documents.bucket._RETRY", {"max_retries": 0})
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(StateError, match="cannot be reached") as caught:
        s3_store.open().load()
    assert "endpoint" in caught.value.hint
    assert len(caught.value.message) < 400


def test_credentials_are_not_sent_in_the_clear(s3_store: OnS3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://storage.example.com")
    with pytest.raises(UsageError, match="in the clear"):
        s3_store.open().load()


@pytest.mark.parametrize(
    "url",
    ["s3://", "s3://bucket", "s3://bucket/", "s3://key:secret@bucket/x", "s3://bucket/x?aws_secret=y", "gs://B/x",
     "az://container/../x", "s3:///x/y"],
)  # fmt: skip
def test_a_url_that_names_no_bucket_and_prefix_is_refused(url: str, s3_store: OnS3) -> None:
    with pytest.raises(UsageError) as caught:
        open_backend(url, environment="production", folder=s3_store.folder)
    assert "secret" not in caught.value.message + caught.value.hint


def test_a_missing_library_says_how_to_install_it(s3_store: OnS3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "reconciler.backends.opening.find_spec", lambda name: None if name == "obstore" else util
    )
    for url in ("s3://bucket/x", "gs://bucket/x", "az://container/x"):
        with pytest.raises(UsageError) as caught:
            open_backend(url, environment="production", folder=s3_store.folder)
        assert "reconciler[objects]" in caught.value.hint


@pytest.mark.parametrize("scheme", ["gs", "az"])
def test_the_other_clouds_are_asked_with_their_own_credentials(
    scheme: str, s3_store: OnS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As far as a machine without them goes: the error is about this store, and says what to give."""
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "AZURE_STORAGE_ACCOUNT_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("reconciler.backends.documents.bucket._RETRY", {"max_retries": 0})
    with open_backend(f"{scheme}://bucket/x", environment="production", folder=s3_store.folder) as backend:
        assert backend.label == f"{scheme}://bucket/x"
        with pytest.raises(ReconcilerError) as caught:
            backend.load()
    assert caught.value.hint


def test_the_library_is_imported_by_who_uses_it_only() -> None:
    code = "import sys, reconciler.backends; sys.exit('obstore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - ours
