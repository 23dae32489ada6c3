"""Facts about the whole corpus: what each shard surveyed, on the disk, and how that is merged in bounded memory.

Rows that concern each other agree in one column. Where a fact has more rows than should be in memory at once, they
are dealt out to files by that column first, and each file is merged by itself.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import polars as pl
import pyarrow as pa

from etl.datasets import write_parquet
from etl.pipeline import MERGES, Merge

__all__ = ["merge_facts", "scan_fact", "write_share"]

ROWS = 2**18
"""Rows merged at once: some 20 MB, and as much again to sort them."""

MOST_SHARES = 256
"""Files dealt out to at once; a process may have 1024 open."""


def write_share(folder: Path, fact: str, part: str, frame: pl.DataFrame) -> Path:
    """Keep what one shard adds to a fact.

    Args:
        folder: where the run's facts are.
        fact: its name.
        part: name of the shard's part.
        frame: what was surveyed.

    Returns:
        The file.
    """
    path = folder / fact / f"{part}.parquet"
    write_parquet(frame, path, compression="lz4")
    return path


def scan_fact(folder: Path, fact: str, part: str) -> pl.LazyFrame:
    """A fact about the corpus, or the shard's own where shares are not merged; rows of a merged one in no order."""
    if fact not in MERGES:
        return pl.scan_parquet(folder / fact / f"{part}.parquet")
    return pl.scan_parquet(sorted((_merged(folder) / fact).glob("*.parquet")), glob=False)


def merge_facts(folder: Path, facts: Iterable[str]) -> None:
    """Merge what the shards surveyed. Their shares stay as long as the run: one that resumes merges them again."""
    for fact in facts:
        parts = sorted((folder / fact).glob("*.parquet"))
        target, dealt = _merged(folder) / fact, folder / "dealt"
        for left in (target, dealt):
            shutil.rmtree(left, ignore_errors=True)
        for number, rows in enumerate(_shares(parts, MERGES[fact], dealt)):
            write_parquet(MERGES[fact].of(rows), target / f"{number:03}.parquet", compression="lz4")


def _merged(folder: Path) -> Path:
    return folder / "merged"


def _shares(parts: list[Path], merge: Merge, dealt: Path) -> Iterator[pl.LazyFrame]:
    """All rows, so that those which concern each other come together."""
    rows = int(pl.scan_parquet(parts, glob=False).select(pl.len()).collect().item())
    shares = min(rows // ROWS + 1, MOST_SHARES)
    if merge.by is None or shares == 1:
        yield pl.scan_parquet(parts, glob=False)
        return
    dealt.mkdir()
    _deal(parts, merge.by, shares, dealt)
    for path in sorted(dealt.iterdir()):
        yield pl.read_ipc_stream(path).lazy()
        path.unlink()
    dealt.rmdir()


def _deal(parts: list[Path], by: str, shares: int, dealt: Path) -> None:
    """Deal rows out to files by the hash of a column, which has to hold for this process alone."""
    with ExitStack() as stack:
        writers: dict[int, pa.RecordBatchStreamWriter] = {}
        for part in parts:
            frame = pl.read_parquet(part).with_columns(_share=pl.col(by).hash() % shares)
            for (share,), rows in frame.partition_by("_share", as_dict=True, include_key=False).items():
                table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
                if share not in writers:
                    writer = pa.ipc.new_stream(dealt / f"{share:03}.arrow", table.schema)
                    writers[share] = stack.enter_context(writer)
                writers[share].write_table(table)
