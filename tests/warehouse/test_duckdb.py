"""What is particular to the embedded warehouse."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from etl.datasets import CommittedRun
from etl.errors import BrokenPromiseError, OutputError, UsageError
from etl.warehouse import load, target_of
from etl.warehouse.duckdb import DuckdbTarget, answer
from etl.warehouse.files import RunFiles
from etl.warehouse.sums import DEEDS_SQL, SUMS_SQL, books, compare_sums, deeds_of_frames, promised_sums
from etl.warehouse.tables import DOCUMENTS, LEDGER
from etl.warehouse.targets import target_of as by_url
from etl.warehouse.views import VIEWS

READER = """
import sys, duckdb
from pathlib import Path
path, stop = Path(sys.argv[1]), Path(sys.argv[2])
seen, reads = set(), 0
print("ready", flush=True)
while not stop.exists():
    with duckdb.connect(path, read_only=True) as connection:
        seen.add(tuple(connection.execute(
            "SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM paragraphs), "
            "(SELECT count(*) FROM ledger), (SELECT count(*) FROM tombstones), (SELECT count(*) FROM runs)"
        ).fetchall()[0]))
    reads += 1
print(reads, sorted(seen))
"""


@pytest.fixture
def path(nights: list[CommittedRun], tmp_path: Path) -> Path:
    """A warehouse that holds the first night."""
    load(nights[0], DuckdbTarget(tmp_path / "w.duckdb"))
    return tmp_path / "w.duckdb"


def counts(run: CommittedRun) -> tuple[int, ...]:
    return tuple(run.scan(name).collect().height for name in ("documents", "paragraphs", "ledger"))


def test_readers_never_wait_and_see_whole_loads_only(nights: list[CommittedRun], path: Path, tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    command = [sys.executable, "-c", READER, str(path), str(stop)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        reader.stdout.readline()
        for run in nights[1:]:
            load(run, DuckdbTarget(path))
        stop.touch()
        reads, _, seen = reader.stdout.read().partition(" ")
    assert reader.returncode == 0
    assert int(reads) > 0
    whole = [
        (*counts(run), tombstones, runs) for run, tombstones, runs in zip(nights, (0, 2, 2), (1, 2, 3), strict=True)
    ]
    assert set(eval(seen)) <= set(whole)  # printed by READER


def test_a_reader_keeps_what_it_opened(nights: list[CommittedRun], path: Path) -> None:
    code = (
        "import sys, duckdb\n"
        f"c = duckdb.connect({str(path)!r}, read_only=True)\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "print(c.execute('SELECT count(*) FROM runs').fetchall())"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        reader.stdout.readline()
        load(nights[1], DuckdbTarget(path))
        assert reader.communicate("\n")[0].strip() == "[(1,)]"
    assert answer(path, "SELECT count(*) AS n FROM runs")["n"].item() == 2


def test_an_older_run_is_loaded_where_one_asks_to_go_back(nights: list[CommittedRun], path: Path) -> None:
    load(nights[1], DuckdbTarget(path))
    assert load(nights[0], DuckdbTarget(path)).outcome == "unchanged"
    went = load(nights[0], DuckdbTarget(path), back=True)
    assert (went.outcome, went.written, went.removed) == ("loaded", 3, 1)
    assert answer(path, "SELECT stale FROM runs ORDER BY run_id")["stale"].to_list() == [False, True]
    assert load(nights[0], DuckdbTarget(path), back=True).outcome == "unchanged"
    assert load(nights[1], DuckdbTarget(path)).outcome == "loaded"
    assert answer(path, "SELECT stale FROM runs ORDER BY run_id")["stale"].to_list() == [False, False]
    assert answer(path, "SELECT count(*) AS n FROM stage_balance")["n"].item() == 10


def test_tables_and_views_of_others_in_the_file_stay(nights: list[CommittedRun], path: Path) -> None:
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE mine AS SELECT 1 AS x")
    load(nights[1], DuckdbTarget(path))
    assert answer(path, "SELECT x FROM mine")["x"].to_list() == [1]


def test_a_missing_column_is_added_and_filled(nights: list[CommittedRun], path: Path) -> None:
    with duckdb.connect(path) as connection:
        for view in VIEWS:
            connection.execute(f"DROP VIEW {view.name}")
        connection.execute("ALTER TABLE sections DROP COLUMN marker")
        connection.execute("UPDATE documents SET digest = 'of another contract'")
    load(nights[1], DuckdbTarget(path))
    assert "一、" in answer(path, "SELECT marker FROM sections")["marker"].to_list()


def test_a_warehouse_of_the_first_contract_gets_the_columns_of_the_second(
    nights: list[CommittedRun], path: Path
) -> None:
    with duckdb.connect(path) as connection:
        for column in ("each", "about", "judged", "exceeding"):
            connection.execute(f"ALTER TABLE expectations DROP COLUMN {column}")
        connection.execute("UPDATE runs SET warehouse_version = 1")
    load(nights[1], DuckdbTarget(path))
    found = answer(path, "SELECT run_id, each, about, judged, exceeding FROM expectations")
    older = found.filter(run_id=nights[0].run_id)
    assert older.drop_nulls("each").height == 0 < older.height
    assert found.filter(run_id=nights[1].run_id).drop_nulls().height == found.height - older.height > 0
    versions = answer(path, "SELECT warehouse_version FROM runs ORDER BY run_id")["warehouse_version"].to_list()
    assert versions == [1, 2]


def test_a_changed_column_is_refused_with_what_to_do(nights: list[CommittedRun], path: Path) -> None:
    with duckdb.connect(path) as connection:
        for view in VIEWS:
            connection.execute(f"DROP VIEW {view.name}")
        connection.execute("ALTER TABLE documents ALTER COLUMN chars_in TYPE VARCHAR")
    before = path.read_bytes()
    with pytest.raises(UsageError, match=r"documents\.chars_in is varchar there and bigint in the contract; rename"):
        load(nights[1], DuckdbTarget(path))
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir() if "loading" in file.name] == []


def test_a_warehouse_of_a_newer_program_is_left_alone(nights: list[CommittedRun], path: Path) -> None:
    with duckdb.connect(path) as connection:
        connection.execute("UPDATE runs SET warehouse_version = 99")
    with pytest.raises(BrokenPromiseError, match="holds contract version 99, and this etl knows 2; upgrade etl"):
        load(nights[1], DuckdbTarget(path))


def test_a_run_never_comes_with_another_manifest(nights: list[CommittedRun], path: Path, tmp_path: Path) -> None:
    shutil.copytree(nights[0].folder, tmp_path / "copy")
    with (tmp_path / "copy" / "manifest.json").open("a") as manifest:
        manifest.write(" ")
    with pytest.raises(BrokenPromiseError, match="loaded with another manifest"):
        load(CommittedRun(tmp_path / "copy", nights[0].manifest), DuckdbTarget(path))


def test_a_link_stays_a_link(nights: list[CommittedRun], path: Path, tmp_path: Path) -> None:
    (tmp_path / "names").mkdir()
    link = tmp_path / "names" / "link.duckdb"
    link.symlink_to(path)
    load(nights[1], DuckdbTarget(link))
    assert link.is_symlink()
    assert answer(path, "SELECT count(*) AS n FROM runs")["n"].item() == 2
    assert [file.name for file in (tmp_path / "names").iterdir()] == ["link.duckdb"]


def test_what_a_killed_load_left_is_cleared_away(nights: list[CommittedRun], path: Path) -> None:
    path.with_name(".w.duckdb.loading").write_bytes(b"half")
    path.with_name(".w.duckdb.loading.wal").write_bytes(b"half")
    path.with_name(".w.duckdb.loading.tmp").mkdir()
    path.with_name(".w.duckdb.loading.tmp").joinpath("spilled.block").write_bytes(b"half")
    load(nights[1], DuckdbTarget(path))
    assert sorted(file.name for file in path.parent.iterdir()) == [".w.duckdb.lock", "w.duckdb"]


def test_a_file_that_is_no_warehouse_is_left_alone(nights: list[CommittedRun], tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("precious" * 1000)
    with pytest.raises(OutputError, match="not a valid DuckDB database file"):
        load(nights[0], DuckdbTarget(tmp_path / "thesis.doc"))
    assert (tmp_path / "thesis.doc").read_text() == "precious" * 1000


def test_a_file_that_somebody_writes_to_is_left_alone(nights: list[CommittedRun], path: Path) -> None:
    path.with_name(f"{path.name}.wal").write_bytes(b"unfinished")
    with pytest.raises(OutputError, match="another program is writing to it, or died over it"):
        load(nights[1], DuckdbTarget(path))


def test_every_view_has_rows(path: Path) -> None:
    for view in VIEWS:
        assert answer(path, f"SELECT * FROM {view.name}").height > 0
    removed = answer(path, "SELECT removed FROM removed_text WHERE rule = 'breadcrumb'")["removed"].to_list()
    assert removed == ["首页 > 新闻 > 正文"]
    latest = answer(path, "SELECT title FROM latest_documents")["title"].to_list()
    assert latest[0] == "县图书馆延长开放时间"
    texts = answer(path, "SELECT text FROM section_texts WHERE heading = '今后安排'")["text"].to_list()
    assert texts[0].endswith("市交通局说，下个月将增开两条公交线路。")
    removed_share = answer(path, "SELECT removed_share FROM quality_by_night WHERE site = 'linjiang.example'").item()
    assert 0 < removed_share < 1


def test_sums_by_sql_are_those_that_the_manifest_promises(nights: list[CommittedRun], path: Path) -> None:
    with duckdb.connect(path, read_only=True) as connection:
        deeds = pl.DataFrame(pl.from_arrow(connection.sql(DEEDS_SQL).to_arrow_table()))
        sums = {name: int(value) for name, value in connection.execute(SUMS_SQL).fetchall()} | books(deeds)
    files = RunFiles(nights[0])
    assert deeds.equals(deeds_of_frames(files.scan(LEDGER, files.shards), files.scan(DOCUMENTS, files.shards)))
    promised = promised_sums(files)
    assert compare_sums(promised, sums, "here") == len(promised)
    for name in promised:
        with pytest.raises(BrokenPromiseError, match=f"here: {name}"):
            compare_sums(promised, sums | {name: sums.get(name, 0) + 1}, "here")


@pytest.mark.parametrize("url", ["oracle:x", "duckdb://", "delta:", "nothing"])
def test_a_url_that_means_no_target_says_which_do(url: str) -> None:
    with pytest.raises(UsageError, match="no target; write duckdb:///FILE"):
        by_url(url)


def test_paths_of_urls(tmp_path: Path) -> None:
    assert target_of("duckdb:///w.duckdb").name == "w.duckdb"
    assert target_of("duckdb:////data/w.duckdb").name == "/data/w.duckdb"
    assert target_of("delta:lake").name == "lake"
    assert target_of(f"iceberg:{tmp_path}").name == str(tmp_path)
    assert target_of("postgresql://me:secret@db.example:5432/news").name == "postgresql://db.example:5432/news"


def test_a_library_that_is_not_there_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "deltalake", None)
    monkeypatch.delitem(sys.modules, "etl.warehouse.delta", raising=False)
    with pytest.raises(UsageError, match=r"needs deltalake; install it with `pip install 'etl\[delta\]'`"):
        target_of("delta:lake")


def test_a_question_that_is_wrong_is_one_line(path: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Table with name nothing does not exist"):
        answer(path, "SELECT * FROM nothing")
    with pytest.raises(UsageError, match="no such warehouse; make one with `etl load"):
        answer(tmp_path / "none.duckdb", "SELECT 1")
