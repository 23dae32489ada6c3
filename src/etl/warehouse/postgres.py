"""PostgreSQL 15 or newer by ADBC: one transaction a load, rows by COPY, another loader waits on an advisory lock."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import adbc_driver_manager
import adbc_driver_postgresql.dbapi as adbc
import polars as pl
from adbc_driver_manager.dbapi import Connection

from etl.errors import OutputError, UsageError
from etl.warehouse.contents import Change
from etl.warehouse.ddl import BINARY, create_view, migration, quote
from etl.warehouse.files import RunFiles
from etl.warehouse.sums import DEEDS_SQL, SUMS_SQL
from etl.warehouse.tables import TABLES, Table
from etl.warehouse.views import VIEWS

__all__ = ["PostgresTarget"]

OLDEST_SERVER = 150_000
"""Version 15, as the server numbers it: the oldest that is tested."""

LOAD_LOCK = 0x65746C
"""Key of the advisory lock that one load of a database holds: `etl` in ASCII."""

CLEAN_TEXTS = (("documents", "text"), ("paragraphs", "text"), ("documents", "title"))
"""Where NUL is refused rather than shown: clean text has none, unless the recipe lets it through."""

SHOWN_NUL = "\u2400"
"""Sign that stands for NUL in evidence, such as a heading as it was written; the ledger has the character itself."""

SUPERSEDED = "etl_superseded"
"""Temporary table of the documents that a load deletes or replaces."""


class PostgresTarget:
    """A database of a PostgreSQL server; tables go to the first schema of the search path.

    Attributes:
        url: as libpq takes it.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def name(self) -> str:
        """The URL without its password."""
        parts = urlsplit(self.url)
        return f"postgresql://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"

    @contextmanager
    def session(self) -> Iterator[PostgresSession]:
        """One transaction."""
        try:
            with adbc.connect(self.url) as connection:
                session = PostgresSession(connection, self.name)
                try:
                    session.hold()
                    yield session
                except BaseException:
                    connection.rollback()
                    raise
                connection.commit()
        except adbc_driver_manager.Error as error:
            message = " ".join(str(error).split())
            raise OutputError(f"{self.name}: {message}; nothing was loaded") from error


class PostgresSession:
    """One load, in one transaction."""

    def __init__(self, connection: Connection, name: str) -> None:
        self.connection = connection
        self.name = name

    def hold(self) -> None:
        """Wait until no other loader is at work, and see whether the server will do."""
        [(version, encoding)] = self._fetch(
            "SELECT current_setting('server_version_num')::bigint, current_setting('server_encoding')"
        )
        if version < OLDEST_SERVER or encoding != "UTF8":
            raise UsageError(
                f"{self.name}: is version {version // 10_000} with encoding {encoding}; needs 15 or newer, with UTF8"
            )
        self._execute(f"SELECT pg_advisory_xact_lock({LOAD_LOCK})")

    def read(self, table: Table) -> pl.DataFrame:
        """Every row of a table, without its text."""
        present = self._columns(table)
        names = [name for name in table.columns if name in present and name != "text"]
        if not names:
            return table.empty()
        return self._frame(f"SELECT {', '.join(map(quote, names))} FROM {quote(table.name)}")

    def prepare(self) -> None:
        """Make what is missing. What is there is not touched, for defining it anew would make its readers wait."""
        for table in TABLES:
            for statement in migration("postgresql", table, self._columns(table), self.name):
                self._execute(statement)
        for view in VIEWS:
            make, comment = create_view("postgresql", view)
            stamp = f" [{hashlib.sha256(make.encode()).hexdigest()[:12]}]"
            [(said,)] = self._fetch(f"SELECT obj_description(to_regclass('{view.name}'), 'pg_class')")
            if not (said or "").endswith(stamp):
                self._execute(make)
                self._execute(f"{comment[:-1]}{stamp}'")

    def replace(self, table: Table, change: Change, files: RunFiles) -> None:
        """Delete what is superseded, insert what is new."""
        if change.superseded.height:
            with self.connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{SUPERSEDED}")
                cursor.adbc_ingest(SUPERSEDED, change.superseded.to_arrow(), mode="create", temporary=True)
                cursor.execute(
                    f"DELETE FROM {quote(table.name)} t USING pg_temp.{SUPERSEDED} s WHERE s.doc_id = t.doc_id"
                )
        for frame in files.frames(table, change.written):
            self.append(table, frame)

    def rewrite(self, table: Table, frame: pl.DataFrame) -> None:
        """Delete all, insert all."""
        self._execute(f"DELETE FROM {quote(table.name)}")
        self.append(table, frame)

    def append(self, table: Table, frame: pl.DataFrame) -> None:
        """Insert rows by the names of their columns, by COPY."""
        if frame.height:
            with self.connection.cursor() as cursor:
                cursor.adbc_ingest(table.name, _accepted(table, frame, self.name).to_arrow(), mode="append")

    def sums(self) -> dict[str, int]:
        """The sums, as this transaction sees them."""
        return {name: int(value) for name, value in self._fetch(SUMS_SQL)}

    def deeds(self) -> pl.DataFrame:
        """What the rules did, as this transaction sees it."""
        return self._frame(DEEDS_SQL)

    def _columns(self, table: Table) -> dict[str, str]:
        """Type of each column of a table, as the contract spells it; empty if it is not there."""
        found = self._fetch(
            "SELECT attname, replace(format_type(atttypid, atttypmod), ' without time zone', '') FROM pg_attribute "
            f"WHERE attrelid = to_regclass('{table.name}') AND attnum > 0 AND NOT attisdropped"
        )
        return dict(found)

    def _execute(self, statement: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement)

    def _frame(self, query: str) -> pl.DataFrame:
        with self.connection.cursor() as cursor:
            cursor.execute(query)
            return pl.DataFrame(pl.from_arrow(cursor.fetch_arrow_table()))

    def _fetch(self, query: str) -> list[Any]:
        with self.connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()


def _accepted(table: Table, frame: pl.DataFrame, target: str) -> pl.DataFrame:
    """Rows as the server takes them: the ledger's texts as bytes, and no NUL elsewhere.

    Raises:
        UsageError: clean text holds NUL, which only a recipe without the rule `invisible` lets through.
    """
    texts = [name for name, dtype in table.types.items() if dtype == pl.String]
    lists = [name for name, dtype in table.types.items() if isinstance(dtype, pl.List)]
    binary = [name for name in texts if (table.name, name) in BINARY]
    clean = [name for name in texts if (table.name, name) in CLEAN_TEXTS]
    for name in clean:
        refused = frame.filter(pl.col(name).str.contains("\0", literal=True))
        if refused.height:
            raise UsageError(
                f"{target}: {table.name}.{name} of document {refused['doc_id'][0]} holds NUL, which PostgreSQL "
                "refuses; clean with normalize.invisible = true"
            )
    shown = [name for name in texts if name not in (*binary, *clean)]
    return frame.with_columns(
        *(pl.col(name).cast(pl.Binary) for name in binary),
        *(pl.col(name).str.replace_all("\0", SHOWN_NUL, literal=True) for name in shown),
        *(pl.col(name).list.eval(pl.element().str.replace_all("\0", SHOWN_NUL, literal=True)) for name in lists),
    )
