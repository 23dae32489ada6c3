"""The lines of a shard as they are compared: folded, each with its key, and the bounds of the documents."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import polars as pl

from etl.arrays import Flags, Ints, Keys
from etl.duplicates.folding import Folded, fold

__all__ = ["Keyed", "key_lines"]


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

    def are(self, kind: str) -> Flags:
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
