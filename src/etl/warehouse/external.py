"""Statements by which cloud warehouses read a run's own Parquet files, generated from its manifest.

Nothing is uploaded here: copy the output folder to object storage by your own means, and name where it stands. Only
files that the manifest lists are named, and each script ends by counting rows against the manifest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

import polars as pl

from etl.datasets import CommittedRun
from etl.schemas import DATASETS
from etl.warehouse.tables import CONTENT, Table

__all__ = ["ExternalDialect", "external_script"]

ExternalDialect = Literal["bigquery", "snowflake", "clickhouse", "spark"]

TYPES: Mapping[str, Mapping[type[pl.DataType], str]] = {
    "bigquery": {pl.String: "STRING", pl.Int64: "INT64", pl.Float64: "FLOAT64", pl.Date: "DATE"},
    "snowflake": {pl.String: "VARCHAR", pl.Int64: "NUMBER(19)", pl.Float64: "FLOAT", pl.Date: "DATE"},
    "clickhouse": {pl.String: "String", pl.Int64: "Int64", pl.Float64: "Float64", pl.Date: "Date32"},
    "spark": {pl.String: "STRING", pl.Int64: "BIGINT", pl.Float64: "DOUBLE", pl.Date: "DATE"},
}
"""Names of the types that the datasets have."""

LISTS = {
    "bigquery": "ARRAY<STRING>",
    "snowflake": "ARRAY",
    "clickhouse": "Array(Nullable(String))",
    "spark": "ARRAY<STRING>",
}
"""Type of a list of texts."""

MOST_FILES = 1000
"""Files that one COPY of Snowflake may name."""


def external_script(run: CommittedRun, dialect: ExternalDialect, location: str) -> str:
    """The statements for one kind of warehouse.

    Args:
        run: the run.
        dialect: which kind.
        location: where the output folder stands: gs://BUCKET/PATH, s3://BUCKET/PATH, https://... for ClickHouse.
    """
    write: Callable[[CommittedRun, list[Table], str], Iterator[str]] = {
        "bigquery": _bigquery, "snowflake": _snowflake, "clickhouse": _clickhouse, "spark": _spark,
    }[dialect]  # fmt: skip
    tables = [table for table in CONTENT if _files(run, table)]
    counts = [
        f"SELECT '{table.name}' AS table_name, count(*) AS found, {_rows(run, table)} AS promised FROM {_name(table)}"
        for table in tables
    ]
    namespace = "DATABASE" if dialect == "clickhouse" else "SCHEMA"
    statements = [
        f"CREATE {namespace} IF NOT EXISTS etl",
        *write(run, tables, location.rstrip("/")),
        "\nUNION ALL ".join(counts),
    ]
    return f"-- Run {run.run_id}, for {dialect}\n" + ";\n".join(statements) + ";"


def _files(run: CommittedRun, table: Table) -> list[str]:
    return [name for name in run.manifest["files"] if name.startswith(f"{table.name}/")]


def _rows(run: CommittedRun, table: Table) -> int:
    return sum(run.manifest["files"][name]["rows"] for name in _files(run, table))


def _name(table: Table) -> str:
    return f"etl.{table.name}"


def _columns(dialect: str, table: Table, quote: str, described: str) -> str:
    """Columns of the dataset, each with its type and comment; `described` is how the dialect writes a comment."""
    lines = []
    for name, column in DATASETS[table.name].columns().items():
        kind = LISTS[dialect] if isinstance(column.dtype, pl.List) else TYPES[dialect][type(column.dtype)]
        if dialect == "clickhouse":
            kind = f"Nullable({kind})" if column.nullable and not isinstance(column.dtype, pl.List) else kind
        elif not column.nullable and dialect != "spark":
            kind += " NOT NULL" if not isinstance(column.dtype, pl.List) else ""
        comment = (column.description or "").replace("'", r"\'")
        title = name.upper() if dialect == "snowflake" else name
        lines.append(f"    {quote}{title}{quote} {kind} {described.format(comment)}")
    return ",\n".join(lines)


def _bigquery(run: CommittedRun, tables: list[Table], location: str) -> Iterator[str]:
    for table in tables:
        uris = ",\n    ".join(f"'{location}/runs/{run.run_id}/{name}'" for name in _files(run, table))
        options = f"format = 'PARQUET', enable_list_inference = TRUE,\n  uris = [\n    {uris}]"
        columns = _columns("bigquery", table, "`", "OPTIONS (description = '{}')")
        yield f"CREATE OR REPLACE EXTERNAL TABLE {_name(table)}_files\nOPTIONS ({options})"
        yield f"LOAD DATA OVERWRITE {_name(table)} (\n{columns})\nFROM FILES ({options})"


def _snowflake(run: CommittedRun, tables: list[Table], location: str) -> Iterator[str]:
    """Rows are replaced in one transaction. FORCE, for Snowflake passes over files that it has loaded before."""
    yield f"CREATE OR REPLACE STAGE etl.output URL = '{location}/'"
    for table in tables:
        columns = _columns("snowflake", table, '"', "COMMENT '{}'")
        yield f"CREATE TABLE IF NOT EXISTS {_name(table)} (\n{columns})"
    yield "BEGIN"
    for table in tables:
        yield f"DELETE FROM {_name(table)}"
        files = _files(run, table)
        for first in range(0, len(files), MOST_FILES):
            names = ",\n    ".join(f"'{name}'" for name in files[first : first + MOST_FILES])
            yield (
                f"COPY INTO {_name(table)} FROM @etl.output/runs/{run.run_id}/\n  FILES = (\n    {names})\n"
                "  FILE_FORMAT = (TYPE = PARQUET) MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE FORCE = TRUE"
            )
    yield "COMMIT"


def _clickhouse(run: CommittedRun, tables: list[Table], location: str) -> Iterator[str]:
    """New tables are filled, and change places with the old ones when all of them are."""
    for table in tables:
        columns = _columns("clickhouse", table, "`", "COMMENT '{}'")
        order = ", ".join(table.key or table.look_up)
        names = ",".join(name.partition("/")[2] for name in _files(run, table))
        source = f"{location}/runs/{run.run_id}/{table.name}/{{{names}}}"
        yield f"CREATE OR REPLACE TABLE {_name(table)}_next (\n{columns})\nENGINE = MergeTree ORDER BY ({order})"
        yield f"INSERT INTO {_name(table)}_next SELECT * FROM s3('{source}', 'Parquet')"
        yield f"CREATE TABLE IF NOT EXISTS {_name(table)} AS {_name(table)}_next"
    for table in tables:
        yield f"EXCHANGE TABLES {_name(table)}_next AND {_name(table)}"
        yield f"DROP TABLE {_name(table)}_next"


def _spark(run: CommittedRun, tables: list[Table], location: str) -> Iterator[str]:
    """Spark takes a folder; a committed run's folder never changes and holds nothing but what the manifest lists."""
    for table in tables:
        columns = _columns("spark", table, "`", "COMMENT '{}'")
        yield f"DROP TABLE IF EXISTS {_name(table)}"
        yield (
            f"CREATE TABLE {_name(table)} (\n{columns})\n"
            f"USING parquet LOCATION '{location}/runs/{run.run_id}/{table.name}'"
        )
