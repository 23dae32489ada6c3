"""Which of many documents are valid UTF-8: nearly all are, and most of the others show it at once."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import polars as pl

from etl.arrays import Flags
from etl.utf8 import Utf8

__all__ = ["are_utf8"]

HEAD = 128
"""Bytes in which most documents that are not UTF-8 show it, so that the others can be validated all at once."""

LONGER = (0xC0, 0xE0, 0xF0)
"""First bytes of characters of two bytes at least, of three and of four."""


def are_utf8(contents: pl.Series) -> Flags:
    """Whether each content is valid UTF-8: those that begin so are looked at as a whole."""
    valid = _begin_as_utf8(Utf8.of(contents.bin.head(HEAD)))
    valid[valid] = _are_wholly_utf8(contents.filter(pl.Series(valid)))
    return valid


def _begin_as_utf8(heads: Utf8) -> Flags:
    """Whether a character goes on just where one before has more bytes, in each head but for its first bytes."""
    data, ends = heads.data, heads.offsets[1:]
    goes_on, expected = data & 0xC0 == 0x80, np.zeros(len(data), dtype=np.bool_)
    for distance, first in enumerate(LONGER, start=1):
        expected[distance:] |= data[:-distance] >= first
    wrong = np.append(0, np.cumsum(goes_on != expected))
    # What is expected of the first bytes may come from the end of another head.
    looked_at = np.minimum(heads.offsets[:-1] + len(LONGER), ends)
    begin_so: Flags = wrong[looked_at] == wrong[ends]
    return begin_so


def _are_wholly_utf8(contents: pl.Series) -> list[bool]:
    """Whether each content is valid UTF-8: all at once, or else one half and then the other."""
    with suppress(pl.exceptions.ComputeError):
        contents.cast(pl.String)
        return [True] * len(contents)
    if len(contents) == 1:
        return [False]
    half = len(contents) // 2
    return _are_wholly_utf8(contents.head(half)) + _are_wholly_utf8(contents.slice(half))
