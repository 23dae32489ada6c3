"""Facts about the whole corpus: what each shard surveyed, on the disk, and how that is merged in bounded memory.

What a shard adds to a fact about the corpus is committed with the run, so that a later run can take it over with the
shard, and that no index runs ahead of the datasets.

Rows that concern each other agree in one column. Where a fact has more rows than should be in memory at once, they
are dealt out to files by that column first, and each file is merged by itself.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import polars as pl
import pyarrow as pa

from etl.files import write_parquet
from etl.pipeline import MERGES, Merge

__all__ = ["merge_facts", "nights_of", "scan_fact", "write_share"]

ROWS = 2**18
"""Rows merged at once: some 20 MB, and as much again to sort them."""

MOST_SHARES = 256
"""Files dealt out to at once; a process may have 1024 open."""


def write_share(folder: Path, fact: str, part: str, frame: pl.DataFrame) -> Path:
    """Keep what one shard adds to a fact.

    Args:
        folder: the run's staging folder.
        fact: its name.
        part: name of the shard's part.
        frame: what was surveyed.

    Returns:
        The file.
    """
    path = _shares_of(folder, fact) / f"{part}.parquet"
    write_parquet(frame, path, compression="lz4")
    return path


def scan_fact(folder: Path, fact: str, part: str) -> pl.LazyFrame:
    """A fact about the corpus, or the shard's own where shares are not merged; rows of a merged one in no order."""
    if fact not in MERGES:
        return pl.scan_parquet(_shares_of(folder, fact) / f"{part}.parquet")
    return pl.scan_parquet(_parts(_merged(folder) / fact), glob=False)


def nights_of(shards: Mapping[str, str]) -> dict[str, int]:
    """Which night cleaned each shard, counted from the oldest; clocks may go backwards, numbers of shards do not.

    Args:
        shards: the run that cleaned each shard, by the shard's number, in their order.
    """
    order = {run_id: night for night, run_id in enumerate(dict.fromkeys(shards.values()))}
    return {number: order[run_id] for number, run_id in shards.items()}


def merge_facts(folder: Path, facts: Iterable[str], nights: Mapping[str, int]) -> None:
    """Merge what the shards surveyed. Their shares stay as long as the run: one that resumes merges them again.

    Args:
        folder: the run's staging folder.
        facts: names of the facts.
        nights: which night cleaned each shard, by the shard's number; 0 where it is not said.
    """
    for fact in facts:
        parts = {part: nights.get(part.stem.rpartition("-")[2], 0) for part in _parts(_shares_of(folder, fact))}
        target, dealt = _merged(folder) / fact, folder / "facts" / "dealt"
        for left in (target, dealt):
            shutil.rmtree(left, ignore_errors=True)
        for number, rows in enumerate(_shares(parts, MERGES[fact], dealt)):
            write_parquet(MERGES[fact].of(rows), target / f"{number:03}.parquet", compression="lz4")


def _shares_of(folder: Path, fact: str) -> Path:
    """Where the shards' shares of a fact are: in the run that will be committed, if later runs have a use for them."""
    return (folder / "run" if fact in MERGES else folder) / "facts" / fact


def _merged(folder: Path) -> Path:
    return folder / "facts" / "merged"


def _parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.parquet"))


def _scan(parts: Mapping[Path, int]) -> pl.LazyFrame:
    """The rows of all parts, each with its night."""
    nights = {night: [part for part, its in parts.items() if its == night] for night in parts.values()}
    return pl.concat(
        pl.scan_parquet(several, glob=False).with_columns(night=_night(night)) for night, several in nights.items()
    )


def _night(night: int) -> pl.Expr:
    return pl.lit(night, dtype=pl.Int64)


def _shares(parts: Mapping[Path, int], merge: Merge, dealt: Path) -> Iterator[pl.LazyFrame]:
    """All rows, so that those which concern each other come together."""
    rows = int(pl.scan_parquet(list(parts), glob=False).select(pl.len()).collect().item())
    shares = min(rows // ROWS + 1, MOST_SHARES)
    if merge.by is None or shares == 1:
        yield _scan(parts)
        return
    dealt.mkdir(parents=True)
    _deal(parts, merge.by, shares, dealt)
    for path in sorted(dealt.iterdir()):
        yield pl.read_ipc_stream(path).lazy()
        path.unlink()
    dealt.rmdir()


def _deal(parts: Mapping[Path, int], by: str, shares: int, dealt: Path) -> None:
    """Deal rows out to files by the hash of a column, which has to hold for this process alone."""
    with ExitStack() as stack:
        writers: dict[int, pa.RecordBatchStreamWriter] = {}
        for part, night in parts.items():
            frame = pl.read_parquet(part).with_columns(night=_night(night), _share=pl.col(by).hash() % shares)
            for (share,), rows in frame.partition_by("_share", as_dict=True, include_key=False).items():
                table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
                if share not in writers:
                    writer = pa.ipc.new_stream(dealt / f"{share:03}.arrow", table.schema)
                    writers[share] = stack.enter_context(writer)
                writers[share].write_table(table)
