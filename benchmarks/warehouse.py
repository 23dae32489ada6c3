"""Measure loads into warehouses: `python -m benchmarks.warehouse --help`.

The rows are a real run's over generated pages: documents, paragraphs, sections and ledger. The first load finds an
empty target; for the second, every tenth page was changed. Each load is a process of its own, start-up included. dlt
is given the same rows, and for the second load those of changed documents alone, while ours find them by themselves.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

import etl
from benchmarks.corpus import Spec, prepare
from benchmarks.material import clauses
from benchmarks.measure import measure
from etl.datasets import CommittedRun
from etl.runs import run
from etl.warehouse.tables import CONTENT, TABLES

HERE = Path(__file__).parent

CHANGED = 10
"""One page in so many is changed for the second load."""

NEWS = "第{}号补充消息今天发布，原来的内容没有变动。"
"""What the longest paragraph of a changed page has more."""

INTRODUCTION = """# How fast warehouses are loaded

Written by `python -m benchmarks.warehouse`. {paragraphs:,} paragraphs of {documents:,} documents with {edits:,} ledger
rows; for the second load {changed:,} documents changed. Seconds are of whole processes, start-up included. {machine}.
dlt is told which rows changed; ours find them, delete what is gone, and compare their sums with the manifest. Of a
server, seconds and memory are the client's alone. Delta and Iceberg keep the state before, so that their size doubles.
The system's load was {busy:.0f} when this began. Where other programs are at work, wall seconds say little, and CPU
seconds are to be compared with each other only.

