"""Columns as Arrow has them, and what it does with them run by run: texts joined, texts in lists."""

from __future__ import annotations

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from etl.arrays import Ints

__all__ = ["as_arrow", "join_runs", "list_runs"]


def as_arrow(values: pl.Series) -> pa.Array:
    """A column, texts one after the other in one buffer."""
    return values.to_arrow(compat_level=pl.CompatLevel.oldest())


def join_runs(texts: pl.Series, bounds: Ints, joint: str) -> pl.Series:
    """Each run of texts put into one.

    Args:
        texts: not null.
        bounds: where each run begins, and one more: where the last one ends.
        joint: what is put between two of a run.
    """
    array = as_arrow(texts)
    runs = pa.ListArray.from_arrays(pa.array(bounds, pa.int32()), array)
    return pl.Series(pc.binary_join(runs, pa.scalar(joint, array.type)), dtype=pl.String)


def list_runs(texts: pl.Series, bounds: Ints) -> pl.Series:
    """Each run of texts as a list; the arguments are those of `join_runs`."""
    return pl.Series(pa.LargeListArray.from_arrays(pa.array(bounds), as_arrow(texts)), dtype=pl.List(pl.String))
