"""What a load promises, for every kind of target."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import polars as pl
import pyarrow as pa
import pytest

import etl
from etl.datasets import CommittedRun
from etl.errors import BrokenPromiseError, UsageError
from etl.files import json_bytes
from etl.warehouse import load, target_of
from etl.warehouse.files import RunFiles
from etl.warehouse.targets import Session, Target
from tests.warehouse.conftest import NIGHTS, Query

STATE = """
SELECT doc_id, md5(string_agg(row, '|' ORDER BY row)) FROM (
    SELECT doc_id, CAST((source, text, chars_in, flags) AS VARCHAR) AS row FROM documents
    UNION ALL SELECT doc_id, CAST((paragraph_no, section_id, text) AS VARCHAR) FROM paragraphs
    UNION ALL SELECT doc_id, CAST((section_id, heading, path) AS VARCHAR) FROM sections
    UNION ALL SELECT doc_id, CAST((stage, "start", "end", rule, "before", "after") AS VARCHAR) FROM ledger
) GROUP BY doc_id ORDER BY doc_id
"""
"""The content of a warehouse, in a form that is the same for every engine."""


def state_of(run: CommittedRun) -> list[tuple[Any, ...]]:
    """What the content of a warehouse has to be after a run, from the run's files."""
    connection = duckdb.connect()
    for name in ("documents", "paragraphs", "sections", "ledger"):
        connection.register(name, run.scan(name).collect().to_arrow())
    return connection.execute(STATE).fetchall()


class Interruption(BaseException):
    """What kills a load in these tests."""


@dataclass
class Interrupted:
    """A target whose session breaks off before its n-th change."""

    target: Target
    after: int

    @property
    def name(self) -> str:
        return self.target.name

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self.target.session() as session:
            left = [self.after]

            def counted(name: str) -> Callable[..., Any]:
                def call(*arguments: Any) -> Any:
                    left[0] -= 1
                    if left[0] < 0:
                        raise Interruption
                    return getattr(session, name)(*arguments)

                return call

            changing = {name: counted(name) for name in ("replace", "rewrite", "append")}
            plain = {name: getattr(session, name) for name in ("read", "prepare", "sums", "deeds")}
            yield cast("Session", SimpleNamespace(**plain, **changing))


def test_the_warehouse_holds_what_the_run_holds(nights: list[CommittedRun], url: str, query: Query) -> None:
    loaded = load(nights[0], target_of(url))
    assert (loaded.outcome, loaded.written, loaded.removed, loaded.kept) == ("loaded", 3, 0, 0)
    assert loaded.sums >= 10
    assert query(STATE) == state_of(nights[0])
    summary = nights[0].report("run")
    assert query("SELECT run_id, documents, verdict, stale FROM runs") == [
        (nights[0].run_id, 3, summary["verdict"], False)
    ]
    assert query("SELECT count(*), sum(difference_in), sum(difference_out) FROM stage_balance") == [(5, 0, 0)]
    assert query("SELECT DISTINCT run_id FROM documents") == [(nights[0].run_id,)]


def test_expectations_say_what_they_were_measured_on(nights: list[CommittedRun], url: str, query: Query) -> None:
    load(nights[1], target_of(url))
    names = ("each", "about", "judged", "exceeding", "verdict")
    told = [tuple(entry[name] for name in names) for entry in nights[1].report("run")["expectations"]]
    assert query(f"SELECT {', '.join(names)} FROM expectations ORDER BY expectation_no") == told
    assert {each for each, *_ in told} == {"stage", "site", "night"}


def test_a_replay_changes_nothing(nights: list[CommittedRun], url: str, query: Query) -> None:
    load(nights[0], target_of(url))
    before = [query(f"SELECT * FROM {table} ORDER BY ALL") for table in ("documents", "rule_stats", "runs")]
    assert load(nights[0], target_of(url)).outcome == "unchanged"
    assert [query(f"SELECT * FROM {table} ORDER BY ALL") for table in ("documents", "rule_stats", "runs")] == before


