"""GitHub and GitLab, as far as their documentation says, in memory: who may do what, pages, limits, errors.

Built from docs.github.com/rest and docs.gitlab.com/api. What a test wants to go wrong stands in `faults`.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

BOT = "github-actions[bot]"
ELSEWHERE = "https://elsewhere.test/steal?page=2"


@dataclass(frozen=True)
class Seen:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


Fault = Callable[[Seen], Response | None]
Handler = Callable[[Request, str, Any], Awaitable[Response]]


@dataclass
class Double:
    """One forge with one repository. `tokens` says whom each writes as; those in `shy` may not ask who they are."""

    tokens: dict[str, str]
    shy: set[str] = field(default_factory=set)
    notes: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    pulls: dict[str, list[int]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    after: list[Fault] = field(default_factory=list)
    """As `faults`, but once the request has taken effect: the answer is lost or altered."""
    may_label: bool = True
    ids: Any = field(default_factory=lambda: itertools.count(1001))
    base_url: str = ""

    @property
    def sent(self) -> list[tuple[str, str]]:
        """Every write: its method and path."""
        return [(s.method, s.path) for s in self.seen if s.method != "GET" and not s.path.endswith("graphql")]


def once(fault: Response | Callable[[Seen], Response | None], method: str = "", path: str = "") -> Fault:
    """A fault that strikes the first request that fits, and no other."""
    left = [1]

    def strike(seen: Seen) -> Response | None:
        if not left or (method and seen.method != method) or path not in seen.path:
            return None
        left.pop()
        return fault if isinstance(fault, Response) else fault(seen)

    return strike


async def _seen(request: Request) -> Seen:
    raw = await request.body()
    body = await request.json() if raw else None
    return Seen(request.method, request.url.path, dict(request.query_params), dict(request.headers), body)


def _struck(faults: list[Fault], seen: Seen) -> Response | None:
    return next((answer for fault in faults if (answer := fault(seen)) is not None), None)


def guarded(
    double: Double, handler: Handler, refused: JSONResponse
) -> Callable[[Request], Awaitable[Response]]:
    """The handler, behind the faults and behind the token."""

    async def endpoint(request: Request) -> Response:
        seen = await _seen(request)
        double.seen.append(seen)
        if (answer := _struck(double.faults, seen)) is not None:
            return answer
        login = double.tokens.get(seen.headers.get("authorization", "").removeprefix("Bearer "))
        if login is None:
            return refused
        answer = await handler(request, login, seen.body)
        return _struck(double.after, seen) or answer

    return endpoint


def page_of(
    request: Request, items: list[dict[str, Any]], most: int
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The page that was asked for, and a Link to the next, which leads elsewhere: nobody is to follow it."""
    size = min(int(request.query_params.get("per_page", "30")), most)
    start = (int(request.query_params.get("page", "1")) - 1) * size
    more = start + size < len(items)
    return items[start : start + size], {
        "link": f'<{ELSEWHERE}>; rel="next", <{ELSEWHERE}>; rel="last"'
    } if more else {}


REFUSED_GITHUB = JSONResponse({"message": "Bad credentials", "status": "401"}, 401)
REFUSED_GITLAB = JSONResponse({"message": "401 Unauthorized"}, 401)
FORBIDDEN = {"message": "Resource not accessible by integration", "status": "403"}
MISSING = {"message": "Not Found", "status": "404"}


