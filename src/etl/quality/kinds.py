"""Of which kinds characters are."""

from __future__ import annotations

import sys
import unicodedata
from functools import cache
from itertools import pairwise

import numpy as np
import polars as pl
import pyarrow as pa

from etl.utf8 import Ints, Utf8

__all__ = ["KINDS", "TEXTS_A_RUN", "kinds_by_site"]

KINDS = (
    "han", "kana", "latin", "digits", "wide-points", "points", "spaces", "controls", "private", "replacement", "other",
)  # fmt: skip
"""Kinds of characters: Chinese; Japanese kana; Latin letters and digits of either width; punctuation as Chinese writes
it, and of ASCII and Latin-1; white space and line ends; controls and what else shows nothing; private use; U+FFFD."""

PLANE = 2**16
"""Code points of a plane; the first one holds nearly all that pages hold."""

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

TEXTS_A_RUN = 500
"""Texts that are sorted in the time that it takes to count a further run of texts of one site."""

PLANES = {2: "han", 3: "han", 15: "private", 16: "private"}
"""Kind of all code points of a plane; those of the planes from 1 on that are not named are "other"."""


def kinds_by_site(texts: pl.DataFrame) -> pl.DataFrame:
    """Count characters by kind.

    Args:
        texts: site, text; either may be null.

    Returns:
        site, and a column of counts for each of `KINDS`.
    """
    texts = texts.with_columns(pl.col("text").fill_null(""))
    if texts.get_column("site").rle().len() * TEXTS_A_RUN > texts.height:
        texts = texts.sort("site")
    runs, laid = texts.get_column("site").rle().struct.unnest(), Utf8.of(texts.get_column("text"))
    bounds = pairwise([0, *runs.get_column("len").cast(pl.Int64).cum_sum()])
    counts = [_counts(Utf8(laid.data, laid.offsets[first : after + 1])) for first, after in bounds]
    table = np.array(counts, dtype=np.int64).reshape(-1, len(KINDS))
    counted = runs.select(site="value", **{kind: pl.Series(table[:, at]) for at, kind in enumerate(KINDS)})
    return counted.group_by("site").agg(pl.col(KINDS).sum())


def _counts(texts: Utf8) -> Ints:
    """How many characters of each of `KINDS` some texts have."""
    counts = np.zeros(len(KINDS), dtype=np.int64)
    for _, points in texts.blocks():
        # Arrow looks 32-bit indices up as they are; numpy makes them twice as long first.
        kinds = _kinds().take(pa.array(points)).to_numpy()
        counts += [np.count_nonzero(kinds == kind) for kind in range(len(KINDS))]
    return counts


@cache
def _kinds() -> pa.Array:
    """Place among `KINDS` of each code point."""
    place = {kind: number for number, kind in enumerate(KINDS)}
    categories = [unicodedata.category(chr(point)) for point in range(PLANE)]
    kinds = np.full(sys.maxunicode + 1, place["other"], dtype=np.uint8)
    kinds[:PLANE] = [place[KIND_OF.get(category, "other")] for category in categories]
    narrow = [
        point for point in range(0x100) if categories[point][0] == "P" or (categories[point][0] == "S" and point < 0x7F)
    ]
    kinds[narrow] = place["points"]
    for kind, ranges in RANGES.items():
        for first, last in ranges:
            kinds[first : last + 1] = place[kind]
    for plane, kind in PLANES.items():
        kinds[plane * PLANE : (plane + 1) * PLANE] = place[kind]
    return pa.array(kinds)
