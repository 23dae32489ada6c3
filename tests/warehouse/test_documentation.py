"""What docs/warehouse.md says can be run, and does what it says."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from etl.warehouse.ddl import script
from etl.warehouse.tables import TABLES
from etl.warehouse.views import VIEWS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "warehouse.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_commands_from_a_run_to_an_answer(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    command = shlex.quote(str(Path(sys.executable).with_name("etl")))
    lines = ["etl run seeds --output output"]
    lines += [line.removeprefix("$ ") for block in blocks("console") for line in block.splitlines()]
    code = "set -eu\n" + "\n".join(re.sub(r"^etl\b", command, line) for line in lines)
    done = subprocess.run(["bash", "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert "\nsite\trule\tremoved\n" in done.stdout
    assert (tmp_path / "load-spark.sql").read_text().startswith("-- Run ")


def test_tables_and_views_are_those_of_the_code() -> None:
    rows = [re.findall(r"[^|]+", line) for line in PAGE.splitlines() if line.startswith("| ")]
    keys = {name.strip(): key[-1].strip() for name, *key in rows}
    for table in TABLES:
        assert keys[table.name] == (", ".join(table.key) or "none; found by doc_id")
    assert {view.name for view in VIEWS} <= set(keys)


def test_the_sources_of_dbt_name_columns_that_are_there() -> None:
    [sources] = [block for block in blocks("yaml") if "sources:" in block]
    tables: list[dict[str, Any]] = yaml.safe_load(sources)["sources"][0]["tables"]
    columns = {table.name: table.columns for table in TABLES}
    for table in tables:
        assert {column["name"] for column in table["columns"]} <= set(columns[table["name"]])
    assert "loaded_at" in columns["runs"]


def test_queries_of_the_page_are_answered() -> None:
    connection = duckdb.connect()
    connection.execute(script("duckdb"))
    queries = [re.sub(r"\{\{ source\('etl', '(\w+)'\) \}\}", r"\1", block) for block in blocks("sql")]
    queries += re.findall(r"`(SELECT [^`]+)`", PAGE)
    assert len(queries) >= 2
    for query in queries:
        assert connection.execute(query).fetchall() == []


@pytest.mark.parametrize("block", blocks("python"))
def test_python_of_the_page_compiles(block: str) -> None:
    compile(block, "docs/warehouse.md", "exec")
