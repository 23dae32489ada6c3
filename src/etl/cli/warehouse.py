"""Commands that load runs into data warehouses, and ask them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from etl.cli.parameters import AsJson, Output

__all__ = ["commands"]

commands = typer.Typer(rich_markup_mode=None)


@commands.command(epilog="Example: etl load output --to duckdb:///warehouse.duckdb")
def load(
    output: Output,
    to: Annotated[str, typer.Option(help="duckdb:///FILE, postgresql://..., delta:FOLDER or iceberg:FOLDER.")],
    back: Annotated[bool, typer.Option("--back", help="Go back to this run although newer ones were loaded.")] = False,
    as_json: AsJson = False,
) -> None:
    """Load the current run into a data warehouse; a replay changes nothing."""
    from dataclasses import asdict

    from etl.datasets import current_run
    from etl.warehouse import load as load_run
    from etl.warehouse import target_of

    loaded = load_run(current_run(output), target_of(to), back=back)
    print(json.dumps(asdict(loaded)) if as_json else loaded)


@commands.command(epilog='Example: etl query warehouse.duckdb "SELECT site, rule, chars_removed FROM removed_by_rule"')
def query(
    warehouse: Annotated[Path, typer.Argument(metavar="FILE", help="DuckDB file that `etl load` wrote.")],
    sql: Annotated[str, typer.Argument(metavar="SQL", help="A query; the file is opened for reading.")],
    as_json: AsJson = False,
) -> None:
    """Ask an embedded warehouse a question in SQL."""
    from etl.warehouse.duckdb import answer

    rows = answer(warehouse, sql)
    if as_json:
        print(json.dumps(rows.to_dicts(), ensure_ascii=False, default=str))
        return
    for row in (rows.columns, *rows.iter_rows()):
        print("\t".join("" if value is None else str(value) for value in row))


@commands.command(epilog="Example: etl schema --dialect postgresql > warehouse.sql")
def schema(
    dialect: Annotated[Literal["duckdb", "postgresql"], typer.Option(help="Engine of the SQL.")] = "duckdb",
    as_json: AsJson = False,
) -> None:
    """Print the warehouse's tables as SQL, or as JSON schema."""
    from etl.warehouse.ddl import json_schema, script

    print(json.dumps(json_schema(), ensure_ascii=False, indent=1) if as_json else script(dialect))


@commands.command(epilog="Example: etl external output --dialect bigquery --location gs://bucket/output")
def external(
    output: Output,
    dialect: Annotated[Literal["bigquery", "snowflake", "clickhouse", "spark"], typer.Option(help="Whose SQL.")],
    location: Annotated[str, typer.Option(help="Where a copy of OUTPUT stands, as the warehouse sees it.")],
) -> None:
    """Print the statements by which a cloud warehouse reads the current run's files."""
    from etl.datasets import current_run
    from etl.warehouse.external import external_script

    print(external_script(current_run(output), dialect, location))
