"""What Delta and Iceberg share: tables that commit one by one, and a pointer that makes of them one state.

Neither has a transaction over several tables. So a load writes each table as a new version of it, checks the sums, and
then names the versions that belong together in one place, at once. What is not named there is half a load: the next
session takes it back. Both rewrite a table of documents whole, which for a tenth of changed rows was measured to be
faster than either's merge.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

import polars as pl
import pyarrow as pa

from etl.warehouse.contents import Change
from etl.warehouse.files import RunFiles
from etl.warehouse.sums import deeds_of_frames, sums_of_frames
from etl.warehouse.tables import DOCUMENTS, LEDGER, Table

__all__ = ["LakeSession", "arrow_schema", "stream"]


class LakeSession(ABC):
    """One load: tables are rewritten whole or added to, and what is newest counts as the target's own."""

    @abstractmethod
    def _exists(self, table: Table) -> bool:
        """Whether the table is there."""

    @abstractmethod
    def _files(self, table: Table) -> list[str]:
        """Paths of the Parquet files of the table's newest state."""

    @abstractmethod
    def _write(self, table: Table, rows: pa.RecordBatchReader, *, overwrite: bool) -> None:
        """Write rows as a new state of the table, instead of those that are there or after them."""

    def read(self, table: Table) -> pl.DataFrame:
        """Every row of a table, without its text."""
        return self._scan(table).select(pl.exclude("text")).collect() if self._exists(table) else table.empty()

    def replace(self, table: Table, change: Change, files: RunFiles) -> None:
        """Write the table anew."""
        self._write(table, stream(table, files.frames(table, change.documents)), overwrite=True)

    def rewrite(self, table: Table, frame: pl.DataFrame) -> None:
        """Write the table anew."""
        self._write(table, stream(table, iter((frame,))), overwrite=True)

    def append(self, table: Table, frame: pl.DataFrame) -> None:
        """Add rows."""
        self._write(table, stream(table, iter((frame,))), overwrite=False)

    def sums(self) -> dict[str, int]:
        """The sums of what is newest."""
        return sums_of_frames(self._scan)

    def deeds(self) -> pl.DataFrame:
        """What the rules did, by what is newest."""
        return deeds_of_frames(self._scan(LEDGER), self._scan(DOCUMENTS))

    def _scan(self, table: Table) -> pl.LazyFrame:
        paths = self._files(table)
        if not paths:
            return table.empty().lazy()
        return pl.scan_parquet(paths, glob=False, missing_columns="insert", schema=dict(table.types))


def arrow_schema(table: Table) -> pa.Schema:
    """Columns of a table for Arrow, each with its comment, in types that both formats take."""
    columns = table.schema.columns()
    return pa.schema(
        [
            pa.field(
                name,
                _arrow_type(column.dtype),
                nullable=column.nullable,
                metadata={"comment": column.description or ""},
            )
            for name, column in columns.items()
        ]
    )


def _arrow_type(dtype: pl.DataType) -> pa.DataType:
    plain = {
        pl.String: pa.string(), pl.Int64: pa.int64(), pl.Float64: pa.float64(), pl.Boolean: pa.bool_(),
        pl.Date: pa.date32(), pl.Datetime: pa.timestamp("us"),
    }  # fmt: skip
    return pa.list_(pa.string()) if isinstance(dtype, pl.List) else plain[type(dtype)]


def stream(table: Table, frames: Iterator[pl.DataFrame]) -> pa.RecordBatchReader:
    """Frames as a stream, so that memory holds one of them at a time."""
    schema = arrow_schema(table)
    return pa.RecordBatchReader.from_batches(
        schema, (batch for frame in frames for batch in frame.to_arrow().cast(schema).to_batches())
    )
