"""DuckDB: the new state is built in a file beside the warehouse and takes its place in one rename.

DuckDB lets no process read a file that another one writes. So a reader has the old file, for as long as it keeps it
open, or the new one, and never waits.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq

from etl.errors import OutputError, UsageError
from etl.files import sync
from etl.warehouse.contents import Change
from etl.warehouse.ddl import create_view, literal, migration, quote
from etl.warehouse.files import RunFiles
from etl.warehouse.sums import DEEDS_SQL, SUMS_SQL
from etl.warehouse.tables import TABLES, Table
from etl.warehouse.targets import held
from etl.warehouse.views import VIEWS

__all__ = ["DuckdbTarget", "answer"]

UNREAD = ("text",)
"""Columns that `read` leaves out, for they are most of the bytes."""


ROW_GROUP = 15 * 2048
"""Rows that are stored together, a fourth of DuckDB's own choice. Threads write a row group each, and where rows are
added only the last one is written again: documents are few and long, and 100,000 of them would be one row group."""

DERIVED = {"ledger": {"chars_removed": "length(before)", "chars_inserted": "coalesce(length(after), 0)"}}
"""Columns of a table that follow from others of the same row, as DuckDB computes them."""


class DuckdbTarget:
    """A DuckDB file.

    Attributes:
        path: the file that readers open.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        """Path of the file."""
        return str(self.path)

    @contextmanager
    def session(self) -> Iterator[DuckdbSession]:
        """Build beside; on success, replace."""
        path = self.path.resolve()  # A link stays a link, and all its names share one lock.
        with held(path):
            session = DuckdbSession(path)
            try:
                yield session
                session.publish()
            except duckdb.Error as error:
                raise OutputError(f"{self.path}: {error}; the file is as it was") from error
            finally:
                session.close()


def answer(path: Path, sql: str) -> pl.DataFrame:
    """What a query gives, read from a warehouse's file.

    Raises:
        UsageError: there is no such file, or the query is wrong.
    """
    if not path.is_file():
        raise UsageError(f"{path}: no such warehouse; make one with `etl load OUTPUT --to duckdb:///{path}`")
    try:
        with duckdb.connect(path, read_only=True) as connection:
            found = pl.DataFrame(pl.from_arrow(connection.sql(sql).to_arrow_table()))
    except duckdb.Error as error:
        told = " ".join(str(error).partition("\n\n")[0].split())  # below it the query is quoted
        raise UsageError(f"{path}: {told}; `etl schema` prints its tables") from error
    # DuckDB sums integers in 128 bits, which Arrow calls decimals.
    whole = [name for name, dtype in found.schema.items() if isinstance(dtype, pl.Decimal) and dtype.scale == 0]
    return found.with_columns(pl.col(whole).cast(pl.Int64))


