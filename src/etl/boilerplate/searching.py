"""Search for patterns in few of many texts, and for what these texts begin or end with."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.arrays import Flags

__all__ = ["Codes", "contains_where", "one_of"]

Codes = npt.NDArray[np.uint32]
"""Code points."""


def contains_where(likely: Flags, texts: pl.Series, pattern: str) -> Flags:
    """Whether each text holds a pattern; only the likely ones are searched, and no other is taken to hold it.

    Args:
        likely: true or false for each text.
        texts: not null.
        pattern: regular expression of Polars.
    """
    found = np.zeros(len(texts), dtype=np.bool_)
    if likely.any():
        found[likely] = texts.filter(pl.Series(likely)).str.contains(pattern).to_numpy()
    return found


def one_of(codes: Codes, characters: str) -> Flags:
    """Whether each code point is that of one of some characters."""
    return _are_among(characters).take(codes, mode="clip")


@cache
def _are_among(characters: str) -> Flags:
    """For each code point whether it is one of some characters'; the last entry stands for all beyond."""
    codes = [ord(character) for character in characters]
    table = np.zeros(max(codes) + 2, dtype=np.bool_)
    table[codes] = True
    return table