def test_changed_documents_replace_themselves_and_gone_ones_leave_tombstones(
    nights: list[CommittedRun], url: str, query: Query
) -> None:
    load(nights[0], target_of(url))
    loaded = load(nights[1], target_of(url))
    assert (loaded.written, loaded.removed, loaded.kept) == (2, 2, 0)
    assert query(STATE) == state_of(nights[1])
    assert query("SELECT source, run_id FROM tombstones ORDER BY source") == [
        ("note.txt", nights[1].run_id),
        ("qingshan.example/school.txt", nights[1].run_id),
    ]


def test_a_document_that_comes_back_loses_its_tombstone(nights: list[CommittedRun], url: str, query: Query) -> None:
    for run in nights:
        loaded = load(run, target_of(url))
    assert (loaded.written, loaded.removed, loaded.kept) == (1, 1, 1)
    assert query(STATE) == state_of(nights[2])
    assert query("SELECT source, run_id FROM tombstones ORDER BY source") == [
        ("note.txt", nights[1].run_id),
        ("qingshan.example/library.txt", nights[2].run_id),
    ]
    assert query("SELECT source, run_id FROM documents ORDER BY source") == [
        ("linjiang.example/bridge.txt", nights[1].run_id),  # as it was: the run that first gave it in this form
        ("qingshan.example/school.txt", nights[2].run_id),
    ]
    assert query("SELECT count(*), count(DISTINCT run_id) FROM runs") == [(3, 3)]


def test_after_incremental_runs_a_load_reads_only_what_is_new(
    increments: list[CommittedRun], url: str, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    whole = RunFiles.arrow

    def recorded(files: RunFiles, shard: str) -> Iterator[tuple[str, pa.Table]]:
        read.extend(files.identities(shard)["source"])
        return whole(files, shard)

    monkeypatch.setattr(RunFiles, "arrow", recorded)
    asked, counts = [], []
    for run in increments:
        loaded = load(run, target_of(url))
        counts.append((loaded.written, loaded.removed, loaded.kept))
        asked.append(sorted(read))
        read.clear()
        assert query(STATE) == state_of(run)
    assert asked == [sorted(NIGHTS[0]), sorted(NIGHTS[1]), ["qingshan.example/school.txt"]]
    assert counts == [(3, 0, 0), (2, 2, 0), (1, 1, 1)]
    assert query("SELECT source FROM tombstones ORDER BY source") == [("note.txt",), ("qingshan.example/library.txt",)]


def test_an_older_run_gives_its_figures_and_no_documents(nights: list[CommittedRun], url: str, query: Query) -> None:
    load(nights[1], target_of(url))
    assert load(nights[0], target_of(url)).outcome == "stale"
    assert query(STATE) == state_of(nights[1])
    assert query("SELECT run_id, stale FROM runs ORDER BY run_id") == [
        (nights[0].run_id, True),
        (nights[1].run_id, False),
    ]
    assert load(nights[0], target_of(url)).outcome == "unchanged"
    assert load(nights[2], target_of(url)).outcome == "loaded"


@pytest.mark.parametrize("after", [0, 1, 3, 4, 5, 10])
def test_a_load_that_breaks_off_leaves_the_old_state_and_the_next_one_completes(
    nights: list[CommittedRun], url: str, query: Query, after: int
) -> None:
    load(nights[0], target_of(url))
    with pytest.raises(Interruption):
        load(nights[1], Interrupted(target_of(url), after))
    assert query(STATE) == state_of(nights[0])
    assert query("SELECT run_id FROM runs") == [(nights[0].run_id,)]
    assert load(nights[1], target_of(url)).outcome == "loaded"
    assert query(STATE) == state_of(nights[1])


def test_a_first_load_that_breaks_off_can_be_done_again(nights: list[CommittedRun], url: str, query: Query) -> None:
    with pytest.raises(Interruption):
        load(nights[0], Interrupted(target_of(url), 6))
    assert load(nights[0], target_of(url)).written == 3
    assert query(STATE) == state_of(nights[0])


def test_a_killed_loader_leaves_the_old_state_and_holds_nothing(
    nights: list[CommittedRun],
    url: str,
    query: Query,
    child: Callable[[str], subprocess.CompletedProcess[str]],
) -> None:
    load(nights[0], target_of(url))
    killed = child(
        "import os, signal, etl\n"
        "from etl.warehouse import load, target_of\n"
        "import etl.warehouse.loading as module\n"
        "module.compare_sums = lambda *sums: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"load(etl.open({str(nights[1].folder.parents[1])!r}), target_of({url!r}))\n"
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert query(STATE) == state_of(nights[0])
    assert load(nights[1], target_of(url)).outcome == "loaded"
    assert query(STATE) == state_of(nights[1])


def test_loaders_at_once_take_turns_and_the_newest_run_stays(
    nights: list[CommittedRun], url: str, query: Query
) -> None:
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda run: load(run, target_of(url)).outcome, [nights[2], *nights]))
    assert outcomes[0] == "loaded" or outcomes[3] == "loaded"
    assert query(STATE) == state_of(nights[2])
    assert query("SELECT count(*), count(DISTINCT run_id) FROM runs") == [(3, 3)]


