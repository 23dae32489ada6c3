"""Runs to load, targets to load them into, and DuckDB to read back what was loaded."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from adbc_driver_postgresql import dbapi
from deltalake import DeltaTable
from pyiceberg.catalog.sql import SqlCatalog

from etl.datasets import CommittedRun
from etl.recipe import Recipe
from etl.runs import run
from tests.samples import BRIDGE, SCHOOL

LIBRARY = """县图书馆延长开放时间
2024-05-09 来源：青山晚报
　　从下周一起，县图书馆每天开放到晚上十点，周末也不休息，读者可以凭身份证免费借书。
"""
BRIDGE_AGAIN = BRIDGE.replace("双向六车道", "双向八车道")

NIGHTS = (
    {"linjiang.example/bridge.txt": BRIDGE, "qingshan.example/school.txt": SCHOOL, "note.txt": LIBRARY},
    {"linjiang.example/bridge.txt": BRIDGE_AGAIN, "qingshan.example/library.txt": LIBRARY},
    {"linjiang.example/bridge.txt": BRIDGE_AGAIN, "qingshan.example/school.txt": SCHOOL},
)
"""What the folder holds each night: then a page changed, two went and one came; then one came back, and one went."""

Query = Callable[[str], list[tuple[Any, ...]]]


def write_pages(folder: Path, pages: dict[str, str]) -> None:
    """A file for each page, by its name below the folder."""
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="session")
def nights(tmp_path_factory: pytest.TempPathFactory) -> list[CommittedRun]:
    """One committed run a night, oldest first, each in two shards or more; to read, not to change."""
    recipe = Recipe.model_validate({"run": {"shard_mb": 0.0005}, "normalize": {"simplified": False}})
    runs = []
    for pages in NIGHTS:
        root = tmp_path_factory.mktemp("night")
        write_pages(root / "pages", pages)
        runs.append(run(root / "pages", root / "out", recipe, workers=1))
    return runs


@pytest.fixture(scope="session")
def increments(tmp_path_factory: pytest.TempPathFactory) -> list[CommittedRun]:
    """The same nights as incremental runs of one output folder, each page in a shard of its own."""
    recipe = Recipe.model_validate({"run": {"shard_mb": 0.0001, "incremental": True}})
    root = tmp_path_factory.mktemp("increments")
    runs = []
    for pages in NIGHTS:
        shutil.rmtree(root / "pages", ignore_errors=True)
        write_pages(root / "pages", pages)
        runs.append(run(root / "pages", root / "out", recipe, workers=1))
    return runs


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A PostgreSQL server of its own, on a free port of loopback; gives its URL without a database."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    folder = Path(tempfile.mkdtemp(prefix="etl-postgres-"))
    # The server refuses to run as root, and root is what containers run tests as.
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if prefix:
        shutil.chown(folder, "postgres", "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = str(folder / "data")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"

    def call(program: str, *arguments: str) -> None:
        command = [*prefix, str(programs / program), "-D", data, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)

    try:
        call("initdb", "-A", "trust", "-U", "etl", "--no-sync", "-E", "UTF8", "--locale=C")
        call("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://etl@127.0.0.1:{port}"
        finally:
            call("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


ENGINES = [
    "duckdb",
    *(pytest.param(name, marks=pytest.mark.warehouse) for name in ("postgresql", "delta", "iceberg")),
]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Each kind of target in turn."""
    return str(request.param)


@pytest.fixture
def url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A new, empty target."""
    if engine == "postgresql":
        return new_database(request.getfixturevalue("server"), tmp_path)
    return f"duckdb://{'/'}{tmp_path / 'w.duckdb'}" if engine == "duckdb" else f"{engine}:{tmp_path / 'lake'}"


def new_database(server: str, tmp_path: Path) -> str:
    """A database of the server for one test."""
    name = f"t{abs(hash(tmp_path)):x}"
    with dbapi.connect(f"{server}/postgres", autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    return f"{server}/{name}"


@pytest.fixture
def query(engine: str, url: str) -> Query:
    """Ask DuckDB what a reader of the target finds there now."""
    open_reader: dict[str, Callable[[str], duckdb.DuckDBPyConnection]] = {
        "duckdb": lambda url: duckdb.connect(url.removeprefix("duckdb:///"), read_only=True),
        "postgresql": read_postgres,
        "delta": read_delta,
        "iceberg": read_iceberg,
    }

    def ask(sql: str) -> list[tuple[Any, ...]]:
        with open_reader[engine](url) as connection:
            return connection.execute(sql).fetchall()

    return ask


TABLES = (
    "documents", "paragraphs", "sections", "ledger", "tombstones", "shards", "stage_balance", "site_stats",
    "rule_stats", "expectations", "runs",
)  # fmt: skip


def read_postgres(url: str) -> duckdb.DuckDBPyConnection:
    """Every table, fetched from the server."""
    connection = duckdb.connect()
    with dbapi.connect(url) as server, server.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table}")
            found = pl.DataFrame(pl.from_arrow(cursor.fetch_arrow_table()))
            connection.register(table, found.with_columns(pl.col(pl.Binary).cast(pl.String)).to_arrow())
    return connection


def read_delta(url: str) -> duckdb.DuckDBPyConnection:
    """Every table at the version that the pointer names, its files read by DuckDB."""
    folder = Path(url.removeprefix("delta:"))
    versions = json.loads((folder / "CURRENT.json").read_bytes())["versions"]
    return over_files({table: DeltaTable(folder / table, version=versions[table]).file_uris() for table in TABLES})


def read_iceberg(url: str) -> duckdb.DuckDBPyConnection:
    """Every table at the snapshot that the namespace names, its files read by DuckDB."""
    folder = Path(url.removeprefix("iceberg:"))
    catalog = SqlCatalog("etl", uri=f"sqlite:///{folder / 'catalog.db'}", warehouse=folder.as_uri())
    try:
        snapshots = json.loads(catalog.load_namespace_properties("etl")["snapshots"])
        return over_files(
            {
                table: [
                    task.file.file_path.removeprefix("file://")
                    for task in catalog.load_table(("etl", table)).scan(snapshot_id=snapshots[table]).plan_files()
                ]
                for table in TABLES
            }
        )
    finally:
        catalog.close()


def over_files(files: dict[str, list[str]]) -> duckdb.DuckDBPyConnection:
    """DuckDB over Parquet files; a table without files has no rows."""
    connection = duckdb.connect()
    for table, paths in files.items():
        source = f"read_parquet({paths!r}, union_by_name = true)" if paths else "(SELECT 1 AS doc_id LIMIT 0)"
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM {source}")
    return connection


@pytest.fixture
def child() -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Carry out Python code in a process of its own."""

    def call(code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    return call
