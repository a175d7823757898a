"""A PostgreSQL server of our own: made by `initdb` in a scratch folder, on a socket there, gone at the end.

It runs without fsync: what is tested kills its clients, never the server.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
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
