"""The tables of one environment's record, the same in SQLite and PostgreSQL.

The order of the columns is the order of the cells in `rows`, and the last one is the seal. SQLite gets tables
of one tree each: there is no index beside a table that could disagree with it.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text

FORMAT = 2
"""Raised with every change of the tables. Older ones are read, and migrated by the next write (`migrations`);
newer ones are refused. 2: `sealed` and `moved_to` in META."""

METADATA = MetaData()


def _text(name: str, *, key: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=key, nullable=False)


def _number(name: str, *, key: bool = False) -> Column[int]:
    return Column(name, BigInteger, primary_key=key, nullable=False, autoincrement=False)


META = Table(
    "meta",
    METADATA,
    _number("id", key=True),
    _number("format"),
    _text("lineage"),
    _number("serial"),
    _text("environment"),
    _text("layout"),
    _number("records"),
    _number("intents"),
    _number("history"),
    _text("total"),
    _text("sealed"),
    _text("moved_to"),
    _text("digest"),
    sqlite_with_rowid=False,
)
"""One row. `layout` is a digest of the store's own table definitions, `total` the sum of the seals, `sealed` a
token that the keys of an encrypted record open, `moved_to` where the record lives now."""

RECORDS = Table(
    "records",
    METADATA,
    _text("connection", key=True),
    _text("kind", key=True),
    _text("name", key=True),
    _text("uuid"),
    _text("fields"),
    _text("signs"),
    _text("digest"),
    sqlite_with_rowid=False,
)

INTENTS = Table(
    "intents",
    METADATA,
    _text("id", key=True),
    _text("body"),
    _text("digest"),
    sqlite_with_rowid=False,
)

HISTORY = Table(
    "history",
    METADATA,
    # INTEGER makes it the rowid itself: still one tree, and long rows stay on their page
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    _text("connection"),
    _text("kind"),
    _text("name"),
    _text("body"),
    _text("digest"),
)
"""`seq` counts from 1 without gaps."""

LEASE = Table(
    "lease",
    METADATA,
    _number("id", key=True),
    _number("epoch"),
    _text("holder"),
    _number("since"),
    _number("until"),
    _number("ttl"),
    _text("digest"),
    sqlite_with_rowid=False,
)
"""One row. `holder` is JSON, or "" where the lock is free; times are milliseconds since 1970."""
