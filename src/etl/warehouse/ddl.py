"""Tables as SQL definitions and as JSON schema, all from the one place that states the columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import polars as pl

from etl.warehouse.tables import CONTENT, TABLES, WAREHOUSE_VERSION, Table
from etl.warehouse.targets import check_columns
from etl.warehouse.views import VIEWS, View

__all__ = [
    "Dialect", "create_table", "create_view", "json_schema", "literal", "migration", "quote", "script", "sql_type",
]  # fmt: skip

Dialect = Literal["duckdb", "postgresql"]

TYPES: dict[Dialect, dict[type[pl.DataType], str]] = {
    "duckdb": {
        pl.String: "VARCHAR", pl.Int64: "BIGINT", pl.Float64: "DOUBLE", pl.Boolean: "BOOLEAN", pl.Date: "DATE",
        pl.Datetime: "TIMESTAMP",
    },
    "postgresql": {
        pl.String: "TEXT", pl.Int64: "BIGINT", pl.Float64: "DOUBLE PRECISION", pl.Boolean: "BOOLEAN",
        pl.Date: "DATE", pl.Datetime: "TIMESTAMP",
    },
}  # fmt: skip
"""Names of the column types, as the engine itself spells them in its catalogue."""

BINARY = (("ledger", "before"), ("ledger", "after"))
"""Texts that may hold NUL, which PostgreSQL's TEXT refuses: they are the page's own characters, UTF-8 in BYTEA."""

STORED = {("paragraphs", "text"): "uncompressed", ("ledger", "before"): "zstd"}
"""How DuckDB is told to keep texts that its own choice takes longer to write. Paragraphs as they are take two fifths
of the time of zstd and three times its room; the ledger's short texts take less of both as zstd."""

JSON_TYPES: dict[type[pl.DataType], dict[str, Any]] = {
    pl.String: {"type": "string"},
    pl.Int64: {"type": "integer"},
    pl.Float64: {"type": "number"},
    pl.Boolean: {"type": "boolean"},
    pl.Date: {"type": "string", "format": "date"},
    pl.Datetime: {"type": "string", "format": "date-time"},
}


def quote(name: str) -> str:
    """A name as an SQL identifier: several columns have the names of keywords."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def sql_type(dialect: Dialect, table: Table, column: str) -> str:
    """Type of a column in one engine."""
    if dialect == "postgresql" and (table.name, column) in BINARY:
        return "BYTEA"
    dtype = table.types[column]
    if isinstance(dtype, pl.List):
        return f"{TYPES[dialect][type(_inner(dtype))]}[]"
    return TYPES[dialect][type(dtype)]


def _inner(dtype: pl.List) -> pl.DataType:
    return dtype.inner if isinstance(dtype.inner, pl.DataType) else dtype.inner()


def create_table(dialect: Dialect, table: Table) -> Iterator[str]:
    """The statements that make a table and its indexes.

    DuckDB gets keys on the small tables of history only: an index on the documents' tables doubles the time of a
    load, and each load counts doubled keys itself.
    """
    lines = [
        f"    {quote(name)} {sql_type(dialect, table, name)}{'' if column.nullable else ' NOT NULL'}"
        f"{_storage(table.name, name) if dialect == 'duckdb' else ''}"
        for name, column in table.schema.columns().items()
    ]
    if table.key and (dialect == "postgresql" or table not in CONTENT):
        lines.append(f"    PRIMARY KEY ({', '.join(map(quote, table.key))})")
    yield f"CREATE TABLE {quote(table.name)} (\n" + ",\n".join(lines) + "\n)"
    if dialect == "postgresql":
        for column in table.look_up:
            yield f"CREATE INDEX {quote(f'{table.name}_{column}')} ON {quote(table.name)} ({quote(column)})"


def _storage(table: str, column: str) -> str:
    return f" USING COMPRESSION {STORED[table, column]}" if (table, column) in STORED else ""


def comments(table: Table) -> Iterator[str]:
    """The statements that say of a table and its columns what they are."""
    yield f"COMMENT ON TABLE {quote(table.name)} IS {literal(table.comment)}"
    for name, column in table.schema.columns().items():
        yield f"COMMENT ON COLUMN {quote(table.name)}.{quote(name)} IS {literal(column.description or '')}"


def migration(dialect: Dialect, table: Table, present: Mapping[str, str], target: str) -> Iterator[str]:
    """The statements that bring a table to the contract; none if it is there.

    Args:
        dialect: the engine.
        table: the table.
        present: type of each column that is there, as the engine spells it; empty if the table is not there.
        target: name of the target, for a message.

    Raises:
        UsageError: a column has another type.
    """
    if not present:
        yield from (*create_table(dialect, table), *comments(table))
        return
    expected = {name: sql_type(dialect, table, name).lower() for name in table.columns}
    missing = check_columns(table, {name: kind.lower() for name, kind in present.items()}, expected, target)
    for name in missing:  # Rows that are there have no value for it until they are replaced.
        yield f"ALTER TABLE {quote(table.name)} ADD COLUMN {quote(name)} {sql_type(dialect, table, name)}"
    if missing:
        yield from comments(table)


def create_view(dialect: Dialect, view: View) -> Iterator[str]:
    """The statements that make a view, or put it in the place of its earlier definition."""
    yield f"CREATE OR REPLACE VIEW {quote(view.name)} AS\n{view.sql(dialect)}"
    yield f"COMMENT ON VIEW {quote(view.name)} IS {literal(view.comment)}"


def script(dialect: Dialect) -> str:
    """Every table and view of a target as one SQL script."""
    statements = [f"-- Tables of etl, contract version {WAREHOUSE_VERSION}, for {dialect}"]
    for table in TABLES:
        statements += [*create_table(dialect, table), *comments(table)]
    for view in VIEWS:
        statements += create_view(dialect, view)
    return "\n".join([statements[0], *(f"{statement};" for statement in statements[1:])])


def json_schema() -> dict[str, Any]:
    """The tables as JSON schema: an object per table, whose rows are objects of its columns."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tables of etl",
        "version": WAREHOUSE_VERSION,
        "$defs": {table.name: _row_schema(table) for table in TABLES},
        "type": "object",
        "properties": {table.name: {"type": "array", "items": {"$ref": f"#/$defs/{table.name}"}} for table in TABLES},
    }


def _row_schema(table: Table) -> dict[str, Any]:
    return {
        "description": table.comment,
        "type": "object",
        "properties": {
            name: _column_schema(table.types[name], nullable=column.nullable)
            | {"description": column.description}
            | {
                bound: limit
                for bound in ("minimum", "maximum")
                if (limit := getattr(column, bound[:3], None)) is not None
            }
            for name, column in table.schema.columns().items()
        },
        "required": list(table.types),
        "additionalProperties": False,
        "x-key": list(table.key),
    }


def _column_schema(dtype: pl.DataType, *, nullable: bool) -> dict[str, Any]:
    if isinstance(dtype, pl.List):
        described: dict[str, Any] = {"type": "array", "items": {"type": ["string", "null"]}}
    else:
        described = dict(JSON_TYPES[type(dtype)])
    return described | {"type": [described["type"], "null"]} if nullable else described
