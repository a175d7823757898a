"""Which forge, which repository, which token: from options, else from the CI job. Never from the project.

A pull request may change every file of the project, so nothing in it says where a token goes.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.cli.output import Output
from reconciler.cli.signals import interruption, on_interruption
from reconciler.errors import UsageError
from reconciler.forge.protocol import Forge
from reconciler.values import Secret

if TYPE_CHECKING:  # httpx comes with it: help and completion do without
    from reconciler.forge.connecting import ForgeName
    from reconciler.web import Retry

_PULL_REF = re.compile(r"refs/pull/([1-9][0-9]*)/(?:merge|head)")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_TOKEN: Mapping[str, str] = {"github": "GITHUB_TOKEN", "gitlab": "GITLAB_TOKEN"}
_REPOSITORY: Mapping[str, str] = {"github": "GITHUB_REPOSITORY", "gitlab": "CI_PROJECT_ID"}
_API: Mapping[str, str] = {"github": "GITHUB_API_URL", "gitlab": "CI_API_V4_URL"}


@dataclass(frozen=True, slots=True)
class Where:
    """What the options say; empty where they say nothing."""

    repository: str = ""
    token_env: str = ""
    token_file: Path | None = None
    api_url: str = ""
    author: str = ""


def of_job(environ: Mapping[str, str]) -> ForgeName:
    """The forge whose job this is. Raise UsageError where it is none's."""
    if environ.get("CI_PROJECT_ID"):
        return "gitlab"
    if environ.get("GITHUB_REPOSITORY"):
        return "github"
    raise UsageError(
        "this is no job of GitHub's or GitLab's, so nobody knows where to write",
        hint="say it: --forge github --repository owner/name --number 12",
    )


@contextmanager
def talking(name: ForgeName, where: Where, output: Output) -> Iterator[Forge]:
    """The forge. Ctrl-C ends it at once. Raise UsageError where the repository or the token is missing."""
    from reconciler.forge.connecting import Place, connected  # noqa: PLC0415

    environ = os.environ
    repository = where.repository or environ.get(_REPOSITORY[name], "")
    if not repository:
        raise UsageError(
            "nobody knows which repository is meant", hint=f"say it by --repository, or {_REPOSITORY[name]}"
        )
    api_url = where.api_url or environ.get(_API[name], "")
    place = Place(name, repository, _token(name, where, environ), api_url, where.author)

    def say(retry: Retry) -> None:
        output.note(f"{retry.reason}; trying again in {retry.wait_seconds:.1f} s")

    with connected(place, on_retry=say) as forge, on_interruption(_stop):
        yield forge


def _stop(number: int) -> None:
    raise interruption(number)


def _token(name: ForgeName, where: Where, environ: Mapping[str, str]) -> Secret:
    if where.token_env and where.token_file:
        raise UsageError("--token-env and --token-file name two tokens", hint="give one of them")
    if where.token_file:
        try:
            return Secret(where.token_file.read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"the token's file {where.token_file} cannot be read", hint="check its name and its rights"
            ) from error
    variable = where.token_env or _TOKEN[name]
    if value := environ.get(variable, "").strip():
        return Secret(value)
    raise UsageError(
        f"there is no token: the environment variable {variable} is not set",
        hint="name another by --token-env, or a file by --token-file",
    )


def pull_number(name: ForgeName, forge: Forge, given: int | None, environ: Mapping[str, str]) -> int:
    """The pull request: as given, the job's, or the one that the job's commit came from. Raise UsageError."""
    job = _github_pull(environ) if name == "github" else environ.get("CI_MERGE_REQUEST_IID", "")
    if given or job.isdecimal():
        return given or int(job)
    commit = environ.get("GITHUB_SHA" if name == "github" else "CI_COMMIT_SHA", "")
    found = forge.pull_of(commit) if _COMMIT.fullmatch(commit) else None
    if found is None:
        raise UsageError(
            "nobody knows which pull request is meant: the job is none's, and its commit came from none",
            hint="say it: --number 12",
        )
    return found


def _github_pull(environ: Mapping[str, str]) -> str:
    """By the ref; for jobs that run on something else of a pull request, by the event."""
    if found := _PULL_REF.fullmatch(environ.get("GITHUB_REF", "")):
        return found[1]
    try:
        event: Any = json.loads(Path(environ.get("GITHUB_EVENT_PATH", "")).read_bytes())
    except (OSError, ValueError, RecursionError):
        return ""
    for key in ("pull_request", "issue"):
        subject = event.get(key) if isinstance(event, dict) else None
        # an issue that is a pull request says so
        if isinstance(subject, dict) and (key == "pull_request" or "pull_request" in subject):
            return str(subject.get("number", ""))
    return ""


def run_link(environ: Mapping[str, str]) -> str:
    """The page of the CI job, or nothing."""
    if job := environ.get("CI_JOB_URL", ""):
        return job
    parts = [environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    return f"{parts[0]}/{parts[1]}/actions/runs/{parts[2]}" if all(parts) else ""


def project_of(folder: Path) -> str:
    """The project's folder as it was typed, or from here: two projects of one repository differ by it."""
    try:
        return folder.resolve().relative_to(Path.cwd().resolve()).as_posix()
    except (ValueError, OSError):
        return folder.name