class GitHub:
    """docs.github.com/rest, for the repository o/r. 404 is the number of no pull request."""

    def __init__(self, double: Double) -> None:
        self.double = double

    def user(self, login: str) -> dict[str, Any]:
        return {"login": login, "id": 1, "type": "Bot" if login.endswith("[bot]") else "User"}

    def invalid(self, message: str) -> Response:
        errors = [{"resource": "IssueComment", "code": "unprocessable", "field": "data", "message": message}]
        return JSONResponse({"message": "Validation Failed", "errors": errors, "status": "422"}, 422)

    async def me(self, _request: Request, login: str, _body: Any) -> Response:  # noqa: ANN401
        return JSONResponse(FORBIDDEN, 403) if login in self.double.shy else JSONResponse(self.user(login))

    async def graphql(self, _request: Request, login: str, body: Any) -> Response:  # noqa: ANN401
        assert "viewer" in body["query"]
        return JSONResponse({"data": {"viewer": {"login": login}}})

    async def comments(self, request: Request, login: str, body: Any) -> Response:  # noqa: ANN401
        if request.path_params["number"] == 404:
            return JSONResponse(MISSING, 404)
        if request.method == "GET":
            items, headers = page_of(request, self.double.notes, 100)
            return JSONResponse(items, headers=headers)
        if len(body["body"].encode("utf-16-le")) // 2 > 65536:
            return self.invalid("Body is too long (maximum is 65536 characters)")
        note = {"id": next(self.double.ids), "user": self.user(login), "body": body["body"]}
        note["html_url"] = f"https://github.test/o/r/pull/7#issuecomment-{note['id']}"
        self.double.notes.append(note)
        return JSONResponse(note, 201)

    async def comment(self, request: Request, login: str, body: Any) -> Response:  # noqa: ANN401
        note = next((n for n in self.double.notes if n["id"] == request.path_params["id"]), None)
        if note is None:
            return JSONResponse(MISSING, 404)
        if note["user"]["login"] != login:
            return JSONResponse({"message": "Must have admin rights to Repository.", "status": "403"}, 403)
        if request.method == "DELETE":
            self.double.notes.remove(note)
            return Response(status_code=204)
        note["body"] = body["body"]
        return JSONResponse(note)

    async def issues(self, request: Request, login: str, body: Any) -> Response:  # noqa: ANN401
        if request.method == "GET":
            label = request.query_params["labels"]
            assert request.query_params["state"] == "all"
            found = [i for i in self.double.issues if label in [x["name"] for x in i["labels"]]]
            items, headers = page_of(request, found, 100)
            return JSONResponse(items, headers=headers)
        number = next(self.double.ids)
        issue = {
            "number": number, "id": number * 10, "user": self.user(login), "title": body["title"], "body": body["body"],
            "state": "open", "labels": [{"name": n} for n in body["labels"]] if self.double.may_label else [],
            "html_url": f"https://github.test/o/r/issues/{number}", "said": [],
        }  # fmt: skip
        self.double.issues.append(issue)
        return JSONResponse(issue, 201)

    async def issue(self, request: Request, _login: str, body: Any) -> Response:  # noqa: ANN401
        found = next(i for i in self.double.issues if i["number"] == request.path_params["number"])
        found.update(body)
        return JSONResponse(found)

    async def remark(self, request: Request, login: str, body: Any) -> Response:  # noqa: ANN401
        found = next((i for i in self.double.issues if i["number"] == request.path_params["number"]), None)
        if found is None:
            return await self.comments(request, login, body)
        found["said"].append(body["body"])
        return JSONResponse(
            {"id": next(self.double.ids), "user": self.user(login), "body": body["body"]}, 201
        )

    async def pulls(self, request: Request, _login: str, _body: Any) -> Response:  # noqa: ANN401
        return JSONResponse([{"number": n} for n in self.double.pulls.get(request.path_params["sha"], [])])

    def app(self) -> Starlette:
        repo = "/repos/o/r"
        routes: list[tuple[str, Handler, list[str]]] = [
            ("/user", self.me, ["GET"]),
            ("/graphql", self.graphql, ["POST"]),
            (f"{repo}/issues/{{number:int}}/comments", self.comments, ["GET"]),
            (f"{repo}/issues/{{number:int}}/comments", self.remark, ["POST"]),
            (f"{repo}/issues/comments/{{id:int}}", self.comment, ["PATCH", "DELETE"]),
            (f"{repo}/issues", self.issues, ["GET", "POST"]),
            (f"{repo}/issues/{{number:int}}", self.issue, ["PATCH"]),
            (f"{repo}/commits/{{sha}}/pulls", self.pulls, ["GET"]),
        ]
        return Starlette(
            routes=[Route(p, guarded(self.double, h, REFUSED_GITHUB), methods=m) for p, h, m in routes]
        )


