"""The statements of `etl external`, carried out by engines that run here, and parsed for those that do not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from etl.datasets import CommittedRun
from etl.warehouse.external import ExternalDialect, external_script
from etl.warehouse.tables import CONTENT

# The engines warn of each other's versions.
pytestmark = [pytest.mark.cloud, pytest.mark.filterwarnings("default")]

ASKED = "SELECT source, title, chars_out FROM etl.documents ORDER BY source"


def statements(run: CommittedRun, dialect: ExternalDialect, location: str) -> Iterator[str]:
    """The script's statements; no text in it ends a line with a semicolon."""
    yield from external_script(run, dialect, location).rstrip(";").split(";\n")


def found(rows: list[tuple[Any, ...]]) -> list[str]:
    """Tables whose rows are as many as the manifest promises."""
    return sorted(table for table, count, promised in rows if int(count) == int(promised) > 0)


@pytest.fixture
def asked(nights: list[CommittedRun]) -> list[tuple[Any, ...]]:
    """What the second night's documents are."""
    return nights[1].scan("documents").select("source", "title", "chars_out").sort("source").collect().rows()


ALL = sorted(table.name for table in CONTENT)


def test_clickhouse_loads_one_run_after_the_other(
    nights: list[CommittedRun], asked: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    session = import_module("chdb.session").Session(str(tmp_path / "clickhouse"))

    def rows(sql: str) -> list[tuple[Any, ...]]:
        # The files are here, and not in a bucket.
        answer = session.query(sql.replace(" s3(", " file("), "JSONCompactEachRow")
        return [tuple(json.loads(line)) for line in str(answer).splitlines()]

    for run in nights[:2]:
        for statement in statements(run, "clickhouse", str(run.folder.parents[1])):
            last = rows(statement)
        assert found(last) == ALL
    assert rows(ASKED) == asked
    session.close()


def test_spark_reads_one_run_after_the_other(
    nights: list[CommittedRun], asked: list[tuple[Any, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    builder = import_module("pyspark.sql").SparkSession.builder.master("local[1]")
    options = {"ui.enabled": "false", "sql.warehouse.dir": str(tmp_path), "driver.bindAddress": "127.0.0.1"}
    for name, value in options.items():
        builder = builder.config(f"spark.{name}", value)
    spark = builder.getOrCreate()
    try:
        for run in nights[:2]:
            for statement in statements(run, "spark", run.folder.parents[1].as_uri()):
                last = spark.sql(statement)
            assert found([tuple(row) for row in last.collect()]) == ALL
        assert [tuple(row) for row in spark.sql(ASKED).collect()] == asked
    finally:
        spark.stop()


@pytest.mark.parametrize("dialect", ["bigquery", "snowflake", "clickhouse", "spark"])
def test_statements_are_of_their_dialect(nights: list[CommittedRun], dialect: ExternalDialect) -> None:
    sqlglot = import_module("sqlglot")
    for statement in statements(nights[0], dialect, "s3://bucket/out"):
        [parsed] = sqlglot.parse(statement, read=dialect, error_level=sqlglot.ErrorLevel.RAISE)
        # What its parser only passes on is a Command.
        assert (type(parsed).__name__ == "Command") == statement.startswith("EXCHANGE TABLES")
