"""The servers of stores, our own: PostgreSQL made by `initdb` on a socket in a scratch folder, S3 as moto has it, and
a bare git repository. Gone at the end.

PostgreSQL runs without fsync: what is tested kills its clients, never the server.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

USER = "reconciler"
PORT = 5432


@contextmanager
def postgresql() -> Iterator[str | None]:
    """The URL of its database, or None where `initdb` is not installed."""
    binaries = _binaries()
    if binaries is None:
        yield None
        return
    # under /tmp: the path of a socket has at most 107 characters
    home = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    owner = _server_user(home)
    data = home / "data"

    def run(program: str, *arguments: str) -> None:
        command = [str(binaries / program), "-D", str(data), *arguments]
        subprocess.run(  # noqa: S603 - ours
            command, check=True, stdout=subprocess.DEVNULL, cwd=home, user=owner, env={}
        )

    try:
        run("initdb", "-U", USER, "-A", "trust", "--no-sync", "-E", "UTF8")
        options = f"-c listen_addresses='' -c fsync=off -k {home} -p {PORT}"
        run("pg_ctl", "-o", options, "-l", str(home / "log"), "-w", "start")
        try:
            yield f"postgresql+psycopg://{USER}@/postgres?host={home}&port={PORT}"
        finally:
            run("pg_ctl", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _binaries() -> Path | None:
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("initdb", path=os.pathsep.join([os.environ.get("PATH", ""), *map(str, homes)]))
    return Path(found).parent if found else None


def _server_user(home: Path) -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    shutil.chown(home, "postgres" if Path("/var/lib/postgresql").exists() else "nobody")
    return home.owner()


def with_remote(clone: Path) -> None:
    """Make `clone` a repository whose `origin` is the bare `remote.git` beside it."""
    clone.mkdir(parents=True, exist_ok=True)
    for words in (
        ["init", "--bare", "--quiet", "../remote.git"],
        ["init", "--quiet", "."],
        ["remote", "add", "origin", "../remote.git"],
    ):
        subprocess.run(["git", *words], cwd=clone, check=True)  # noqa: S603, S607 - ours


@contextmanager
def s3() -> Iterator[str]:
    """The address of a server without buckets, which answers one request at a time."""
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415 - 2 s, for whoever needs no S3
        DomainDispatcherApplication,
        create_backend_app,
    )
    from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: PLC0415

    class Silent(WSGIRequestHandler):
        def log_request(self, code: object = "-", size: object = "-") -> None:
            """Of no interest."""

    app = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, app, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def reaching(address: str) -> Mapping[str, str]:
    """The environment of who uses it."""
    return {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }
