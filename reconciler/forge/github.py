"""GitHub, and GitHub Enterprise Server, by REST. [docs.github.com/rest]

To it a pull request is an issue, as far as comments go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

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

API = "https://api.github.com"
LIMIT = 65_536
PAGE = 100
HEADERS = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}
HINTS: Mapping[type[WebFailure], str] = {
    Unauthorised: "GitHub refuses the token: is it expired, or of another GitHub?",
    Forbidden: "the token lacks a right: a job needs `permissions: {pull-requests: write, issues: write}`, "
    "and a pull request from a fork gets a token that only reads",
    NotFound: "check --repository and --number; a token that may not see them gets the same answer",
    Rejected: "GitHub does not take it: check --repository and --number",
    StrangeResponse: "check --api-url and --repository: a renamed repository redirects, which is not followed",
}
BOT = "github-actions[bot]"

_REPOSITORY = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")
_APP = "[bot]"


class GitHub:
    """One repository, as whoever owns the token sees it. `author` is who that is, where it was said."""

    limit = LIMIT

    def __init__(self, talk: Talk, repository: str, author: str = "") -> None:
        if not _REPOSITORY.fullmatch(repository):
            raise UsageError(f"{repository!r} is no repository of GitHub", hint="write owner/name")
        self._talk = talk
        self._repository = f"/repos/{repository}"
        self._me = author

    def me(self) -> str:
        """As told, else as GitHub says. The token of an app or a job may not ask REST who it is, but GraphQL."""
        if not self._me:
            try:
                self._me = text_at(self._talk.get("/user"), "login")
            except Forbidden:
                self._me = self._viewer() or BOT
        return self._me

    def _viewer(self) -> str:
        """By GraphQL, which is elsewhere on an Enterprise Server: /api/graphql beside /api/v3."""
        talk = self._talk.at(self._talk.prefix.removesuffix("/v3"))
        try:
            found = talk.send("POST", "/graphql", {"query": "query { viewer { login } }"}, "none")
        except WebFailure:
            return ""
        login = text_at(found, "data", "viewer", "login")
        # only tokens of apps come here, and REST names their authors so
        return login + _APP if login and not login.endswith(_APP) else login

    def pull_of(self, commit: str) -> int | None:
        found = self._talk.all(f"{self._repository}/commits/{commit}/pulls")
        return max((number_at(item, "number", "a pull request") for item in found), default=None)

    def notes(self, pull: int) -> Sequence[Note]:
        return [_note(i) for i in self._talk.all(f"{self._repository}/issues/{pull}/comments")]

    def add_note(self, pull: int, body: str) -> Note:
        return _note(self._talk.make(f"{self._repository}/issues/{pull}/comments", {"body": body}))

    def edit_note(self, pull: int, note: Note, body: str) -> None:  # noqa: ARG002 - GitLab needs it
        self._talk.send("PATCH", f"{self._repository}/issues/comments/{note.id}", {"body": body})

    def drop_note(self, pull: int, note: Note) -> None:  # noqa: ARG002
        self._talk.delete(f"{self._repository}/issues/comments/{note.id}")

    def issues(self, label: str) -> Sequence[Issue]:
        query = {"labels": label, "state": "all", "sort": "created", "direction": "asc"}
        found = self._talk.all(f"{self._repository}/issues", query)
        return [_issue(item) for item in found if "pull_request" not in item]

    def open_issue(self, title: str, body: str, label: str) -> Issue:
        return _issue(
            self._talk.make(f"{self._repository}/issues", {"title": title, "body": body, "labels": [label]})
        )

    def edit_issue(self, issue: Issue, *, body: str | None = None, open: bool | None = None) -> None:  # noqa: A002
        edit = {} if body is None else {"body": body}
        if open is not None:
            edit["state"] = "open" if open else "closed"
        self._talk.send("PATCH", f"{self._repository}/issues/{issue.number}", edit)

    def comment(self, issue: Issue, body: str) -> None:
        self._talk.make(f"{self._repository}/issues/{issue.number}/comments", {"body": body})


def _note(item: Item) -> Note:
    return Note(
        number_at(item, "id", "a comment"),
        text_at(item, "user", "login"),
        text_at(item, "body"),
        text_at(item, "html_url"),
    )


def _issue(item: Item) -> Issue:
    labels = item.get("labels")
    return Issue(
        number_at(item, "number", "an issue"),
        text_at(item, "user", "login"),
        text_at(item, "body"),
        text_at(item, "state") == "open",
        tuple(
            text_at(label, "name") if isinstance(label, dict) else str(label)
            for label in (labels if isinstance(labels, list) else ())
        ),
        text_at(item, "html_url"),
    )
