"""Facts about the whole corpus: what each shard surveyed, on the disk, and how that is merged in bounded memory.

What a shard adds to a fact about the corpus is committed with the run, so that a later run can take it over with the
shard, and that no index runs ahead of the datasets.

How the shares of a fact are merged, `merging.MERGES` says; what is too much for memory lies on the disk meanwhile.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl

from etl.files import write_parquet
from etl.merging import MERGES, Columns
from etl.scratch import OnDisk, Scratch

__all__ = ["merge_facts", "nights_of", "scan_fact", "write_share"]


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
    """What of a fact about the corpus may concern a shard, in no order, or its own where shares are not merged."""
    if fact not in MERGES:
        return pl.scan_parquet(_shares_of(folder, fact) / f"{part}.parquet")
    whole = _merged(folder) / fact
    return pl.scan_parquet(whole / f"{part}.parquet" if MERGES[fact].by_shard else _parts(whole), glob=False)


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
        parts = _parts(_shares_of(folder, fact))
        shards = [pl.scan_parquet(part).with_columns(night=_night(part, nights)) for part in parts]
        target = _merged(folder) / fact
        shutil.rmtree(target, ignore_errors=True)
        with OnDisk(folder / "facts" / "scratch") as scratch:
            pieces, columns = MERGES[fact].of(shards, scratch), MERGES[fact].by_shard
            named = _by_shard(pieces, columns, parts, scratch) if columns else _in_order(pieces)
            for name, rows in named:
                write_parquet(rows, target / f"{name}.parquet", compression="lz4")


def _in_order(pieces: Iterable[pl.DataFrame]) -> Iterator[tuple[str, pl.DataFrame]]:
    return ((f"{number:03}", rows) for number, rows in enumerate(pieces))


def _by_shard(
    pieces: Iterable[pl.DataFrame], columns: Columns, parts: Sequence[Path], scratch: Scratch
) -> Iterator[tuple[str, pl.DataFrame]]:
    """For each part of the shards' shares, what concerns its shard."""
    names = dict(enumerate(part.stem for part in parts))
    for rows in scratch.together(pieces, "shard", len(parts)):
        for (shard,), own in rows.partition_by("shard", as_dict=True, include_key=False).items():
            yield names.pop(shard), own
    yield from ((name, pl.DataFrame(schema=columns)) for name in names.values())


def _shares_of(folder: Path, fact: str) -> Path:
    """Where the shards' shares of a fact are: in the run that will be committed, if later runs have a use for them."""
    return (folder / "run" if fact in MERGES else folder) / "facts" / fact


def _merged(folder: Path) -> Path:
    return folder / "facts" / "merged"


def _parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.parquet"))


def _night(part: Path, nights: Mapping[str, int]) -> pl.Expr:
    return pl.lit(nights.get(part.stem.rpartition("-")[2], 0), dtype=pl.Int64)
