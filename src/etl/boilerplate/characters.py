"""How many characters of a kind each line holds: all kinds at once, in one look at each character.

A regular expression that counts visits each line once a kind, at 100 MB/s; a table from code points to kinds, looked up
for a whole column, counts all kinds at 250.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["KINDS", "count_characters"]

NUMERALS = "".join(chr(code) for code in range(0x80, 0x20000) if chr(code).isdecimal())
"""The decimal digits (Unicode category Nd) of every script but ASCII, full-width ones among them."""

KINDS: Mapping[str, str] = {
    "stops": "。！？；",
    "commas": "，,、",
    "words": "的了是在和不我们們有也就这這着他对對与與将將为為及之被并",
    "digits": "0123456789",
    "numerals": NUMERALS,
    "latin": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "separators": "|｜>»_·",
    "quotes": "“”「」《》",
}
"""Kinds of characters, which share none. Words are those that text is held together by and menus do without: the
commonest of modern Chinese."""


@cache
def _kinds_by_code() -> npt.NDArray[np.uint8]:
    """The number of its kind for each code point, 0 for all others; the last entry stands for all beyond."""
    table = np.zeros(0x20001, dtype=np.uint8)
    for number, characters in enumerate(KINDS.values(), start=1):
        table[[ord(each) for each in characters]] = number
    return table


def count_characters(texts: pl.Series) -> pl.DataFrame:
    """Count the characters of each kind in each text.

    Args:
        texts: not null.

    Returns:
        one column per kind of `KINDS`, Int64, one row per text.
    """
    codes = np.frombuffer(texts.str.join("").item().encode("utf-32-le"), dtype="<u4")
    kinds = _kinds_by_code().take(codes, mode="clip")
    found = np.flatnonzero(kinds != 0)
    width = len(KINDS) + 1
    slots = np.repeat(np.arange(texts.len(), dtype=np.int32) * np.int32(width), texts.str.len_chars().to_numpy())
    counts = np.bincount(slots[found] + kinds[found], minlength=texts.len() * width).reshape(-1, width)
    return pl.DataFrame({name: counts[:, number] for number, name in enumerate(KINDS, start=1)})
