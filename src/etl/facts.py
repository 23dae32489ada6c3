"""Facts about the whole corpus: what each shard surveyed, on the disk, and how that is merged in bounded memory.

What a shard adds to a fact about the corpus is committed with the run, so that a later run can take it over with the
shard, and that no index runs ahead of the datasets.

How the shares of a fact are merged, `pipeline.MERGES` says; what is too much for memory lies on the disk meanwhile.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import polars as pl

from etl.files import write_parquet
from etl.pipeline import MERGES
from etl.scratch import OnDisk
from etl.timing import Stopwatch

__all__ = ["merge_fact", "nights_of", "scan_fact", "write_share"]

FILE_ROWS = 2**18
"""Rows of a merged fact's file, of some 4 MB: every shard looks through all of them, and opening one takes .4 ms."""


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


def merge_fact(folder: Path, nights: Mapping[str, int], fact: str) -> dict[str, float]:
    """Merge what the shards surveyed. Their shares stay as long as the run: one that resumes merges them again.

    Args:
        folder: the run's staging folder.
        nights: which night cleaned each shard, by the shard's number; 0 where it is not said.
        fact: its name.

    Returns:
        CPU seconds by step.
    """
    watch = Stopwatch()
    with watch.step("merge"), OnDisk(folder / "facts" / "scratch" / fact) as scratch:
        parts = _parts(_shares_of(folder, fact))
        shards = [pl.scan_parquet(part).with_columns(night=_night(part, nights)) for part in parts]
        target = _merged(folder) / fact
        shutil.rmtree(target, ignore_errors=True)
        for number, rows in enumerate(_larger(MERGES[fact](shards, scratch))):
            write_parquet(rows, target / f"{number:03}.parquet", compression="lz4")
    return watch.seconds


def _larger(pieces: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The rows of some pieces in pieces of `FILE_ROWS` or more, and what is left."""
    held: list[pl.DataFrame] = []
    for piece in pieces:
        held.append(piece)
        if sum(some.height for some in held) >= FILE_ROWS:
            yield pl.concat(held)
            held = []
    if held:
        yield pl.concat(held)


def _shares_of(folder: Path, fact: str) -> Path:
    """Where the shards' shares of a fact are: in the run that will be committed, if later runs have a use for them."""
    return (folder / "run" if fact in MERGES else folder) / "facts" / fact


def _merged(folder: Path) -> Path:
    return folder / "facts" / "merged"


def _parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.parquet"))


def _night(part: Path, nights: Mapping[str, int]) -> pl.Expr:
    return pl.lit(nights.get(part.stem.rpartition("-")[2], 0), dtype=pl.Int64)
