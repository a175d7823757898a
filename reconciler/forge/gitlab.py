"""GitLab, anywhere, by REST. [docs.gitlab.com/api] A pull request is a merge request there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from reconciler.errors import UsageError
from reconciler.forge.protocol import Issue, Note
from reconciler.forge.talk import Item, Talk, number_at, text_at
from reconciler.web.errors import (
    Forbidden,
    NotFound,
    Rejected,
    StrangeResponse,
    Unauthorised,
    WebFailure,
)

API = "https://gitlab.com/api/v4"
LIMIT = 1_000_000
# notes may be of a million characters each, and an answer is read up to 32 MiB
PAGE = 20
_TOKEN = (
    "make a project access token with the scope `api` and the role Reporter, and give it as GITLAB_TOKEN; "  # noqa: S105
    "a CI_JOB_TOKEN may not write notes or issues"
)
HINTS: Mapping[type[WebFailure], str] = {
    Unauthorised: f"GitLab refuses the token: {_TOKEN}",
    Forbidden: f"the token lacks a right: {_TOKEN}",
    NotFound: f"check --repository and --number; GitLab says the same where a token may not see them: {_TOKEN}",
    Rejected: "GitLab does not take it: check --repository and --number",
    StrangeResponse: "check --api-url, which ends in /api/v4, and --repository",
}


class GitLab:
    """One project, by its number or its path, as whoever owns the token sees it."""

    limit = LIMIT

    def __init__(self, talk: Talk, repository: str, author: str = "") -> None:
        if not repository.strip("/"):
            raise UsageError("the project of GitLab has no name", hint="write group/project, or its number")
        self._talk = talk
        self._project = f"/projects/{quote(repository.strip('/'), safe='')}"
        self._me = author

    def me(self) -> str:
        if not self._me:
            self._me = text_at(self._talk.get("/user"), "username")
        return self._me

    def pull_of(self, commit: str) -> int | None:
        found = self._talk.all(f"{self._project}/repository/commits/{commit}/merge_requests")
        return max((number_at(item, "iid", "a merge request") for item in found), default=None)

    def notes(self, pull: int) -> Sequence[Note]:
        query = {"sort": "asc", "order_by": "created_at"}
        found = self._talk.all(f"{self._project}/merge_requests/{pull}/notes", query)
        return [_note(item) for item in found if item.get("system") is not True]

    def add_note(self, pull: int, body: str) -> Note:
        return _note(self._talk.make(f"{self._project}/merge_requests/{pull}/notes", {"body": body}))

    def edit_note(self, pull: int, note: Note, body: str) -> None:
        self._talk.send("PUT", f"{self._project}/merge_requests/{pull}/notes/{note.id}", {"body": body})

    def drop_note(self, pull: int, note: Note) -> None:
        self._talk.delete(f"{self._project}/merge_requests/{pull}/notes/{note.id}")

    def issues(self, label: str) -> Sequence[Issue]:
        query = {"labels": label, "scope": "all", "state": "all", "order_by": "created_at", "sort": "asc"}
        return [_issue(item) for item in self._talk.all(f"{self._project}/issues", query)]

    def open_issue(self, title: str, body: str, label: str) -> Issue:
        return _issue(
            self._talk.make(f"{self._project}/issues", {"title": title, "description": body, "labels": label})
        )

    def edit_issue(self, issue: Issue, *, body: str | None = None, open: bool | None = None) -> None:  # noqa: A002
        edit = {} if body is None else {"description": body}
        if open is not None:
            edit["state_event"] = "reopen" if open else "close"
        self._talk.send("PUT", f"{self._project}/issues/{issue.number}", edit)

    def comment(self, issue: Issue, body: str) -> None:
        self._talk.make(f"{self._project}/issues/{issue.number}/notes", {"body": body})


def _note(item: Item) -> Note:
    return Note(number_at(item, "id", "a note"), text_at(item, "author", "username"), text_at(item, "body"))


def _issue(item: Item) -> Issue:
    labels = item.get("labels")
    return Issue(
        number_at(item, "iid", "an issue"),
        text_at(item, "author", "username"),
        text_at(item, "description"),
        text_at(item, "state") == "opened",
        tuple(str(label) for label in (labels if isinstance(labels, list) else ())),
        text_at(item, "web_url"),
    )
