"""Lines of one document that are nearly the same: found by common shingles, judged by their pairs of characters.

Likeness is the Dice coefficient of the two lines' character pairs. Figures are looked at apart: two years' statistics
may differ in nothing but digits, and are no copies.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import pairwise

import numpy as np
import polars as pl

from etl.adjacent import starts_of
from etl.arrays import Ints
from etl.duplicates.folding import Folded
from etl.duplicates.keyed import Keyed
from etl.duplicates.selection import chosen
from etl.duplicates.shingles import WIDTH, Bottom, Hashes, shingle_hashes, sort_each

__all__ = ["ALIKE", "MIN_NEAR", "likeness", "near_pairs", "same_figures", "slip_in_figures"]

ALIKE = 0.8
"""Likeness of two lines from which on one is a near copy: a character in ten edited leaves that much."""

SAMPLED = 2**29
"""Hashes below this limit are looked at, one in eight: near lines of 40 characters share three, a block far more."""

MIN_COMMON = 0.5
"""Share of the sampled shingles of the richer line that the other must have, to be worth a close look."""

MIN_NEAR = 40
"""Folded characters of a line whose likeness proves anything; shorter ones go along with a block, or stay."""

ALMOST = 0.999
"""Likeness of lines that differ only in how often a pair of characters stands: 1 is kept for equal lines."""

MIN_LENGTH = ALIKE / (2 - ALIKE)
"""Length of the shorter line by that of the longer: with less, the coefficient cannot reach `ALIKE`."""

NOT_DIGITS = re.compile(r"[^0-9一二三四五六七八九十百千万亿〇零两]+")


def near_pairs(keyed: Keyed, sample: Bottom) -> dict[int, list[tuple[int, int]]]:
    """Find pairs of lines that may be near copies.

    Args:
        keyed: the lines.
        sample: the smallest hashes of each document: one in which each stands once has no such lines.

    Returns:
        For each document in which there are any: pairs of rows, the later one first.
    """
    document, keys, folded, sizes = keyed.document, keyed.keys, keyed.folded, keyed.folded.sizes()
    looked_at = (sample.once < SAMPLED)[document]
    rows = np.flatnonzero(looked_at)
    some = Folded(chosen(folded.units, np.repeat(looked_at, sizes)), np.append(0, np.cumsum(sizes[rows])))
    held, counted = _common(some, document[rows])
    later, earlier = rows[counted["later"].to_numpy()], rows[counted["earlier"].to_numpy()]
    richer = np.maximum(held[counted["later"].to_numpy()], held[counted["earlier"].to_numpy()])
    enough = counted["len"].to_numpy() >= MIN_COMMON * richer
    long = np.minimum(sizes[later], sizes[earlier]) >= MIN_NEAR
    worth = enough & long & (keys[later] != keys[earlier])
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for first, second in zip(later[worth].tolist(), earlier[worth].tolist(), strict=True):
        found[int(document[first])].append((first, second))
    return found


def _common(folded: Folded, document: Ints) -> tuple[Ints, pl.DataFrame]:
    """How many sampled shingles each line has; and how many (len) two lines, later and earlier, share."""
    row, hashes = _sampled(folded, shingle_hashes(folded.units))
    shared = _sharing(document, row, hashes).group_by("later", "earlier").len().sort("later", "earlier")
    return np.bincount(row, minlength=len(document)), shared


def _sampled(folded: Folded, shingles: Hashes) -> tuple[Ints, Hashes]:
    """Row and hash of the sampled shingles, each of which lies within one line."""
    places = np.flatnonzero(shingles < SAMPLED)
    row = np.repeat(np.arange(len(folded.bounds) - 1), np.diff(np.searchsorted(places, folded.bounds)))
    inside = places + WIDTH <= folded.bounds[row + 1]
    return row[inside], shingles[places[inside]]


def _sharing(document: Ints, row: Ints, hashes: Hashes) -> pl.DataFrame:
    """Two rows of a document for each hash that they share: of several, each with the one before it."""
    owner = document[row]
    keyed = (hashes.astype(np.uint64) << np.uint64(32)) | row.astype(np.uint64)
    sort_each(keyed, starts_of(owner))
    found, rows = (keyed >> np.uint64(32)), (keyed & np.uint64(2**32 - 1)).astype(np.int64)
    same = (found[1:] == found[:-1]) & (rows[1:] != rows[:-1]) & (owner[1:] == owner[:-1])
    return pl.DataFrame({"later": rows[1:][same], "earlier": rows[:-1][same]})


def likeness(one: str, other: str) -> float:
    """Dice coefficient of the distinct character pairs of two folded lines; 0 where their lengths forbid `ALIKE`.

    Lines that are equal are not asked about. Short lines lose most of their pairs to one edit, so a line that differs
    by no more than one character that was put in, lost or exchanged is at least `ALIKE`.
    """
    if _one_edit(one, other):
        return max(_dice(one, other), ALIKE)
    short, long = sorted((len(one), len(other)))
    return _dice(one, other) if short >= long * MIN_LENGTH else 0.0


def _dice(one: str, other: str) -> float:
    pairs, others = set(pairwise(one)), set(pairwise(other))
    return min(2 * len(pairs & others) / max(len(pairs) + len(others), 1), ALMOST)


def _one_edit(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < 3:
        return False
    head = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if head is None:
        return True
    return any(one[head + left :] == other[head + right :] for left, right in ((1, 1), (1, 0), (0, 1)))


def same_figures(one: str, other: str) -> bool:
    """Whether two folded lines have the same digits and numerals, in the same order."""
    return NOT_DIGITS.sub("", one) == NOT_DIGITS.sub("", other)


def slip_in_figures(one: str, other: str) -> bool:
    """Whether one line lacks a single digit of the other: a slip of the copy, where another figure is other news."""
    short, long = sorted((NOT_DIGITS.sub("", one), NOT_DIGITS.sub("", other)), key=len)
    return len(long) - len(short) == 1 and any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