class GitLab:
    """docs.gitlab.com/api, for any project."""

    def __init__(self, double: Double) -> None:
        self.double = double

    def user(self, login: str) -> dict[str, Any]:
        return {"id": 1, "username": login, "state": "active"}

    async def me(self, _request: Request, login: str, _body: Any) -> Response:  # noqa: ANN401
        return JSONResponse(self.user(login))

    async def notes(self, request: Request, login: str, body: Any) -> Response:  # noqa: ANN401
        if request.method == "GET":
            items, headers = page_of(request, self.double.notes, 100)
            return JSONResponse(items, headers=headers)
        if len(body["body"]) > 1_000_000:
            return JSONResponse({"message": {"note": ["is too long (maximum is 1000000 characters)"]}}, 400)
        note = {
            "id": next(self.double.ids),
            "author": self.user(login),
            "body": body["body"],
            "system": False,
        }
        self.double.notes.append(note)
        return JSONResponse(note, 201)

    async def note(self, request: Request, login: str, body: Any) -> Response:  # noqa: ANN401
        found = next((n for n in self.double.notes if n["id"] == request.path_params["id"]), None)
        if found is None:
            return JSONResponse({"message": "404 Note Not Found"}, 404)
        if found["author"]["username"] != login:
            return JSONResponse({"message": "403 Forbidden"}, 403)
        if request.method == "DELETE":
            self.double.notes.remove(found)
            return Response(status_code=204)
        found["body"] = body["body"]
        return JSONResponse(found)

    async def issues(self, request: Request, login: str, body: Any) -> Response:  # noqa: ANN401
        if request.method == "GET":
            assert (request.query_params["scope"], request.query_params["state"]) == ("all", "all")
            found = [i for i in self.double.issues if request.query_params["labels"] in i["labels"]]
            items, headers = page_of(request, found, 100)
            return JSONResponse(items, headers=headers)
        number = next(self.double.ids)
        issue = {
            "iid": number, "id": number * 10, "author": self.user(login), "title": body["title"], "state": "opened",
            "description": body["description"], "labels": body["labels"].split(",") if self.double.may_label else [],
            "web_url": f"https://gitlab.test/o/r/-/issues/{number}", "said": [],
        }  # fmt: skip
        self.double.issues.append(issue)
        return JSONResponse(issue, 201)

    async def issue(self, request: Request, login: str, body: Any) -> Response:  # noqa: ANN401
        found = next(i for i in self.double.issues if i["iid"] == request.path_params["iid"])
        if request.method == "POST":
            found["said"].append(body["body"])
            return JSONResponse(
                {"id": next(self.double.ids), "author": self.user(login), "body": body["body"]}, 201
            )
        if "description" in body:
            found["description"] = body["description"]
        event = body.get("state_event")
        found["state"] = {"close": "closed", "reopen": "opened", None: found["state"]}[event]
        return JSONResponse(found)

    async def pulls(self, request: Request, _login: str, _body: Any) -> Response:  # noqa: ANN401
        return JSONResponse([{"iid": n} for n in self.double.pulls.get(request.path_params["sha"], [])])

    def app(self) -> Starlette:
        project = "/api/v4/projects/{project:path}"
        routes: list[tuple[str, Handler, list[str]]] = [
            ("/api/v4/user", self.me, ["GET"]),
            (f"{project}/merge_requests/{{iid:int}}/notes", self.notes, ["GET", "POST"]),
            (f"{project}/merge_requests/{{iid:int}}/notes/{{id:int}}", self.note, ["PUT", "DELETE"]),
            (f"{project}/issues", self.issues, ["GET", "POST"]),
            (f"{project}/issues/{{iid:int}}", self.issue, ["PUT"]),
            (f"{project}/issues/{{iid:int}}/notes", self.issue, ["POST"]),
            (f"{project}/repository/commits/{{sha}}/merge_requests", self.pulls, ["GET"]),
        ]
        return Starlette(
            routes=[Route(p, guarded(self.double, h, REFUSED_GITLAB), methods=m) for p, h, m in routes]
        )
