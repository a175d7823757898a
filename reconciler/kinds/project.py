"""Project and Environment: what the tool itself is told, beside the manifests."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field as ModelField,
    StringConstraints,
    Tag,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from reconciler.kinds.facts import Fact
from reconciler.kinds.lifecycle import DriftMode
from reconciler.kinds.spec import Flag, Name, Spec, Text, rules, where
from reconciler.resources import NAME
from reconciler.values import Plain

_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?")


def _as_number(value: object) -> object:
    """A plain scalar that is written as a number. Anything else of text is none, whatever Python takes for one."""
    if isinstance(value, Plain) and _NUMBER.fullmatch(value):
        return str(value)
    raise PydanticCustomError("wrong-type", "expected a number, found {found}", {"found": repr(value)[:60]})


Count = Annotated[int, BeforeValidator(_as_number)]
Number = Annotated[float, BeforeValidator(_as_number)]


class ProjectSpec(Spec):
    default_environment: Annotated[Name, Fact("The environment that is meant when `-e` is not given.")] = ""


class FromEnv(Spec):
    """A credential in an environment variable of the process that runs the command."""

    env: Annotated[Name, Fact("The variable's name.")]


class FromFile(Spec):
    """A credential in a file, such as a mounted secret."""

    file: Annotated[Name, Fact("The file's path.")]


def _source(value: object) -> str:
    return (
        "<file>" if isinstance(value, FromFile) or (isinstance(value, dict) and "file" in value) else "<env>"
    )


SecretRef = Annotated[
    Annotated[FromEnv, Tag("<env>")] | Annotated[FromFile, Tag("<file>")], Discriminator(_source)
]


class Credentials(Spec):
    """References only. A literal secret is refused: what stands in git is not secret."""

    client_id: Annotated[SecretRef, Fact("Where the OAuth client id is found.")]
    client_secret: Annotated[SecretRef, Fact("Where the OAuth client secret is found.")]
    redirect_uri: Annotated[SecretRef, Fact("Where the OAuth redirect URI is found.")]


class StateEncryption(Spec):
    """References only, as for credentials."""

    key: Annotated[SecretRef, Fact("Where the key is found that seals what is written.")]
    fallbacks: Annotated[
        list[SecretRef], Fact("Where older keys are found, which still open what was sealed with them.")
    ] = ModelField(default_factory=list)


_EMULATOR = {"enum": ["emulator://", "emulator://sample"]}
_URL = (
    r"^emulator://(sample)?$"
    r"|^[hH][tT][tT][pP][sS]://[^\s/?#@]+(/[^\s?#]*)?$"
    r"|^[hH][tT][tT][pP]://(localhost|127\.[0-9]+\.[0-9]+\.[0-9]+|\[::1\])(:[0-9]*)?(/[^\s?#]*)?$"
)
_WITH_PASSWORD = (
    r"^[^/?#]*//[^/?#]*:[^/?#@]+@|[?&]password=[^&]"  # noqa: S105 - a pattern
    r"|[?&]remote=([^/?#&]*//[^/?#&]*:[^/?#&@]+|https?://[^/?#&]+)@"
)


class Api(Spec):
    model_config = rules(
        where(
            "base_url",
            {"not": _EMULATOR},
            {"required": ["credentials"], "properties": {"credentials": {"not": {"type": "null"}}}},
        )
    )

    base_url: Annotated[
        Name,
        ModelField(json_schema_extra={"pattern": _URL}),
        Fact("`https://…`, or `emulator://` and `emulator://sample` for the bundled emulator."),
    ]
    credentials: Annotated[
        Credentials | None, Fact("References to the credentials. The bundled emulator needs none.")
    ] = None
    requests_per_second: Annotated[
        Number, ModelField(gt=0, le=1000), Fact("One budget for the whole run.")
    ] = 10
    concurrency: Annotated[
        Count, ModelField(ge=1, le=10), Fact("Requests under way at once, 10 at most.")
    ] = 8
    timeout_seconds: Annotated[Number, ModelField(gt=0, le=600), Fact("For one request.")] = 30


class Connection(Spec):
    uuid: Annotated[Name, Fact("The connection's uuid in the API.")]


def _as_zone(value: object) -> object:
    try:
        ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise PydanticCustomError(
            "wrong-type",
            "expected a time zone such as Australia/Sydney, found {found}",
            {"found": repr(value)},
        ) from None
    return str(value)


Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_CLOCK = "^([01][0-9]|2[0-3]):[0-5][0-9]$"
Clock = Annotated[
    Text, StringConstraints(pattern=_CLOCK), WithJsonSchema({"type": "string", "pattern": _CLOCK})
]


class Freeze(Spec):
    """A time in which nothing is applied. Where it does not end after it starts, it lasts into the next day."""

    days: Annotated[list[Day], Fact("The days on which it starts; by default every day.")] = ModelField(
        default_factory=list
    )
    starts: Annotated[Clock, Fact("When it starts, as `16:00`.")] = "00:00"
    ends: Annotated[Clock, Fact("When it ends.")] = "00:00"
    timezone: Annotated[Text, BeforeValidator(_as_zone), Fact("The zone of these times.")] = "UTC"


class Policy(Spec):
    on_conflict: Annotated[
        Literal["fail", "overwrite"], Fact("Where the manifest and live both moved, apart.")
    ] = "fail"
    allow_create: Annotated[Flag, Fact("A manifest with no remote object makes one.")] = True
    prune: Annotated[Flag, Fact("A recorded object without a manifest is deleted.")] = False
    max_changes: Annotated[Count, ModelField(ge=0), Fact("Per run, a count.")] = 100
    max_change_percent: Annotated[
        Number, ModelField(ge=0, le=100), Fact("Of the managed objects, checked from 5 objects up.")
    ] = 50
    protect: Annotated[list[Name], Fact("Addresses or globs that may never change.")] = ModelField(
        default_factory=list
    )
    freeze: Annotated[list[Freeze], Fact("Times in which nothing is applied.")] = ModelField(
        default_factory=list
    )
    max_plan_age_hours: Annotated[
        Number, ModelField(gt=0), Fact("How old a saved plan may be when it is applied.")
    ] = 168


class Drift(Spec):
    """How `drift --correct` goes about what moved outside git. Without that option nothing is ever corrected."""

    mode: Annotated[
        DriftMode,
        Fact("`off`: left alone, also by objects that say otherwise; `warn`: only reported; `correct`."),
    ] = "correct"
    retry_minutes: Annotated[
        Number,
        ModelField(gt=0),
        Fact(
            "So long after one attempt the same drift is left alone; twice as long after each further one, up to a day."
        ),
    ] = 15
    flaps: Annotated[
        Count, ModelField(ge=1), Fact("A field that was put back so often, and moved again, is quarantined.")
    ] = 3
    flap_hours: Annotated[Number, ModelField(gt=0), Fact("The time within which that counts.")] = 24


Happening: TypeAlias = Literal["drift", "resolved", "corrected", "failed", "applied"]
_TOLD_BY_DEFAULT: tuple[Happening, ...] = ("drift", "resolved", "corrected", "failed")


class Notification(Spec):
    """Somebody who is told by a webhook. Whoever knows its URL can write there, so it is a secret too."""

    url: Annotated[SecretRef, Fact("Where the webhook's URL is found.")]
    format: Annotated[
        Literal["slack", "json"],
        Fact("Slack's (Mattermost and others take it too), or a document of our own."),
    ] = "slack"
    on: Annotated[list[Happening], Fact("What is told; by default all but `applied`.")] = ModelField(
        default_factory=lambda: list(_TOLD_BY_DEFAULT)
    )


class EnvironmentSpec(Spec):
    api: Annotated[Api, Fact("How the API is reached.")]
    state: Annotated[
        Name,
        ModelField(json_schema_extra={"not": {"type": "string", "pattern": _WITH_PASSWORD}}),
        Fact("Where the record is kept: a URL. By default SQLite under the project folder."),
    ] = ""
    connections: Annotated[
        dict[str, Connection],
        ModelField(json_schema_extra={"propertyNames": {"pattern": f"^({NAME.pattern})$"}}),
        Fact("The connections, by the name manifests use."),
    ] = ModelField(default_factory=dict)
    state_encryption: Annotated[
        StateEncryption | None, Fact("The keys that the record is encrypted with; by default it is not.")
    ] = None
    variables: Annotated[dict[str, Any], Fact("What templates read as `vars`.")] = ModelField(
        default_factory=dict
    )
    policy: Annotated[Policy, Fact("The guards.")] = Policy()
    drift: Annotated[Drift, Fact("What `drift --correct` may do.")] = Drift()
    notifications: Annotated[
        list[Notification], Fact("Who is told by `drift` and `apply`; `plan` tells nobody.")
    ] = ModelField(default_factory=list)
