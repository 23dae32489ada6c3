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

__all__ = ["InMemory", "OnDisk", "Rows", "Scratch"]

MOST_SHARES = 256
"""Files dealt out to at once; a process may have 1024 open."""

Places = npt.NDArray[np.int64]

Rows = Callable[[Places], npt.NDArray[Any]]
"""Gives the rows at some places, in an array of the same shape, which is the caller's."""


class Scratch(Protocol):
    """Room for rows that need not be in memory all at once."""

    def together(self, frames: Iterable[pl.DataFrame], by: str, shares: int) -> Iterator[pl.DataFrame]:
        """The rows of all frames in about so many shares; rows that agree in a column come in the same one.

        In which order, and which of the others come along, is not said. A share without rows may be left out.
        """

    def keep(self, blocks: Iterable[npt.NDArray[Any]], dtype: np.dtype[Any]) -> Rows:
        """Keep rows of numpy's type `dtype`, block after block; the first one's place is 0."""


class InMemory:
    """As if the disk were memory: for one shard."""

    def together(self, frames: Iterable[pl.DataFrame], by: str, shares: int) -> Iterator[pl.DataFrame]:
        """All rows."""
        yield pl.concat(frames)

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

    def __enter__(self) -> OnDisk:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder)

    def together(self, frames: Iterable[pl.DataFrame], by: str, shares: int) -> Iterator[pl.DataFrame]:
        """Rows dealt out to files by the hash of a column, and read one file at a time."""
        if shares == 1:
            yield pl.concat(frames)
            return
        folder = self.folder / str(next(self._names))
        folder.mkdir()
        _deal(frames, by, min(shares, MOST_SHARES), folder)
        for path in sorted(folder.iterdir()):
            yield pl.read_ipc_stream(path)
            path.unlink()

    def keep(self, blocks: Iterable[npt.NDArray[Any]], dtype: np.dtype[Any]) -> Rows:
        """Rows one after the other in a file, which is not mapped: its pages would count as memory of the process."""
        path = self.folder / str(next(self._names))
        with path.open("wb") as file:
            for block in blocks:
                file.write(np.ascontiguousarray(block, dtype).data)
        return partial(_read_rows, path, dtype)


def _read_rows(path: Path, dtype: np.dtype[Any], places: Places) -> npt.NDArray[Any]:
    """Read each of the rows once, and those that stand together at once."""
    distinct, which = np.unique(places, return_inverse=True)
    starts = np.flatnonzero(np.diff(distinct, prepend=-2) != 1)
    runs = zip(distinct[starts].tolist(), np.diff(np.append(starts, len(distinct))).tolist(), strict=True)
    size = dtype.itemsize
    with path.open("rb") as file:
        read = [os.pread(file.fileno(), rows * size, first * size) for first, rows in runs]
    return np.frombuffer(b"".join(read), dtype)[which]


def _deal(frames: Iterable[pl.DataFrame], by: str, shares: int, folder: Path) -> None:
    """Deal rows out to files by the hash of a column, which has to hold for this process alone."""
    with ExitStack() as stack:
        writers: dict[int, pa.RecordBatchStreamWriter] = {}
        for frame in frames:
            dealt = frame.with_columns(_share=pl.col(by).hash() % shares)
            for (share,), rows in dealt.partition_by("_share", as_dict=True, include_key=False).items():
                table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
                if share not in writers:
                    writer = pa.ipc.new_stream(folder / f"{share:03}.arrow", table.schema)
                    writers[share] = stack.enter_context(writer)
                writers[share].write_table(table)
