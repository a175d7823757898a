"""git over HTTP as hosts serve it: `git http-backend` behind a socket, for who has the token."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TOKEN = "ghs-hunter2secret"
AUTHORIZATION = "basic " + base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()


class GitHost(ThreadingHTTPServer):
    """`cut` of the next pushes are carried out, and their answer is never sent."""

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.root, self.cut, self.pushes = root, 0, 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/remote.git"


class _Request(BaseHTTPRequestHandler):
    server: GitHost

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, *_: object) -> None:
        """Of no interest."""

    def _serve(self) -> None:
        if self.headers.get("Authorization", "").lower() != AUTHORIZATION.lower():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        head, body = self._answer().split(b"\r\n\r\n", 1)
        if self.path.endswith("/git-receive-pack") and self.command == "POST":
            self.server.pushes += 1
            if self.server.cut:
                self.server.cut -= 1
                self.close_connection = True
                return
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self) -> bytes:
        path, _, query = self.path.partition("?")
        environ = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "REMOTE_USER": "x-access-token",
            "REMOTE_ADDR": "127.0.0.1",
        }
        done = subprocess.run(
            ["git", "http-backend"],  # noqa: S607
            input=self._body(), env=environ, capture_output=True, check=True,
        )  # fmt: skip
        return done.stdout

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body


@contextmanager
def serving(root: Path) -> Iterator[GitHost]:
    """`root/remote.git`, which takes pushes from who has the token."""
    with GitHost(root) as host:
        thread = threading.Thread(target=host.serve_forever)
        thread.start()
        try:
            yield host
        finally:
            host.shutdown()
            thread.join()