class DuckdbSession:
    """One load: reads the file that is there until `prepare` has copied it, then works on the copy."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.building = path.with_name(f".{path.name}.loading")
        self.spilled = path.with_name(f".{path.name}.loading.tmp")
        self.connection: duckdb.DuckDBPyConnection | None = None
        self.disk = ThreadPoolExecutor(1)
        self.syncs: list[Future[None]] = []
        self._clear()  # What a killed load left.

    def read(self, table: Table) -> pl.DataFrame:
        """Every row of a table, without its text."""
        if self.connection is not None:
            return _read(self.connection, table)
        if not self.path.exists():
            return table.empty()
        if self.path.with_name(f"{self.path.name}.wal").exists():
            raise OutputError(
                f"{self.path}: another program is writing to it, or died over it; open and close it first"
            )
        with duckdb.connect(self.path, read_only=True) as connection:
            return _read(connection, table)

    def prepare(self) -> None:
        """Copy the file that is there, and make what is missing."""
        if self.path.exists():
            shutil.copy(self.path, self.building)  # With its mode: readers may be others.
            self._sync_beside()
        connection = duckdb.connect(config={"temp_directory": str(self.spilled)})
        self.connection = connection
        connection.execute(f"ATTACH {literal(str(self.building))} AS warehouse (ROW_GROUP_SIZE {ROW_GROUP})")
        connection.execute("USE warehouse")
        connection.execute("BEGIN")
        for table in TABLES:
            for statement in migration("duckdb", table, _columns(connection, table), str(self.path)):
                connection.execute(statement)
        for view in VIEWS:
            for statement in create_view("duckdb", view):
                connection.execute(statement)

    def replace(self, table: Table, change: Change, files: RunFiles) -> None:
        """Delete what is superseded, and have the engine itself read what is new from the run's files."""
        if change.superseded.height:
            self._over(change.superseded, f"DELETE FROM {quote(table.name)} WHERE doc_id IN (SELECT doc_id FROM frame)")
        parts = files.parts(table, change.written["shard"].unique(maintain_order=True))
        if parts:
            there = {*pq.read_schema(parts[0]).names, "digest", "run_id"}  # Older runs lack newer columns.
            columns = {name: quote(name) for name in table.columns if name in there} | DERIVED.get(table.name, {})
            names, values = ", ".join(map(quote, columns)), ", ".join(columns.values())
            paths = ", ".join(literal(str(path)) for path in parts)
            self._over(
                change.written.select("doc_id", "digest", "run_id"),
                f"INSERT INTO {quote(table.name)} ({names}) "
                f"SELECT {values} FROM read_parquet([{paths}]) JOIN frame USING (doc_id)",
            )
            self._sync_beside()

    def rewrite(self, table: Table, frame: pl.DataFrame) -> None:
        """Delete all, insert all."""
        self._building.execute(f"DELETE FROM {quote(table.name)}")
        self.append(table, frame)

    def append(self, table: Table, frame: pl.DataFrame) -> None:
        """Insert rows by the names of their columns."""
        self._over(frame, f"INSERT INTO {quote(table.name)} BY NAME SELECT * FROM frame")

    def sums(self) -> dict[str, int]:
        """The sums of what was built."""
        return {name: int(value) for name, value in self._building.execute(SUMS_SQL).fetchall()}

    def deeds(self) -> pl.DataFrame:
        """What the rules did, by the ledger that was built."""
        return pl.DataFrame(pl.from_arrow(self._building.sql(DEEDS_SQL).to_arrow_table()))

    def publish(self) -> None:
        """Put what was built in the place of the file; nothing, if nothing was built."""
        if self.connection is None:
            return
        self.connection.execute("COMMIT")
        self.connection.execute("CHECKPOINT")
        self.connection.close()
        self._sync_beside()
        for synced in self.syncs:
            synced.result()
        self.building.replace(self.path)
        sync(self.path.parent)

    def close(self) -> None:
        """Clear away what was not published."""
        self.disk.shutdown()
        if self.connection is not None:
            self.connection.close()
        self._clear()

    def _clear(self) -> None:
        for path in (self.building, self.building.with_name(f"{self.building.name}.wal")):
            path.unlink(missing_ok=True)
        shutil.rmtree(self.spilled, ignore_errors=True)

    def _sync_beside(self) -> None:
        """Have what is written go to the disk while work goes on, so that `publish` has little to wait for."""
        self.syncs.append(self.disk.submit(sync, self.building))

    @property
    def _building(self) -> duckdb.DuckDBPyConnection:
        if self.connection is None:
            raise RuntimeError("prepare() comes first")
        return self.connection

    def _over(self, frame: pl.DataFrame, statement: str) -> None:
        """Carry out a statement that reads from `frame`."""
        self._building.register("frame", frame.to_arrow())
        self._building.execute(statement)
        self._building.unregister("frame")


def _columns(connection: duckdb.DuckDBPyConnection, table: Table) -> dict[str, str]:
    """Type of each column of a table; empty if it is not there."""
    query = (
        "SELECT column_name, data_type FROM duckdb_columns() "
        "WHERE table_name = ? AND schema_name = 'main' AND database_name = current_database()"
    )
    found: list[Any] = connection.execute(query, [table.name]).fetchall()
    return dict(found)


def _read(connection: duckdb.DuckDBPyConnection, table: Table) -> pl.DataFrame:
    present = _columns(connection, table)
    names = [name for name in table.types if name in present and name not in UNREAD]
    if not names:
        return table.empty()
    found = connection.sql(f"SELECT {', '.join(map(quote, names))} FROM {quote(table.name)}").to_arrow_table()
    return pl.DataFrame(pl.from_arrow(found))
