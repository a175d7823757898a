"""Services that say back all they are told, in every spelling, and not one secret in words, files or tracebacks."""

from __future__ import annotations

import base64
import io
import json
import logging
import subprocess
import sys
import traceback
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from rich.console import Console
from rich.traceback import Traceback
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reconciler.live import connect
from reconciler.web import RetryPolicy
from tests.cli.builder import CUSTOMER_SYNC, Books, Ended, Shell
from tests.cli.test_comment import saved
from tests.forge.serving import served

ODD = "%+/&='\"\\<>#?"
SECRETS = {
    "BOOKS_CLIENT_ID": f"id{ODD}canaryA",
    "BOOKS_CLIENT_SECRET": f"wört{ODD}canaryB",
    "BOOKS_REDIRECT_URI": f"https://books.test/{ODD}canaryC",
    "GITHUB_TOKEN": f"ghs_{ODD}canaryD",
    "GITLAB_TOKEN": f"glpat{ODD}canaryE",
    "RECONCILER_STATE_KEY": "Canary-F_" + "k" * 33 + "A=",
    "AWS_SECRET_ACCESS_KEY": f"aws{ODD}canaryG",
    "PASSWORD": "pgp%40ss%2FcanaryH",
    "ACCESS": "token+/canaryI==",
    "HOOK_PATH": "T0/B0/pathcanaryJ",
    "HOOK_SIGN": "sign%2B%2FcanaryK",
    "REMOTE": "ghp_canaryL",
}


