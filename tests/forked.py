"""`reconciler` as a program for shells, a hundred times at little cost.

What stands on PATH hands its words, folder, environment and open files to a process that has everything imported
already, and that forks a child to run the command in. Nothing else differs from a process of its own.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_CLIENT = """\
#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as to:
    to.connect({address!r})
    order = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode() + b"\\n"
    socket.send_fds(to, [order[:1]], [0, 1, 2])
    to.sendall(order[1:])
    code = to.recv(16)
sys.exit(int(code or 70))
"""
_READY = "ready"
_WARM = (
    "reconciler.backends.sql", "reconciler.backends.sqlite", "reconciler.emulator", "reconciler.render.html",
    "deepdiff", "rich.console", "rich.table", "reconciler.forge.github", "reconciler.forge.gitlab",
)  # fmt: skip


@contextmanager
def program(name: str = "reconciler") -> Iterator[Path]:
    """The path of a program that does what `python -m reconciler` does."""
    with tempfile.TemporaryDirectory(prefix="forked-") as folder:
        address = f"{folder}/socket"
        environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "LANG": "C.UTF-8"}
        server = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "tests.forked", address], stdout=subprocess.PIPE, text=True, env=environ
        )  # fmt: skip
        try:
            assert server.stdout
            assert server.stdout.readline().strip() == _READY
            path = Path(folder) / name
            path.write_text(_CLIENT.format(python=sys.executable, address=address))
            path.chmod(0o755)
            yield path
        finally:
            server.terminate()
            server.communicate()


@pytest.fixture(scope="session")
def reconciler_program() -> Iterator[Path]:
    with program() as path:
        yield path


def _serve(address: str) -> None:
    from reconciler.cli.main import COMMANDS  # noqa: PLC0415 - only the server

    for module, _ in COMMANDS.values():
        importlib.import_module(f"reconciler.cli.{module}")
    for module in _WARM:
        importlib.import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for who waits for a command
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        sys.stdout.write(_READY + "\n")
        sys.stdout.flush()
        while True:
            connection, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _answer(connection)
            connection.close()


def _answer(connection: socket.socket) -> None:
    """Run one command in a child of this one, and tell its exit code. Does not return."""
    begun, files, _, _ = socket.recv_fds(connection, 1, 3)
    with connection.makefile("rb") as reader:
        words, folder, environ = json.loads(begun + reader.readline())
    child = os.fork()
    if child == 0:
        for number, file in enumerate(files):
            os.dup2(file, number)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environ)
        os._exit(_run(words))
    _, status = os.waitpid(child, 0)
    connection.sendall(str(os.waitstatus_to_exitcode(status) % 256).encode())
    os._exit(0)


def _run(words: list[str]) -> int:
    from reconciler.cli import main  # noqa: PLC0415 - only the server

    sys.argv = ["reconciler", *words]
    try:
        main()
    except SystemExit as end:
        code = end.code
        return code if isinstance(code, int) else 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    _serve(sys.argv[1])
