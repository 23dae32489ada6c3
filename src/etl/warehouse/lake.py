"""What Delta and Iceberg share: tables that commit one by one, and a pointer that makes of them one state.

Neither has a transaction over several tables. So a load writes each table as a new version of it, checks the sums, and
then names the versions that belong together in one place, at once. What is not named there is half a load: the next
session takes it back. Both rewrite a table of documents whole, which for a tenth of changed rows was measured to be
faster than either's merge.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pyarrow as pa

from etl.warehouse.tables import Table

__all__ = ["arrow_schema", "stream"]


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
