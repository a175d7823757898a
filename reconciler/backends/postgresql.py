"""PostgreSQL under the record: one schema per environment, `reconciler_<environment>`.

Rights can then be granted per environment. Made in one transaction, under an advisory lock.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from sqlalchemy import URL, BigInteger, ColumnElement, Connection, create_engine, event, literal_column, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.schema import CreateSchema, DropSchema

from reconciler.backends.place import Birth
from reconciler.backends.tables import METADATA
from reconciler.errors import UsageError

LONGEST_NAME = 63
"""PostgreSQL cuts longer names off, and two environments could become one."""

# Not now(): that is the start of the transaction, before it waited for the lock.
_NOW: ColumnElement[int] = literal_column(
    "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)", BigInteger
)

_HOLDS = text("SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = :schema AND tablename = 'meta'")
_SCHEMA = text("SELECT count(*) FROM pg_catalog.pg_namespace WHERE nspname = :schema")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext(:schema))")

_WORDS = {
    "08": ("cannot be reached", "check that the server runs and that the address is right"),
    "28": ("refuses the login", "check user and password"),
    "3D": ("cannot be opened: there is no such database", "create it, or correct the environment's `state`"),
    "42501": (
        "cannot be used: this role lacks a right",
        "grant the role its schema, or CREATE on the database",
    ),
    "42": ("is damaged: its tables are not those that were made", "restore it from a backup"),
    "25006": ("cannot be written: this server is read-only", "point to the primary server"),
    "53100": (
        "cannot be written: the disk of the server is full",
        "free some space; what was recorded is intact",
    ),
    "53": ("cannot be used: the server is out of resources", "try again later"),
    "40": ("is being written by another process", "try again when that one is done"),
    "55": ("is being written by another process", "try again when that one is done"),
    "57": ("cannot be reached: the server is stopping", "try again when it is back"),
    "22": ("cannot hold a value", "remove the NUL character from it"),
    "XX": ("is damaged", "restore it from a backup"),
}


_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
"""Where one of them is off, a server that dies may lose what it acknowledged."""


class PostgresPlace:
    """A Place in the database of `url`."""

    now = _NOW
    on_one_machine = False

    def __init__(self, url: URL, environment: str) -> None:
        self.schema = f"reconciler_{environment}"
        if len(self.schema) > LONGEST_NAME:
            raise UsageError(
                f"environment {environment!r} has too long a name for PostgreSQL",
                hint=f"use at most {LONGEST_NAME - len('reconciler_')} characters",
            )
        self._url = url
        self.label = masked(url)
        self._secrets = _secrets(url)
        self.engine = create_engine(
            url,
            pool_size=1,
            max_overflow=0,
            pool_pre_ping=True,  # a long call to the API may outlive an idle connection
            hide_parameters=True,
            connect_args={"connect_timeout": 10, "application_name": "reconciler"} | dict(url.query),
        )
        event.listen(self.engine, "connect", _be_durable)
        names = {"schema_translate_map": {None: self.schema}}
        self.reading: dict[str, Any] = {**names, "isolation_level": "REPEATABLE READ"}
        self.writing: dict[str, Any] = {**names, "isolation_level": "READ COMMITTED"}
        self._exists = False

    def exists(self) -> bool:
        """By the catalogue, which every role can read: a missing right must not look like a missing record."""
        if not self._exists:
            with self.engine.connect() as connection:
                self._exists = self._holds(connection)
        return self._exists

    def create(self, birth: Birth) -> None:
        with self.engine.connect() as bare, bare.execution_options(**self.writing).begin() as transaction:
            connection = transaction.connection
            connection.execute(_LOCK, {"schema": self.schema})
            if self._holds(connection):
                return
            # asked for first: IF NOT EXISTS wants the right to create even where there is nothing to do
            if not connection.execute(_SCHEMA, {"schema": self.schema}).scalar_one():
                connection.execute(CreateSchema(self.schema))
            METADATA.create_all(connection)
            birth(connection, "")

    def check(self, connection: Connection, layout: str) -> None:
        """The server looks after its own tables."""

    def renew_layout(self, connection: Connection) -> str:  # noqa: ARG002 - a Place's signature
        return ""

    def durability(self, connection: Connection) -> list[str]:
        found = {name: str(connection.exec_driver_sql(f"SHOW {name}").scalar()) for name in _DURABLE}
        return [f"{name} is {value}" for name, value in found.items() if value == "off"]

    @contextmanager
    def scratch(self) -> Iterator[Callable[[], Self]]:
        name = f"probe-{secrets.token_hex(8)}"
        try:
            yield lambda: type(self)(self._url, name)
        finally:
            with self.engine.begin() as connection:
                connection.execute(DropSchema(f"reconciler_{name}", cascade=True, if_exists=True))

    def explain(self, error: BaseException) -> tuple[str, str]:
        code = getattr(error, "sqlstate", None) or "08"
        detail = str(error).strip().split("\n", 1)[0]
        for secret in self._secrets:
            detail = detail.replace(secret, "***")
        for prefix, (what, hint) in _WORDS.items():
            if code.startswith(prefix):
                return f"{what} ({detail})", hint
        return f"cannot be used ({detail})", "see the log of the server"

    def _holds(self, connection: Connection) -> bool:
        return bool(connection.execute(_HOLDS, {"schema": self.schema}).scalar_one())


def masked(url: URL) -> str:
    """The URL with `***` for its password, wherever it stands."""
    hidden = {key: "***" for key in url.query if "password" in key}
    return url.update_query_dict(hidden).render_as_string(hide_password=True).replace("%2A%2A%2A", "***")


def _secrets(url: URL) -> list[str]:
    inside = [str(value) for key, value in url.query.items() if "password" in key]
    return [secret for secret in (url.password, *inside) if secret]


def _be_durable(connection: DBAPIConnection, _record: object) -> None:
    """A server may be set to answer before the disk has it. Stronger settings are left alone."""
    cursor = connection.cursor()
    cursor.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    )
    cursor.close()
    connection.commit()
