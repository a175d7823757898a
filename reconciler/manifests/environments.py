"""Project and Environment: what the tool itself is told. References to secrets only, and one origin."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, urlsplit

from reconciler.errors import Problem, Source
from reconciler.kinds import EnvironmentSpec, ProjectSpec
from reconciler.manifests.documents import Document, label, unknown_keys
from reconciler.manifests.nodes import Node, find, untyped
from reconciler.manifests.report import Report, did_you_mean, shown
from reconciler.manifests.sandbox import LONGEST_RESULT, MOST_VALUES
from reconciler.manifests.shapes import fitted
from reconciler.manifests.templates import is_template

FILE = "reconciler.yaml"
_EMULATORS = ("emulator://", "emulator://sample")
_REFERENCES = (("api", "credentials"), ("state_encryption",))
"""Where only references to secrets may stand."""


@dataclass(frozen=True, slots=True)
class Environment:
    """One place that the manifests are applied to."""

    name: str
    spec: EnvironmentSpec
    source: Source


@dataclass(frozen=True, slots=True)
class Settings:
    """The project's own document and all of its environments. `default` may be empty."""

    name: str
    default: str
    environments: Mapping[str, Environment]


def settings(documents: list[Document], report: Report) -> Settings:
    """Every document of both kinds is checked, also of environments that are not asked for."""
    projects = [d for d in documents if d.kind == "Project"]
    for extra in projects[1:]:
        report.error(
            "duplicate-document", "a second Project; there is one", extra.source, f"see {projects[0].source}"
        )
    if not projects and not report.failed:
        report.error("missing-project", "there is no document of kind Project", Source(FILE, 1, 1), "add one")
    name, default = "", ""
    for document in projects:
        spec = _spec(document, ProjectSpec, report)
        name = _name(document, report)
        default = spec.default_environment if isinstance(spec, ProjectSpec) else ""
    environments: dict[str, Environment] = {}
    names = set()
    for document in (d for d in documents if d.kind == "Environment"):
        own = _name(document, report)
        if own and own in names:
            report.error(
                "duplicate-document", f"a second Environment {own}", document.source, "keep one of them"
            )
        names.add(own)
        spec = _spec(document, EnvironmentSpec, report)
        if own and isinstance(spec, EnvironmentSpec):
            _check(spec, document, report)
            environments.setdefault(own, Environment(own, spec, document.source))
    if default and default not in names:
        place = find(projects[0].spec, ("default_environment",)).source(projects[0].file)
        message = f"default_environment: there is no environment {shown(default)}"
        report.error("unknown-environment", message, place, did_you_mean(default, names))
    return Settings(name, default, environments)


def _name(document: Document, report: Report) -> str:
    unknown_keys(document.metadata, ("name",), document.file, report)
    fields = document.metadata.value
    assert isinstance(fields, dict)  # noqa: S101 - `documents` has looked
    if "name" not in fields:
        report.error(
            "missing-field", "metadata.name is missing", document.metadata.source(document.file), "add it"
        )
        return ""
    node = fields["name"]
    return label(node.value, "metadata.name", node.source(document.file), report)


def _spec(document: Document, model: type[ProjectSpec | EnvironmentSpec], report: Report) -> object:
    for node in _values(document.spec):
        if isinstance(node.value, str) and is_template(node.value):
            report.error(
                "template-refused", f"no templates in a document of kind {document.kind}", node.source(document.file),
                "templates are read in manifests",
            )  # fmt: skip
    value = _literals(document.spec)
    private = Report()
    spec = fitted(model, value, document.spec, document.file, private)
    for problem in private.problems:
        report.add(_without_secret(problem, document))
    return spec


def _values(node: Node) -> Iterator[Node]:
    """The node and all within it."""
    yield node
    match node.value:
        case dict() as fields:
            for inner in fields.values():
                yield from _values(inner)
        case list() as items:
            for inner in items:
                yield from _values(inner)
        case _:
            pass


def _literals(node: Node, path: tuple[str, ...] = ()) -> object:
    """The value; `variables` have no type, so their plain scalars get the one that YAML gives them."""
    match node.value:
        case dict() as fields:
            found = {key: _literals(inner, (*path, key)) for key, inner in fields.items()}
            return untyped(found) if path == ("variables",) else found
        case list() as items:
            return [_literals(inner, (*path, "-")) for inner in items]
        case _:
            return node.value


