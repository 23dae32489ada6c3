"""The lines of a shard as they are compared: folded, each with its key, and the bounds of the documents."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.duplicates.folding import Folded, fold

__all__ = ["Ints", "Keyed", "Keys", "key_lines"]

Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]


class Keyed(NamedTuple):
    """Lines with their keys.

    Attributes:
        lines: as they were given.
        starts: the first row of each document, and one more: where the last one ends.
        document: the number of each line's document among them.
        folded: the folded text of each line.
        keys: its hash.
    """

    lines: pl.DataFrame
    starts: Ints
    document: Ints
    folded: Folded
    keys: Keys

    def are(self, kind: str) -> npt.NDArray[np.bool_]:
        """Whether each line is of a kind."""
        return (self.lines["kind"] == kind).to_numpy()

    def rows_of(self, document: int) -> range:
        """The rows of a document, by its number."""
        return range(int(self.starts[document]), int(self.starts[document + 1]))

    def values(self, column: str, rows: range) -> list[Any]:
        """What some lines have in a column."""
        return self.lines[column].slice(rows.start, len(rows)).to_list()


def key_lines(lines: pl.DataFrame) -> Keyed:
    """Fold and hash every line, once.

    Args:
        lines: at least doc_id, text; the lines of a document stand together.
    """
    sizes = lines["doc_id"].rle().struct.field("len").to_numpy().astype(np.int64)
    folded = fold(lines["text"])
    return Keyed(lines, np.append(0, sizes.cumsum()), np.arange(len(sizes)).repeat(sizes), folded, folded.keys())
