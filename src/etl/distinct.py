"""Texts that many rows share, each of them once."""

from __future__ import annotations

import polars as pl

from etl.utf8 import Ints

__all__ = ["number_texts"]


def number_texts(texts: pl.Series) -> tuple[pl.Series, Ints]:
    """The distinct texts, in the order in which they come, and for each text the number of its own.

    Args:
        texts: not null.
    """
    encoded = texts.to_arrow(compat_level=pl.CompatLevel.oldest()).dictionary_encode()
    return pl.Series(encoded.dictionary, dtype=pl.String), encoded.indices.to_numpy().astype(int)