def _without_secret(problem: Problem, document: Document) -> Problem:
    """What is said of credentials must not repeat what stands there."""
    if problem.rule == "missing-field":
        return problem
    inside = {
        place
        for node in _private(document.spec)
        for inner in _values(node)
        for place in inner.places(document.file)
    }
    if problem.source not in inside:
        return problem
    return Problem(
        problem.severity, "literal-secret", "credentials, keys and webhooks are references: what stands in git is no secret",
        problem.source, "write {env: NAME_OF_A_VARIABLE} or {file: /path/to/it}",
    )  # fmt: skip


def _private(spec: Node) -> Iterator[Node]:
    """Where somebody may have written a secret instead of a reference to it."""
    for path in _REFERENCES:
        if (node := find(spec, path)) is not find(spec, path[:-1]):
            yield node
    told = find(spec, ("notifications",))
    for item in told.value if told is not spec and isinstance(told.value, list) else ():
        # the others of its settings are no secrets, and a wrong one is shown
        yield item.value["url"] if isinstance(item.value, dict) and "url" in item.value else item


def _check(spec: EnvironmentSpec, document: Document, report: Report) -> None:
    """Rules that a model cannot say."""

    def place(*path: str) -> Source:
        return find(document.spec, path).source(document.file)

    _check_url(spec.api.base_url, place("api", "base_url"), report)
    emulated = spec.api.base_url in _EMULATORS
    if spec.api.credentials is None and not emulated:
        report.error(
            "missing-field", "credentials is missing in api", place("api"),
            "add client_id, client_secret and redirect_uri as references",
        )  # fmt: skip
    if _holds_password(spec.state):
        report.error(
            "literal-secret", "state holds a password: what stands in git is no secret", place("state"),
            "leave it out, and set RECONCILER_STATE or PGPASSWORD where the command runs",
        )  # fmt: skip
    seen: dict[str, str] = {}
    for name, connection in spec.connections.items():
        source = find(document.spec, ("connections",)).key_source(document.file, name)
        label(name, "connections", source, report)
        uuid = connection.uuid.lower()
        if uuid in seen:
            message = f"{name} and {seen[uuid]} are one connection: both have the uuid {connection.uuid}"
            report.error("duplicate-connection", message, source, "keep one of them")
        seen.setdefault(uuid, name)
    _check_variables(spec.variables, place("variables"), report)


def _check_variables(value: object, place: Source, report: Report) -> None:
    """What templates work on stays small, so that no expression can take long."""
    size, waiting = 0, [value]
    while waiting:
        size += 1
        match waiting.pop():
            case str() as text if len(text) > LONGEST_RESULT:
                report.error("wrong-value", "variables: a text of more than 64 KiB", place, "shorten it")
            case Mapping() as fields:
                waiting.extend(fields.values())
            case list() as items:
                waiting.extend(items)
            case _:
                pass
    if size > MOST_VALUES:
        report.error("wrong-value", f"variables: more than {MOST_VALUES:,} values", place, "use fewer")


def _holds_password(state: str) -> bool:
    """In its own place, or in the URL of a git remote, where a user's name alone may be a token."""
    url = _split(state)
    if url is None:
        return False
    asked = parse_qs(url.query)
    remotes = [found for text in asked.get("remote", []) if (found := _split(text))]
    tokens = (r.password or (r.scheme in {"http", "https"} and r.username) for r in remotes)
    return bool(url.password or "password" in asked or any(tokens))


def _split(url: str) -> SplitResult | None:
    if not url.isprintable() or " " in url:
        return None
    try:
        found = urlsplit(url)
        _ = found.port
    except ValueError:
        return None
    return found


def _check_url(text: str, place: Source, report: Report) -> None:
    url = _split(text)
    if text in _EMULATORS:
        return
    if url is not None and (url.username is not None or url.password is not None):
        report.error(
            "literal-secret",
            "base_url holds a user name or password",
            place,
            "name credentials under api.credentials",
        )
    elif url is None or url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment:
        report.error(
            "base-url", "base_url is no https:// address", place,
            f"write https://host, or one of {', '.join(_EMULATORS)}",
        )  # fmt: skip
    elif url.scheme == "http" and not _is_loopback(url.hostname):
        report.error(
            "base-url", "plain http to another machine would show the token", place, "write https://"
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
