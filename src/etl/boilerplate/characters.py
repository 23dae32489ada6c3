"""How many characters of a kind each line holds: all kinds at once, in one look at each character.

A regular expression that counts visits each line once a kind, at 100 MB/s; a table from code points to kinds, looked up
for a block of lines, counts all kinds at 400.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.utf8 import Ints, Utf8, code_points

__all__ = ["CODE_POINTS", "HAN", "KINDS", "LONGEST_PART", "count_characters", "han_characters"]

CODE_POINTS = 0x110000
"""How many there are: one more than the last."""

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

HAN = (
    (0x2E80, 0x2E99), (0x2E9B, 0x2EF3), (0x2F00, 0x2FD5), (0x3005, 0x3005), (0x3007, 0x3007), (0x3021, 0x3029),
    (0x3038, 0x303B), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFA6D), (0xFA70, 0xFAD9), (0x16FE2, 0x16FE3),
    (0x16FF0, 0x16FF1), (0x20000, 0x2A6DF), (0x2A700, 0x2B739), (0x2B740, 0x2B81D), (0x2B820, 0x2CEA1),
    (0x2CEB0, 0x2EBE0), (0x2EBF0, 0x2EE5D), (0x2F800, 0x2FA1D), (0x30000, 0x3134A), (0x31350, 0x323AF),
)  # fmt: skip
"""First and last code points of the script Han, as the regular expressions of Polars see it (Unicode, Scripts.txt)."""


LONGEST_PART = 255
"""Characters that are counted in one byte a kind."""


@cache
def _is_han() -> npt.NDArray[np.bool_]:
    """Whether each code point is of the script Han; the last entry stands for all beyond."""
    table = np.zeros(HAN[-1][1] + 2, dtype=np.bool_)
    for first, last in HAN:
        table[first : last + 1] = True
    return table


def han_characters(texts: pl.Series) -> pl.DataFrame:
    """The Chinese characters of each text.

    Args:
        texts: not null.

    Returns:
        text (its position, UInt32) and code (point, UInt32): one row per character, in order, repeats among them.
    """
    codes, owners = (
        code_points(texts),
        np.repeat(np.arange(texts.len(), dtype=np.uint32), texts.str.len_chars().to_numpy()),
    )
    is_han = _is_han().take(codes, mode="clip")
    return pl.DataFrame({"text": owners[is_han], "code": codes[is_han]})


@cache
def _kinds_by_code() -> npt.NDArray[np.uint64]:
    """For each code point a 1 in the byte of its kind, if it has any; the last entry stands for all beyond."""
    table = np.zeros(0x20001, dtype=np.uint64)
    for number, characters in enumerate(KINDS.values()):
        table[[ord(each) for each in characters]] = 1 << 8 * number
    return table


def count_characters(texts: pl.Series, **places: Ints) -> pl.DataFrame:
    """Count the characters of each kind in each text.

    Args:
        texts: not null.
        places: for each text the number of a character in it, from 0, or -1 for none.

    Returns:
        one column per kind of `KINDS`, Int32, and one per name of places, UInt32, which has the code points that stand
        there, or 0; one row per text.
    """
    chars = texts.str.len_chars().to_numpy().astype(np.int64)
    starts = np.cumsum(chars) - chars
    counts = np.zeros((len(KINDS), len(chars)), dtype=np.int32)
    found = {name: np.zeros(len(chars), dtype=np.uint32) for name in places}
    seen = 0
    for block, codes in Utf8.of(texts).blocks():
        here = starts[block] - seen
        counts[:, block] = _count_block(codes, here, chars[block])
        for name, place in places.items():
            at = np.flatnonzero(place[block] >= 0)
            found[name][block][at] = codes[(here + place[block])[at]]
        seen += len(codes)
    return pl.DataFrame({**dict(zip(KINDS, counts, strict=True)), **found})


def _count_block(codes: npt.NDArray[np.uint32], starts: Ints, chars: Ints) -> npt.NDArray[np.int32]:
    """How many of some code points each text has, one row per kind; in parts so short that no count outgrows a byte."""
    sizes = -(-chars // LONGEST_PART)
    first = np.concatenate([[0], np.cumsum(sizes)])
    part = np.arange(first[-1])
    begins = np.repeat(starts - LONGEST_PART * first[:-1], sizes) + LONGEST_PART * part
    sums = np.zeros((len(part) + 1, len(KINDS)), dtype=np.int32)
    if len(part):
        packed = np.add.reduceat(_kinds_by_code().take(codes, mode="clip"), begins)
        np.cumsum(packed.view(np.uint8).reshape(-1, len(KINDS)), axis=0, out=sums[1:])
    counts: npt.NDArray[np.int32] = np.diff(sums[first], axis=0).T
    return counts
