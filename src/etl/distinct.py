"""Values that many rows share: each of them looked at once."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow.compute as pc

from etl.arrays import Ints
from etl.arrow import as_arrow

__all__ = ["find_rows", "number_texts", "number_values", "rows_of"]


def number_values(values: pl.Series) -> tuple[pl.Series, Ints]:
    """The distinct values, null as one of them, in the order in which they come, and for each row its own's number."""
    encoded = as_arrow(values).dictionary_encode("encode")
    return pl.Series(encoded.dictionary, dtype=values.dtype), encoded.indices.to_numpy().astype(int)


def number_texts(texts: pl.Series) -> tuple[pl.Series, Ints]:
    """The same for texts most of which stand once, which their hashes tell faster; these come last.

    Args:
        texts: not null.
    """
    twice = texts.hash().is_duplicated()
    again, number_again = number_values(texts.filter(twice))
    once, number = texts.filter(~twice), np.empty(len(texts), dtype=np.int64)
    number[twice] = number_again
    number[~twice] = np.arange(len(again), len(again) + len(once))
    return pl.concat([again, once]), number


def rows_of(values: pl.Series, among: pl.Series) -> Ints:
    """The row of each value among others, which differ.

    Args:
        values: not null; fastest where the same ones follow each other.
        among: not null.

    Raises:
        KeyError: a value is none of them.
    """
    rows = find_rows(values, among)
    if (unknown := rows < 0).any():
        raise KeyError(values[int(unknown.argmax())])
    return rows


def find_rows(values: pl.Series, among: pl.Series) -> Ints:
    """As `rows_of`, but -1 for a value that is none of the others."""
    runs = values.rle().struct.unnest()
    rows: Ints = pc.index_in(as_arrow(runs["value"]), as_arrow(among)).fill_null(-1).to_numpy().astype(np.int64)
    return rows.repeat(runs["len"].to_numpy())
