"""What is particular to Delta and Iceberg."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.types import StringType

from etl.datasets import CommittedRun
from etl.errors import OutputError, UsageError
from etl.warehouse import load, target_of
from etl.warehouse.tables import CONTENT, TABLES

pytestmark = pytest.mark.warehouse

Child = Callable[[str], subprocess.CompletedProcess[str]]


def catalog_of(folder: Path) -> SqlCatalog:
    return SqlCatalog("etl", uri=f"sqlite:///{folder / 'catalog.db'}", warehouse=folder.as_uri())


def test_delta_keeps_comments_and_what_may_be_null(nights: list[CommittedRun], tmp_path: Path) -> None:
    load(nights[0], target_of(f"delta:{tmp_path / 'lake'}"))
    for table in TABLES:
        found = DeltaTable(tmp_path / "lake" / table.name)
        assert found.metadata().description == table.comment
        for field, (name, column) in zip(found.schema().fields, table.schema.columns().items(), strict=True):
            assert (field.name, field.nullable, field.metadata["comment"]) == (
                name,
                column.nullable,
                column.description,
            )


def test_iceberg_keeps_comments_and_keys(nights: list[CommittedRun], tmp_path: Path) -> None:
    load(nights[0], target_of(f"iceberg:{tmp_path / 'lake'}"))
    catalog = catalog_of(tmp_path / "lake")
    for table in TABLES:
        schema = catalog.load_table(("etl", table.name)).schema()
        assert schema.identifier_field_names() == set(table.key)
        assert [field.doc for field in schema.fields] == [
            column.description for column in table.schema.columns().values()
        ]
    catalog.close()


def test_a_missing_column_is_added_in_delta(nights: list[CommittedRun], tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    load(nights[0], target_of(f"delta:{lake}"))
    [table] = [table for table in CONTENT if table.name == "sections"]
    rows = DeltaTable(lake / "sections").to_pyarrow_table()
    write_deltalake(lake / "sections", rows.drop_columns(["marker"]), mode="overwrite", schema_mode="overwrite")
    (lake / "CURRENT.json").write_text((lake / "CURRENT.json").read_text().replace('"sections": 1', '"sections": 2'))
    load(nights[1], target_of(f"delta:{lake}"))
    markers = DeltaTable(lake / "sections").to_pyarrow_table()["marker"].to_pylist()
    assert "一、" in markers
    assert set(table.columns) == set(DeltaTable(lake / "sections").to_pyarrow_table().column_names)


def test_a_comment_of_another_wording_is_put_right_in_delta(nights: list[CommittedRun], tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    load(nights[0], target_of(f"delta:{lake}"))
    DeltaTable(lake / "sections").alter.set_column_metadata("marker", {"comment": "what it was called before"})
    (lake / "CURRENT.json").write_text((lake / "CURRENT.json").read_text().replace('"sections": 1', '"sections": 2'))
    load(nights[1], target_of(f"delta:{lake}"))
    [sections] = [table for table in CONTENT if table.name == "sections"]
    told = {field.name: field.metadata["comment"] for field in DeltaTable(lake / "sections").schema().fields}
    assert told == {name: column.description for name, column in sections.schema.columns().items()}


def test_a_missing_column_is_added_in_iceberg(nights: list[CommittedRun], tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    load(nights[0], target_of(f"iceberg:{lake}"))
    catalog = catalog_of(lake)
    with catalog.load_table(("etl", "sections")).update_schema() as update:
        update.delete_column("marker")
    load(nights[1], target_of(f"iceberg:{lake}"))
    assert "一、" in catalog.load_table(("etl", "sections")).scan().to_arrow()["marker"].to_pylist()
    catalog.close()


def test_a_changed_column_is_refused(nights: list[CommittedRun], tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    load(nights[0], target_of(f"delta:{lake}"))
    other = pa.table({"doc_id": pa.array([1], pa.int64())})
    write_deltalake(lake / "tombstones", other, mode="overwrite", schema_mode="overwrite")
    (lake / "CURRENT.json").write_text(
        (lake / "CURRENT.json").read_text().replace('"tombstones": 1', '"tombstones": 2')
    )
    with pytest.raises(UsageError, match=r"tombstones\.doc_id is .* in the contract; rename"):
        load(nights[1], target_of(f"delta:{lake}"))


def test_a_changed_column_is_refused_in_iceberg(nights: list[CommittedRun], tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    load(nights[0], target_of(f"iceberg:{lake}"))
    catalog = catalog_of(lake)
    with catalog.load_table(("etl", "documents")).update_schema(allow_incompatible_changes=True) as update:
        update.delete_column("chars_in")
    with catalog.load_table(("etl", "documents")).update_schema() as update:
        update.add_column("chars_in", StringType())
    with pytest.raises(UsageError, match=r"documents\.chars_in is string there and long in the contract; rename"):
        load(nights[1], target_of(f"iceberg:{lake}"))
    assert catalog.load_table(("etl", "documents")).scan().to_arrow().num_rows == 3
    catalog.close()


LAKES = pytest.mark.parametrize("engine", ["delta", "iceberg"])

COUNTS = """
SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM paragraphs), (SELECT count(*) FROM ledger),
    (SELECT count(*) FROM tombstones), (SELECT count(*) FROM runs)