def test_sums_that_differ_from_the_manifest_roll_back(
    nights: list[CommittedRun], url: str, query: Query, tmp_path: Path
) -> None:
    load(nights[0], target_of(url))
    wrong = altered(nights[1], tmp_path, files_rows={"paragraphs": 1})
    with pytest.raises(BrokenPromiseError, match=r"paragraphs: rows: \d+, but the manifest promises"):
        load(wrong, target_of(url))
    assert query(STATE) == state_of(nights[0])
    assert query("SELECT run_id FROM runs") == [(nights[0].run_id,)]


def test_a_file_that_differs_from_the_manifest_is_not_loaded(
    nights: list[CommittedRun], url: str, tmp_path: Path
) -> None:
    wrong = altered(nights[1], tmp_path)
    path = next((wrong.folder / "paragraphs").iterdir())
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    with pytest.raises(BrokenPromiseError, match="differs from the manifest"):
        load(wrong, target_of(url))


def test_a_run_of_a_newer_contract_is_refused(nights: list[CommittedRun], url: str) -> None:
    newer = CommittedRun(nights[0].folder, {**nights[0].manifest, "schema_version": 99})
    with pytest.raises(UsageError, match="contract version 99, and this etl knows 1; upgrade etl"):
        load(newer, target_of(url))


def test_the_ledger_keeps_characters_that_a_target_refuses(url: str, query: Query, tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    text = (
        "一、桥\0梁开通\n昨天，临江新桥正式开通，居民\0往来更方便了\u2028。\U0002070e😀\n二、其他\n没有别的事情了。\n"
    )
    (tmp_path / "pages" / "odd.txt").write_text(text, encoding="utf-8")
    committed = etl.run(tmp_path / "pages", tmp_path / "out", workers=1)
    load(committed, target_of(url))
    assert query(STATE)[0][0] == state_of(committed)[0][0]
    kept = query('SELECT count(*) FROM ledger WHERE contains("before", chr(0))')
    assert kept == [(2,)]
    assert committed.scan("ledger").filter(pl.col("before").str.contains("\0", literal=True)).collect().height == 2


def altered(run: CommittedRun, tmp_path: Path, files_rows: dict[str, int] | None = None) -> CommittedRun:
    """A copy of a run whose manifest promises other numbers of rows."""
    folder = tmp_path / "altered"
    shutil.copytree(run.folder, folder)
    files = {
        name: described | {"rows": described["rows"] + (files_rows or {}).get(name.partition("/")[0], 0)}
        if "rows" in described
        else described
        for name, described in run.manifest["files"].items()
    }
    manifest = {**run.manifest, "files": files, "source": "altered"}
    (folder / "manifest.json").write_bytes(json_bytes(manifest))
    return CommittedRun(folder, manifest)
