"""Values that many rows share, each of them once."""

from __future__ import annotations

import polars as pl

from etl.utf8 import Ints

__all__ = ["number_values"]


def number_values(values: pl.Series) -> tuple[pl.Series, Ints]:
    """The distinct values, in the order in which they come, and for each row the number of its own.

    Args:
        values: not null.
    """
    encoded = values.to_arrow(compat_level=pl.CompatLevel.oldest()).dictionary_encode()
    return pl.Series(encoded.dictionary, dtype=values.dtype), encoded.indices.to_numpy().astype(int)
