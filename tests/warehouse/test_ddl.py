"""The contract as SQL and as JSON schema."""

from __future__ import annotations

import datetime
import json
import re

import duckdb
import polars as pl
import pytest
from adbc_driver_postgresql import dbapi
from jsonschema import Draft202012Validator

from etl.datasets import CommittedRun
from etl.schemas import DATASETS
from etl.warehouse.contents import change, survey
from etl.warehouse.ddl import json_schema, migration, script
from etl.warehouse.external import ExternalDialect, external_script
from etl.warehouse.files import RunFiles
from etl.warehouse.tables import CONTENT, DOCUMENTS, SHARDS, TABLES
from etl.warehouse.views import VIEWS


def test_duckdb_takes_the_script_and_keeps_keys_comments_and_views() -> None:
    connection = duckdb.connect()
    connection.execute(script("duckdb"))
    tables = connection.execute("SELECT table_name, comment FROM duckdb_tables()").fetchall()
    assert dict(tables) == {table.name: table.comment for table in TABLES}
    columns = connection.execute(
        "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE schema_name = 'main' AND NOT internal "
        "AND table_name IN (SELECT table_name FROM duckdb_tables())"
    ).fetchall()
    assert len(columns) == sum(len(table.columns) for table in TABLES)
    assert all(comment for _, _, comment in columns)
    for view in VIEWS:
        assert connection.execute(f"SELECT * FROM {view.name}").fetchall() == []


@pytest.mark.warehouse
def test_postgresql_takes_the_script(server: str) -> None:
    with dbapi.connect(f"{server}/postgres") as connection, connection.cursor() as cursor:
        for statement in script("postgresql").split(";\n"):
            cursor.execute(statement)
        for view in VIEWS:
            cursor.execute(f"SELECT * FROM {view.name}")
            assert cursor.fetchall() == []
        cursor.execute(
            "SELECT count(*) FROM pg_description d JOIN pg_class c ON c.oid = d.objoid WHERE d.objsubid > 0 "
            "AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
        )
        assert cursor.fetchall() == [(sum(len(table.columns) for table in TABLES),)]
        connection.rollback()


def test_every_column_and_table_says_what_it_is() -> None:
    for table in TABLES:
        assert table.comment
        for name, column in table.schema.columns().items():
            assert column.description, f"{table.name}.{name}"
        assert set(table.key) <= set(table.columns)
        assert not any(table.schema.columns()[name].nullable for name in table.key)


def test_tables_of_content_have_every_column_of_their_dataset() -> None:
    for table in CONTENT:
        assert table.columns[: len(DATASETS[table.name].columns())] == list(DATASETS[table.name].columns())


def test_rows_keep_to_the_json_schema(nights: list[CommittedRun]) -> None:
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    files = RunFiles(nights[0])
    documents = change(survey(files, DOCUMENTS.empty(), SHARDS.empty()), DOCUMENTS.empty(), "one").documents
    rows = {table.name: pl.concat(files.frames(table, documents)).to_dicts() for table in CONTENT}
    plain = json.loads(
        json.dumps(rows, default=lambda value: value.isoformat() if isinstance(value, datetime.date) else value)
    )
    Draft202012Validator(schema).validate(plain)
    plain["documents"][0]["chars_in"] = -1
    assert not Draft202012Validator(schema).is_valid(plain)


def test_a_table_that_is_as_it_should_be_is_left_alone() -> None:
    connection = duckdb.connect()
    connection.execute(script("duckdb"))
    for table in TABLES:
        query = "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ?"
        present = dict(connection.execute(query, [table.name]).fetchall())
        assert list(migration("duckdb", table, present, "here")) == []


def loaded_files(run: CommittedRun) -> list[str]:
    return [name for name in run.manifest["files"] if name.partition("/")[0] in {table.name for table in CONTENT}]


@pytest.mark.parametrize("dialect", ["bigquery", "snowflake", "clickhouse", "spark"])
def test_external_statements_name_the_manifests_files_and_count_their_rows(
    nights: list[CommittedRun], dialect: ExternalDialect
) -> None:
    run = nights[0]
    text = external_script(run, dialect, "s3://bucket/out/")
    assert f"s3://bucket/out/{'' if dialect == 'snowflake' else 'runs/'}" in text
    for name in loaded_files(run) if dialect != "spark" else ():
        assert name.rpartition("/")[2] in text
    for table in CONTENT:
        assert f" etl.{table.name}" in text
        rows = run.scan(table.name).select(pl.len()).collect().item()
        assert f"{rows} AS promised FROM etl.{table.name}" in text
        for column in DATASETS[table.name].columns():
            assert re.search(rf"[`\"]{column}[`\"]", text, re.IGNORECASE)
    assert text.count("'") % 2 == text.count(r"\'") % 2