"""


@LAKES
def test_readers_who_go_by_the_pointer_see_whole_loads_only(
    nights: list[CommittedRun], url: str, query: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    load(nights[0], target_of(url))
    whole, seen, stop = query(COUNTS), [], threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.extend(query(COUNTS))

    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(read)
        try:
            for run in nights[1:]:
                load(run, target_of(url))
                whole += query(COUNTS)
        finally:
            stop.set()
        reader.result()
    assert len(set(whole)) == 3
    assert seen
    assert set(seen) <= set(whole)


@LAKES
def test_loaders_in_processes_of_their_own_take_turns(
    nights: list[CommittedRun], url: str, child: Child, query: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    code = "import etl; from etl.warehouse import load, target_of; print(load(etl.open({!r}), target_of({!r})).outcome)"
    with ThreadPoolExecutor(3) as pool:
        ended = list(pool.map(child, (code.format(str(run.folder.parents[1]), url) for run in nights)))
    assert [one.returncode for one in ended] == [0, 0, 0], ended
    assert ended[2].stdout == "loaded\n"
    documents = nights[2].scan("documents").collect()["source"]
    assert query("SELECT source FROM documents ORDER BY source") == [(source,) for source in documents.sort()]
    assert query("SELECT count(*), count(DISTINCT run_id) FROM runs") == [(3, 3)]


@LAKES
def test_a_loader_killed_between_two_files_of_a_table_leaves_the_old_state(
    nights: list[CommittedRun], url: str, child: Child, query: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    load(nights[0], target_of(url))
    before = query(COUNTS)
    killed = child(
        "import os, signal, etl\n"
        "from etl.warehouse import load, target_of\n"
        "from etl.warehouse.files import RunFiles\n"
        "whole = RunFiles.frames\n"
        "def broken(self, table, documents):\n"
        "    for frame in whole(self, table, documents):\n"
        "        if table.name == 'paragraphs': os.kill(os.getpid(), signal.SIGKILL)\n"
        "        yield frame\n"
        "RunFiles.frames = broken\n"
        f"load(etl.open({str(nights[1].folder.parents[1])!r}), target_of({url!r}))\n"
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert query(COUNTS) == before
    assert load(nights[1], target_of(url)).outcome == "loaded"
    assert query("SELECT count(*) FROM tombstones") == [(2,)]


def test_tables_of_somebody_else_are_left_alone(nights: list[CommittedRun], tmp_path: Path) -> None:
    write_deltalake(tmp_path / "documents", pa.table({"mine": [1]}))
    with pytest.raises(OutputError, match="has a table documents of somebody else; name another folder"):
        load(nights[0], target_of(f"delta:{tmp_path}"))
    assert DeltaTable(tmp_path / "documents").to_pyarrow_table()["mine"].to_pylist() == [1]
    (tmp_path / "lake").mkdir()
    catalog = catalog_of(tmp_path / "lake")
    catalog.create_namespace("etl", {"owner": "somebody"})
    with pytest.raises(OutputError, match="namespace etl is somebody else's"):
        load(nights[0], target_of(f"iceberg:{tmp_path / 'lake'}"))
    catalog.close()


def test_earlier_states_can_be_read_by_version(nights: list[CommittedRun], tmp_path: Path) -> None:
    for run in nights[:2]:
        load(run, target_of(f"delta:{tmp_path / 'lake'}"))
    documents = DeltaTable(tmp_path / "lake" / "documents", version=1).to_pyarrow_table()
    assert sorted(documents["source"].to_pylist()) == sorted(nights[0].scan("documents").collect()["source"].to_list())
