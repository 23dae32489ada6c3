"""Search for patterns in few of many texts."""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.boilerplate.frame import Flags

__all__ = ["contains_where"]


def contains_where(likely: Flags | pl.Series, texts: pl.Series, pattern: str) -> Flags:
    """Whether each text holds a pattern; only the likely ones are searched, and no other is taken to hold it.

    Args:
        likely: true or false for each text.
        texts: not null.
        pattern: regular expression of Polars.
    """
    found, at = np.zeros(len(texts), dtype=np.bool_), np.flatnonzero(likely)
    if len(at):
        found[at] = texts.gather(at).str.contains(pattern)
    return found
