"""Room beside memory: where rows that concern each other are brought together, and where many rows are kept.

What must be known of a whole corpus is worked out from pieces, each of which fits into memory, while all of them may
not. `OnDisk` leaves between two steps on the disk what the next step needs; `InMemory` does the same for one shard.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from etl.arrays import Ints

__all__ = ["Dealt", "InMemory", "Numbers", "OnDisk", "Ordered", "Rows", "Scratch"]

MOST_SHARES = 256
"""Files dealt out to at once; a process may have 1024 open."""

BLOCK_ROWS = 1024
"""Rows that are sorted as one, of which one such block is held of each frame whose rows lie among those of others."""

BLOCKS_AT_ONCE = 16
"""Blocks brought into order at once."""

SPREAD = np.uint64(0x9E3779B97F4A7C15)
"""The golden ratio of 2**64: a number times this is a hash of it, whose upper bits are the best."""

HALF = np.uint64(32)
"""Bits of half a number."""

Numbers = npt.NDArray[np.uint64]
Places = Ints

Rows = Callable[[Places], npt.NDArray[Any]]
"""Gives the rows at some places, which ascend."""


class Scratch(Protocol):
    """Room for rows that need not be in memory all at once."""

    def together(self, frames: Iterable[pl.DataFrame], by: str, shares: int) -> Iterator[pl.DataFrame]:
        """The rows of all frames in about so many shares; rows that agree in a column come in the same one.

        In which order, and which of the others come along, is not said. A share without rows may be left out.
        """

    def numbers_together(
        self, blocks: Iterable[Numbers], by: Callable[[Numbers], Numbers], shares: int
    ) -> Iterator[Numbers]:
        """The same for numbers, and what they have in common: what a function gives for them."""

    def keep(self, blocks: Iterable[npt.NDArray[Any]], dtype: np.dtype[Any]) -> Rows:
        """Keep rows of numpy's type `dtype`, block after block; the first one's place is 0."""


class InMemory:
    """As if the disk were memory: for one shard."""

    def together(self, frames: Iterable[pl.DataFrame], by: str, shares: int) -> Iterator[pl.DataFrame]:
        """All rows."""
        yield pl.concat(frames)

    def numbers_together(
        self, blocks: Iterable[Numbers], by: Callable[[Numbers], Numbers], shares: int
    ) -> Iterator[Numbers]:
        """All numbers."""
        yield np.concatenate([np.empty(0, np.uint64), *blocks])

    def keep(self, blocks: Iterable[npt.NDArray[Any]], dtype: np.dtype[Any]) -> Rows:
        """An array of all rows."""
        kept = np.concatenate([np.empty(0, dtype), *blocks])
        return lambda places: kept[places]


@dataclass
class OnDisk:
    """Files in a folder, which is gone when the work is done; what an earlier, killed run left there goes first.

    Attributes:
        folder: of its own.
    """

    folder: Path
    _names: Iterator[int] = field(default_factory=count)
    _open: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> OnDisk:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
        shutil.rmtree(self.folder)

    def together(self, frames: Iterable[pl.DataFrame], by: str, shares: int) -> Iterator[pl.DataFrame]:
        """Rows dealt out to files by the hash of a column, and read one file at a time."""
        if shares == 1:
            yield pl.concat(frames)
            return
        dealt = self.dealt(by, shares)
        for frame in frames:
            dealt.add(frame)
        yield from dealt.shares()

    def numbers_together(
        self, blocks: Iterable[Numbers], by: Callable[[Numbers], Numbers], shares: int
    ) -> Iterator[Numbers]:
        """Numbers dealt out to files, and read one file at a time."""
        folder = self._new_folder()
        paths = [folder / f"{share:03}" for share in range(min(shares, MOST_SHARES))]
        with ExitStack() as stack:
            files = [stack.enter_context(path.open("wb")) for path in paths]
            for block in blocks:
                for file, own in zip(files, _dealt(block, by(block), len(files)), strict=True):
                    file.write(own.data)
        for path in paths:
            yield np.fromfile(path, np.uint64)
            path.unlink()

    def dealt(self, by: str, shares: int) -> Dealt:
        """What `together` does, for rows that come one frame after the other."""
        dealt = Dealt(self._new_folder(), by, min(shares, MOST_SHARES))
        self._open.callback(dealt.close)
        return dealt

    def ordered(self, by: str) -> Ordered:
        """Rows of many frames, which will be wanted in the order of a column."""
        return Ordered(self._new_folder(), by)

    def keep(self, blocks: Iterable[npt.NDArray[Any]], dtype: np.dtype[Any]) -> Rows:
        """Rows one after the other in a file, which is not mapped: its pages would count as memory of the process."""
        path = self.folder / str(next(self._names))
        with path.open("wb") as file:
            for block in blocks:
                file.write(np.ascontiguousarray(block, dtype).data)
        return partial(_read_rows, path, dtype)

    def _new_folder(self) -> Path:
        folder = self.folder / str(next(self._names))
        folder.mkdir()
        return folder


def _dealt(numbers: Numbers, by: Numbers, shares: int) -> list[Numbers]:
    """Numbers in so many shares, by the upper half of a hash."""
    share = ((by * SPREAD >> HALF) * np.uint64(shares) >> HALF).astype(np.uint8)
    ends = np.bincount(share, minlength=shares).cumsum()
    return np.split(numbers[share.argsort(kind="stable")], ends[:-1])  # of bytes, numpy sorts so by counting


def _read_rows(path: Path, dtype: np.dtype[Any], places: Places) -> npt.NDArray[Any]:
    """Read rows, those that stand together at once."""
    starts = np.flatnonzero(np.diff(places, prepend=-2) != 1)
    runs = zip(places[starts].tolist(), np.diff(np.append(starts, len(places))).tolist(), strict=True)
    size = dtype.itemsize
    with path.open("rb") as file:
        descriptor = file.fileno()
        read = [os.pread(descriptor, rows * size, first * size) for first, rows in runs]
    return np.frombuffer(b"".join(read), dtype)


@dataclass
class Dealt:
    """Rows dealt out to files by the hash of a column, which has to hold for this process alone.

    Attributes:
        folder: of its own, empty.
        by: the column.
        most: shares.
    """

    folder: Path
    by: str
    most: int
    _writers: dict[int, pa.RecordBatchStreamWriter] = field(default_factory=dict)

    def add(self, frame: pl.DataFrame) -> None:
        """Deal out the rows of one more frame."""
        dealt = frame.with_columns(_share=pl.col(self.by).hash() % self.most)
        for (share,), rows in dealt.partition_by("_share", as_dict=True, include_key=False).items():
            table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
            if share not in self._writers:
                self._writers[share] = pa.ipc.new_stream(self.folder / f"{share:03}.arrow", table.schema)
            self._writers[share].write_table(table)

    def shares(self) -> Iterator[pl.DataFrame]:
        """The rows, share by share; rows that agree in the column come in the same one. None can be added after it."""
        self.close()
        for path in sorted(self.folder.iterdir()):
            yield pl.read_ipc_stream(path)
            path.unlink()

    def close(self) -> None:
        """Close the files."""
        for writer in self._writers.values():
            writer.close()


@dataclass
class Ordered:
    """Rows sorted block by block, which are brought into one order when they are wanted.

    A block is read when those before it are through, so that frames that follow each other in the order need no more
    memory than one of them, and frames whose rows lie among each other's need a block each.

    Attributes:
        folder: of its own, empty.
        by: the column that they are ordered by.
    """

    folder: Path
    by: str
    _blocks: list[tuple[Any, Path]] = field(default_factory=list)

    def add(self, frame: pl.DataFrame) -> None:
        """Add the rows of one more frame."""
        for block in frame.sort(self.by).iter_slices(BLOCK_ROWS):
            path = self.folder / f"{len(self._blocks)}.arrow"
            block.write_ipc_stream(path)
            self._blocks.append((block.item(0, self.by), path))

    def pieces(self) -> Iterator[pl.DataFrame]:
        """All rows in order, in pieces."""
        blocks = sorted(self._blocks)
        held: list[pl.DataFrame] = []
        for start in range(0, len(blocks), BLOCKS_AT_ONCE):
            read = (pl.read_ipc_stream(path) for _, path in blocks[start : start + BLOCKS_AT_ONCE])
            rows = pl.concat([*held, *read]).sort(self.by)
            to_come = [first for first, _ in blocks[start + BLOCKS_AT_ONCE :][:1]]
            ready = rows.get_column(self.by).search_sorted(to_come[0]) if to_come else rows.height
            yield rows[:ready]
            held = [rows[ready:]]