def spellings(secret: str) -> Iterator[str]:
    """Computed otherwise than the program does: base64 by what stands around it."""
    raw = secret.encode()
    yield from (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    yield from (quote(secret), quote(secret, safe=""), quote_plus(secret), raw.hex(), raw.hex().upper())
    yield from (repr(secret)[1:-1], repr(raw)[2:-1])
    for before in (b"", b"x", b"xx"):
        # whatever stands before and after, these characters are the same
        both = {
            base64.b64encode(before.replace(b"x", around) + raw + around * 3).decode()
            for around in (b"\0", b"\xff")
        }
        first, second = sorted(both)
        same = "".join(a if a == b else " " for a, b in zip(first, second, strict=True)).strip().split()
        yield from (max(same, key=len), max(same, key=len).replace("+", "-").replace("/", "_"))


FORBIDDEN = {spelling for secret in SECRETS.values() for spelling in spellings(secret)}


def leaks(text: str) -> list[str]:
    return sorted(spelling for spelling in FORBIDDEN if spelling in text)


class Parrot:
    """Answers with `status`, and with all that it was sent, in whatever spelling. Gives tokens while `generous`."""

    def __init__(self) -> None:
        self.status = 400
        self.generous = False
        self.heard = ""
        self.base_url = ""

    async def answer(self, request: Request) -> Response:
        if self.generous and request.url.path.endswith("/oauth2/token"):
            return JSONResponse(
                {"access_token": SECRETS["ACCESS"], "token_type": "bearer", "expires_in": 3600}
            )
        body = (await request.body()).decode()
        heard = f"{request.url.path}?{request.url.query} {request.headers.get('authorization', '')} {body}"
        self.heard += heard
        said = [heard, quote(heard), json.dumps(heard), heard.encode().hex()]
        for value in self._values(request, body):
            said += [base64.b64encode(b"x" * n + value.encode() + b"yz").decode() for n in range(3)]
        errors = [{"code": "X", "field": value[-400:], "message": value[-400:]} for value in said]
        return JSONResponse({"errors": errors[:10], "message": errors}, self.status)

    def _values(self, request: Request, body: str) -> Iterator[str]:
        yield request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            document = json.loads(body or "{}")
        except ValueError:
            return
        yield from (str(value) for value in document.values())


@pytest.fixture
def parrot() -> Iterator[Parrot]:
    parrot = Parrot()
    every = ["GET", "POST", "PATCH", "PUT", "DELETE"]
    with served(Starlette(routes=[Route("/{path:path}", parrot.answer, methods=every)])) as base:
        parrot.base_url = base
        yield parrot


@pytest.fixture
def errors(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """Every error that a command ended with, before it became words."""
    found: list[BaseException] = []
    main = sys.modules["reconciler.cli.main"]  # the package has a function of this name
    told = main._told

    def listening(error: Exception, output: object) -> int:
        found.append(error)
        return int(told(error, output))

    monkeypatch.setattr(main, "_told", listening)
    return found


@pytest.fixture(autouse=True)
def given(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    once = RetryPolicy(attempts=2, first_wait=0.01)
    monkeypatch.setattr("reconciler.live.connect", partial(connect, policy=once))


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials with special characters; to be asked for after what works with the usual ones."""
    for name, value in SECRETS.items():
        if name.startswith(("BOOKS_", "GIT", "AWS_")):
            monkeypatch.setenv(name, value)


def printed(error: BaseException, *, richly: bool = False) -> str:
    """As renderers print it that show the locals of every frame, of its causes too."""
    frames = error.__traceback__
    while frames and "/reconciler/cli/" not in frames.tb_frame.f_code.co_filename:
        frames = frames.tb_next  # those of the test, which knows the secrets
    error = error.with_traceback(frames)
    text = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    if richly:
        console = Console(file=io.StringIO(), width=10_000, color_system=None)
        console.print(
            Traceback.from_exception(
                type(error),
                error,
                frames,
                show_locals=True,
                locals_max_length=1_000,
                locals_max_string=10_000,
            )
        )
        assert isinstance(console.file, io.StringIO)
        text += console.file.getvalue()
    return text + repr(error) + repr(error.__dict__)


def check(ended: Ended, errors: list[BaseException], home: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert leaks(ended.out + ended.err) == []
    for error in errors:
        assert leaks(printed(error)) == []
    errors.clear()
    assert leaks(caplog.text) == []
    for path in home.rglob("*"):
        if path.is_file():
            assert leaks(path.read_bytes().decode("latin-1")) == [], path


Given = Mapping[str, str]


@pytest.mark.parametrize(("status", "generous"), [(400, False), (401, True), (503, True)])
def test_an_api_that_says_it_all_back(
    status: int, generous: bool, parrot: Parrot, applied: Books, shell: Shell, home: Path,
    errors: list[BaseException], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name in ("BOOKS_CLIENT_ID", "BOOKS_CLIENT_SECRET", "BOOKS_REDIRECT_URI"):
        monkeypatch.setenv(name, SECRETS[name])
    parrot.status, parrot.generous = status, generous
    applied.edit("environments/books.yaml", applied.running.base_url, parrot.base_url)
    for words in (
        "-v plan --out plan.json",
        "-v drift",
        "pull --out pulled",
        "apply --auto-approve --events events.json",
    ):
        ended = shell(*words.split())
        assert ended.code == 1, ended.shown
        check(ended, errors, home, caplog)
    assert leaks(parrot.heard), "it has heard a secret"


@pytest.mark.usefixtures("odd")
@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_a_forge_that_says_it_all_back(
    forge: str, parrot: Parrot, shell: Shell, home: Path, errors: list[BaseException],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    saved()
    ended = shell(
        *f"comment plan.json --forge {forge} --number 7 --repository o/r --api-url {parrot.base_url}".split()
    )
    assert ended.code == 1, ended.shown
    check(ended, errors, home, caplog)
    assert leaks(parrot.heard), "it has heard a secret"


@pytest.mark.usefixtures("parrot")
def test_a_webhook_that_says_it_all_back(
    parrot: Parrot, applied: Books, shell: Shell, home: Path, errors: list[BaseException],
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("BOOKS_ROOM", f"{parrot.base_url}/{SECRETS['HOOK_PATH']}?sig={SECRETS['HOOK_SIGN']}")
    applied.environment(more="notifications: [{url: {env: BOOKS_ROOM}}]\n")
    applied.console.automation(CUSTOMER_SYNC, check_on="30 minutes")
    ended = shell("-v", "drift")
    assert "was not sent" in ended.err
    check(ended, errors, home, caplog)
    assert SECRETS["HOOK_PATH"] in parrot.heard


@pytest.mark.parametrize(
    "state",
    [
        f"postgresql+psycopg://ada:{SECRETS['PASSWORD']}@127.0.0.1:1/books",
        f"postgresql+psycopg://ada@127.0.0.1:1/books?password={SECRETS['PASSWORD']}",
        f"git+ref:///refs/reconciler/books?remote=https://x:{SECRETS['REMOTE']}@127.0.0.1:1/books.git",
        f"git+ref:///refs/reconciler/books?remote=ext::{SECRETS['REMOTE']}",
        "s3://bucket/prefix",
        f"odd+{SECRETS['PASSWORD']}",
    ],
    ids=["a password", "another", "a token", "a program", "a bucket", "no scheme"],
)
@pytest.mark.usefixtures("books", "odd")
def test_a_store_that_cannot_be_reached(
    state: str, shell: Shell, home: Path, errors: list[BaseException],
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("RECONCILER_STATE", state)
    for words in ("-v state list", "state pull copy.json", "apply --auto-approve"):
        ended = shell(*words.split())
        assert ended.code in (1, 64), ended.shown
        check(ended, [] if "://" not in state or "ext::" in state else errors, home, caplog)
        if state.startswith("s3"):
            return  # it is patient
    monkeypatch.delenv("RECONCILER_STATE")
    ended = shell("state", "migrate", state)
    assert ended.code in (1, 64), ended.shown
    assert leaks(ended.out + ended.err) == []


def test_a_remote_with_a_token_in_it(
    books: Books, shell: Shell, home: Path, errors: list[BaseException], caplog: pytest.LogCaptureFixture,
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """What the clone itself holds is git's, so it lies elsewhere."""
    elsewhere = tmp_path_factory.mktemp("git")
    words = ("init", "--quiet", f"--separate-git-dir={elsewhere / 'x'}", str(books.folder))
    subprocess.run(["git", *words], check=True)  # noqa: S603, S607
    url = f"https://x-access-token:{SECRETS['REMOTE']}@127.0.0.1:1/o/r.git"
    subprocess.run(["git", "remote", "add", "origin", url], cwd=books.folder, check=True)  # noqa: S603, S607
    monkeypatch.setenv("RECONCILER_STATE", "git+ref:///refs/reconciler/books")
    ended = shell("-v", "state", "list")
    assert ended.code == 1, ended.shown
    check(ended, errors, home, caplog)


def test_what_is_kept_in_git_and_beside_it_holds_none(
    books: Books,
    shell: Shell,
    home: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Git packs its objects, so that they are asked for one by one."""
    remote = tmp_path_factory.mktemp("remote")
    subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True)  # noqa: S603, S607
    monkeypatch.setenv("RECONCILER_STATE", f"git+ref:///refs/reconciler/books?remote=file://{remote}")
    for words in (
        "apply --auto-approve --events events.json",
        "state pull copy.json",
        "plan --out plan.json --format html",
    ):
        shell.ok(*words.split())
    books.console.automation(CUSTOMER_SYNC, check_on="1 hour")
    shell.ok("drift", "--correct")
    every = ["git", f"--git-dir={remote}", "cat-file", "--batch", "--batch-all-objects"]
    objects = subprocess.run(every, check=True, capture_output=True).stdout  # noqa: S603
    assert b"customer-sync" in objects
    files = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    partners = {
        str(connection.about[key])
        for connection in books.world.connections.values()
        for key in ("client_secret", "access_token", "refresh_token")
    }
    for secret in ("client-secret", *partners):
        for spelling in spellings(secret):
            assert not any(spelling.encode() in found for found in (objects, *files)), spelling


@pytest.mark.usefixtures("applied")
def test_a_key_that_opens_nothing_and_one_that_is_none(
    shell: Shell, home: Path, errors: list[BaseException], caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("RECONCILER_STATE_KEY", SECRETS["RECONCILER_STATE_KEY"])
    for words in (
        "state reencrypt",
        "state list",
        "state pull copy.json",
        "state history",
        "apply --auto-approve",
    ):
        check(shell(*words.split()), errors, home, caplog)
    for key in ("Canary" + "z" * 37 + "=", SECRETS["BOOKS_CLIENT_SECRET"]):
        monkeypatch.setenv("RECONCILER_STATE_KEY", key)
        ended = shell("state", "list")
        assert ended.code in (1, 64), ended.shown
        check(ended, errors, home, caplog)


@pytest.mark.parametrize(
    "content", [b"\xffcanaryB canaryB", b"A=canaryB\0B=canaryB\0", b"two\ncanaryB\n", b"canaryB" * 20_000]
)
def test_a_file_that_holds_no_secret_of_one_line(
    content: bytes,
    books: Books,
    shell: Shell,
    errors: list[BaseException],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    file = tmp_path_factory.mktemp("run") / "secret"
    file.write_bytes(content)
    books.edit("environments/books.yaml", "{env: BOOKS_CLIENT_SECRET}", f"{{file: {file}}}")
    ended = shell("plan")
    assert ended.code == 64, ended.shown
    assert "cannot be read as a secret" in ended.err
    assert "canaryB" not in ended.err + "".join(map(printed, errors)).replace(str(file), "")


def crash(*_args: object, **_more: object) -> None:
    raise RuntimeError("a bug")


@pytest.mark.parametrize(
    ("words", "where"),
    [
        ("plan", "reconciler.cli.session.late"),
        ("drift", "reconciler.cli.session.survey"),
        ("apply --auto-approve", "reconciler.cli.apply.carry_out"),
        ("plan", "reconciler.cli.plan.render_plan"),
        ("state list", "reconciler.backends.sql.SqlBackend.load"),
        ("plan", "reconciler.live.reader.Reader.objects"),
        ("plan", "reconciler.web.exchange.Exchange._judged"),
        ("comment plan.json --forge github --number 7 --repository o/r", "reconciler.cli.comment.stick"),
    ],
)
def test_a_bug_of_ours_shows_no_secret_either(
    words: str, where: str, books: Books, shell: Shell, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    saved()
    books.edit("customer-sync.yaml", "4 hours", "1 hour")
    monkeypatch.setenv("GITHUB_TOKEN", SECRETS["GITHUB_TOKEN"])
    monkeypatch.setenv("RECONCILER_STATE_KEY", SECRETS["RECONCILER_STATE_KEY"])
    monkeypatch.setattr(where, crash)
    with pytest.raises(RuntimeError) as caught:
        shell(*words.split())
    told = printed(caught.value, richly=True)
    assert leaks(told) == []
    assert "client-secret" not in told
