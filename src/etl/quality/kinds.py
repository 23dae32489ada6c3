"""Of which kinds characters are."""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from etl.arrays import Ints
from etl.utf8 import BLOCK_BYTES, Utf8

__all__ = ["KINDS", "count_kinds"]

KINDS = (
    "han", "kana", "latin", "digits", "wide-points", "points", "spaces", "controls", "private", "replacement", "other",
)  # fmt: skip
"""Kinds of characters: Chinese; Japanese kana; Latin letters and digits of either width; punctuation as Chinese writes
it, and of ASCII and Latin-1; white space and line ends; controls and what else shows nothing; private use; U+FFFD."""

TOGETHER = 1000
"""Texts; owners who have fewer in a row have theirs brought together, which takes longer than a block for so many."""

UNITS = 2**16
"""Values of a UTF-16 unit."""

LOW_SURROGATE = len(KINDS)
"""Beside the kinds, and dropped: the second half of a character beyond U+FFFF."""

KIND_OF = {
    "Zs": "spaces", "Zl": "spaces", "Zp": "spaces", "Cc": "controls", "Cf": "controls", "Co": "private",
    **dict.fromkeys(("Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po"), "wide-points"),
}  # fmt: skip
"""Kind of a category of Unicode; other categories are "other"."""

RANGES = {
    "han": ((0x2E80, 0x2FDF), (0x3005, 0x3005), (0x3007, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF)),
    "kana": ((0x3040, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF9F)),
    "latin": (
        (0x41, 0x5A), (0x61, 0x7A), (0xAA, 0xAA), (0xBA, 0xBA), (0xC0, 0x24F), (0x1E00, 0x1EFF), (0xFF21, 0xFF3A),
        (0xFF41, 0xFF5A),
    ),
    "digits": ((0x30, 0x39), (0xFF10, 0xFF19)),
    "spaces": ((0x9, 0xD), (0x85, 0x85)),
    "replacement": ((0xFFFD, 0xFFFD),),
    "other": ((0xD7, 0xD7), (0xF7, 0xF7)),
}  # fmt: skip
"""Characters whose kind is not that of their category, by kind."""

HIGH_SURROGATES = {"han": (0xD840, 0xD8BF), "private": (0xDB80, 0xDBFF)}
"""Of planes 2 and 3, where all further Chinese characters are, and of planes 15 and 16, which are for private use."""


def count_kinds(texts: pl.Series, owners: Ints, size: int) -> Ints:
    """Count characters by kind.

    Args:
        texts: not null.
        owners: of each text, its number.
        size: how many owners there are.

    Returns:
        A row for each owner, a column for each of `KINDS`.
    """
    counts = np.zeros((size, len(KINDS)), dtype=np.int64)
    if np.count_nonzero(np.diff(owners)) > len(owners) / TOGETHER:
        order = np.argsort(owners, kind="stable")
        texts, owners = texts.gather(order), owners[order]
    utf8 = Utf8.of(texts)
    # A block at a time, which fits the processor's cache, and of one owner.
    blocks = np.searchsorted(utf8.offsets, np.arange(utf8.offsets[0], utf8.offsets[-1], BLOCK_BYTES))
    changes = np.flatnonzero(np.diff(owners)) + 1
    bounds = np.unique(np.concatenate([[0], blocks, changes, [len(owners)]]))
    for first, after in pairwise(bounds.tolist()):
        block = utf8.data[utf8.offsets[first] : utf8.offsets[after]]
        counts[owners[first]] += _counts(str(block.data, "utf-8"))
    return counts


def _counts(text: str) -> list[int]:
    """How many characters of each of `KINDS` a text has."""
    units = np.frombuffer(text.encode("utf-16-le"), dtype="<u2")
    # Arrow looks 16-bit indices up as they are; numpy makes them four times as long first.
    kinds = _kinds().take(pa.array(units)).to_numpy()
    return [int(np.count_nonzero(kinds == kind)) for kind in range(len(KINDS))]


@cache
def _kinds() -> pa.Array:
    """Place among `KINDS` of each UTF-16 unit."""
    place = {kind: number for number, kind in enumerate(KINDS)}
    categories = [unicodedata.category(chr(unit)) for unit in range(UNITS)]
    kinds: npt.NDArray[np.uint8] = np.array(
        [place[KIND_OF.get(category, "other")] for category in categories], dtype=np.uint8
    )
    narrow = [
        unit for unit in range(0x100) if categories[unit][0] == "P" or (categories[unit][0] == "S" and unit < 0x7F)
    ]
    kinds[narrow] = place["points"]
    for kind, ranges in (*RANGES.items(), *((kind, (units,)) for kind, units in HIGH_SURROGATES.items())):
        for first, last in ranges:
            kinds[first : last + 1] = place[kind]
    kinds[0xDC00:0xE000] = LOW_SURROGATE
    return pa.array(kinds)