| target | load | wall seconds | CPU seconds | memory, MB | size, MB |
|---|---|---:|---:|---:|---:|
"""


@dataclass(frozen=True)
class Figure:
    """What one load cost.

    Attributes:
        target: kind of warehouse.
        load: full or changed.
        wall: seconds.
        cpu: seconds, over all processes.
        memory: peak resident memory in 10^6 bytes; of a server, none but the client's.
        size: 10^6 bytes on disk afterwards; of a server, its database's without the write-ahead log.
    """

    target: str
    load: str
    wall: float
    cpu: float
    memory: float
    size: float


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.warehouse", description=__doc__)
    parser.add_argument("--paragraphs", type=int, default=1_000_000, help="clean paragraphs, about")
    parser.add_argument("--postgres", help="URL of an empty database of PostgreSQL; else it is left out")
    parser.add_argument("--dlt", type=Path, default=Path(".venv-bench-peers/dlt"), help="environment with dlt")
    parser.add_argument("--data", type=Path, help="labelled material to write pages with; else the project's samples")
    parser.add_argument("--work", type=Path, default=Path(".bench/warehouse"), help="folder for runs and warehouses")
    parser.add_argument("--output", type=Path, default=HERE, help="folder for the results")
    return parser


PARAGRAPHS_A_PAGE = 9.5
"""Clean paragraphs that a generated page has, on the average of a large corpus."""


def main(options: list[str]) -> None:
    """Measure every target that is there, and write the table."""
    chosen = arguments().parse_args(options)
    work = chosen.work.absolute()
    busy = os.getloadavg()[0]
    runs = make_runs(chosen, work)
    targets = work / "targets"
    shutil.rmtree(targets, ignore_errors=True)
    targets.mkdir()
    urls = {
        "DuckDB": (f"duckdb:///{targets / 'w.duckdb'}", targets / "w.duckdb"),
        "Delta": (f"delta:{targets / 'delta'}", targets / "delta"),
        "Iceberg": (f"iceberg:{targets / 'iceberg'}", targets / "iceberg"),
    } | ({"PostgreSQL": (chosen.postgres, None)} if chosen.postgres else {})
    figures = [figure for name, (url, path) in urls.items() for figure in load_both(name, url, path, runs)]
    if (chosen.dlt / "bin" / "python").exists():
        figures += load_dlt(chosen.dlt.absolute(), work, runs)
    write(chosen.output, runs, figures, busy)


def make_runs(chosen: argparse.Namespace, work: Path) -> list[CommittedRun]:
    """Two runs over the same pages, a tenth of them changed in between; made once and kept."""
    data = chosen.data if chosen.data and chosen.data.is_dir() else None
    spec = Spec(f"pages-{chosen.paragraphs}", files=int(chosen.paragraphs / PARAGRAPHS_A_PAGE), mix={"utf-8": 1.0})
    made = [work / f"{spec.name}-{night}" for night in ("before", "after")]
    if not (made[1] / "CURRENT").exists():
        pages = prepare(spec, clauses(data), work).pages
        run(pages, made[0])
        changed = work / "changed"
        shutil.rmtree(changed, ignore_errors=True)
        shutil.copytree(pages, changed)
        for number, path in enumerate(sorted(changed.rglob("*.txt"))):
            if number % CHANGED == 0:
                lines = path.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
                lines[lines.index(max(lines, key=len))] += NEWS.format(number)
                path.write_text("\n".join(lines), encoding="utf-8", errors="surrogateescape")
        run(changed, made[1])
    return [etl.open(output) for output in made]


def load_both(name: str, url: str, path: Path | None, runs: list[CommittedRun]) -> Iterator[Figure]:
    """Load one run after the other into a target."""
    for load, committed in zip(("full", "changed"), runs, strict=True):
        start = [sys.executable, "-c", "from etl.cli import main; main()"]
        cost = measure([*start, "load", str(committed.folder.parents[1]), "--to", url])
        size = _size(path) if path else _database_size(url)
        yield Figure(name, load, cost.wall_seconds, cost.cpu_seconds, cost.largest_mb, size)


def load_dlt(environment: Path, work: Path, runs: list[CommittedRun]) -> Iterator[Figure]:
    """The same rows by dlt, into DuckDB."""
    warehouse = work / "targets" / "dlt.duckdb"
    same = _unchanged(runs)
    for load, committed in zip(("full", "changed"), runs, strict=True):
        rows = work / "targets" / f"rows-{load}"
        for table in CONTENT:
            (rows / table.name).mkdir(parents=True)
            for number in committed.shards:
                frame = committed.shard(table.name, number)
                changed = frame if load == "full" else frame.join(same, on="doc_id", how="anti", maintain_order="left")
                changed.write_parquet(rows / table.name / f"{number}.parquet")
        command = [
            str(environment / "bin" / "python"),
            str(HERE / "peers" / "dlt_pipeline.py"),
            str(rows),
            str(warehouse),
        ]
        cost = measure(command)
        yield Figure("dlt, DuckDB", load, cost.wall_seconds, cost.cpu_seconds, cost.largest_mb, _size(warehouse))


def _unchanged(runs: list[CommittedRun]) -> pl.DataFrame:
    texts = [committed.scan("documents").select("doc_id", "text").collect() for committed in runs]
    return texts[0].join(texts[1], on=["doc_id", "text"], how="semi").select("doc_id")


def _size(path: Path) -> float:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files) / 1e6


def _database_size(url: str) -> float:
    from adbc_driver_postgresql import dbapi  # noqa: PLC0415  # an extra of one target

    with dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        [(size,)] = cursor.fetchall()
    return float(size) / 1e6


def write(folder: Path, runs: list[CommittedRun], figures: list[Figure], busy: float) -> None:
    """Write the table as WAREHOUSE.md, and what is behind it as warehouse.json; `busy` is the load before."""
    rows = {table.name: runs[0].scan(table.name).select(pl.len()).collect().item() for table in CONTENT}
    text = INTRODUCTION.format(
        paragraphs=rows["paragraphs"],
        documents=rows["documents"],
        edits=rows["ledger"],
        changed=rows["documents"] - _unchanged(runs).height,
        machine=f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores",
        busy=busy,
    )
    for figure in figures:
        numbers = (f"{figure.wall:.1f}", f"{figure.cpu:.1f}", f"{figure.memory:,.0f}", f"{figure.size:,.0f}")
        cells = (figure.target, figure.load, *numbers)
        text += f"| {' | '.join(cells)} |\n"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "WAREHOUSE.md").write_text(text, encoding="utf-8")
    facts = {"rows": rows, "tables": len(TABLES), "load_before": busy, "figures": [vars(figure) for figure in figures]}
    (folder / "warehouse.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main(sys.argv[1:])
