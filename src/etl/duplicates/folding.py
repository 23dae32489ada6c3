"""Fold lines for comparison: what two copies of a line may differ in, and still be the same line.

Folded away are white space, zero-width characters, punctuation and bullets, and the difference of full and half
width. Letters, digits, signs such as % and punctuation between two digits (1.5, 18:51) count. A line's key is the
xxh3 hash of its folded text in UTF-16-LE, so that it is the same on every machine and under every version of Polars.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.arrays import Ints, Keys
from etl.duplicates.selection import chosen
from etl.hashing import hash_pieces
from etl.utf8 import Utf8

__all__ = ["Folded", "fold", "fold_text"]

BLOCK_BYTES = 1 << 20
"""Folded in one go, in a dozen calls of numpy and Polars; in blocks a quarter as large that takes a tenth more time."""

NEWLINE = 10
"""The unit that ends a line while lines are folded together; no line holds it."""

SIGNS = "%‰"
"""Punctuation in Unicode's eyes that changes a figure, and so counts."""

BULLETS = ("\u2500", "\u27c0")
"""Box drawing, geometric shapes, stars and dingbats: first, and one past the last. They adorn lines."""

Units = npt.NDArray[np.uint16]


class Folded(NamedTuple):
    """Folded lines, in one buffer.

    Attributes:
        units: UTF-16 code units of all folded lines, with nothing between them.
        bounds: where each line begins in `units`, and one more: where the last one ends.
    """

    units: Units
    bounds: Ints

    def sizes(self) -> Ints:
        """Length of each folded line, in UTF-16 code units."""
        return np.diff(self.bounds)

    def keys(self) -> Keys:
        """xxh3 of each folded line."""
        return hash_pieces(self.units, self.bounds)

    def texts(self, rows: range) -> list[str]:
        """Some folded lines."""
        bounds = self.bounds[rows.start : rows.stop + 1]
        whole = self.units[bounds[0] : bounds[-1]].tobytes().decode("utf-16-le", "surrogatepass")
        if len(whole) < bounds[-1] - bounds[0]:  # some characters take two units
            return [self.text(row) for row in rows]
        return [whole[start:stop] for start, stop in pairwise((bounds - bounds[0]).tolist())]

    def text(self, row: int) -> str:
        """One folded line."""
        start, end = self.bounds[row], self.bounds[row + 1]
        return self.units[start:end].tobytes().decode("utf-16-le", "surrogatepass")


def fold(texts: pl.Series) -> Folded:
    """Fold lines.

    Args:
        texts: strings without line feeds.
    """
    folded = [_fold(block) for _, block in Utf8.of(texts + "\n").strings(BLOCK_BYTES)]
    sizes = np.concatenate([np.zeros(1, dtype=np.int64), *(some.sizes() for some in folded)])
    units = np.concatenate([np.empty(0, dtype=np.uint16), *(some.units for some in folded)])
    return Folded(units, np.cumsum(sizes))


def _fold(lines: str) -> Folded:
    """Fold lines, each of which ends with a line feed."""
    units = np.frombuffer(lines.encode("utf-16-le"), dtype="<u2")
    table, signs = _tables()
    folded = table.take(units, mode="clip")  # no unit is beyond the table, and this looks for none
    digit = folded - np.uint16(ord("0")) < 10  # what is less than "0" wraps round
    counts = folded != 0
    between = np.flatnonzero(digit[:-2] & digit[2:] & ~counts[1:-1]) + 1
    folded[between] = signs[units[between]]
    counts[between] = folded[between] != 0
    ended = chosen(folded, counts)
    ends = np.flatnonzero(ended == NEWLINE)
    return Folded(chosen(ended, ended != NEWLINE), np.append(0, ends - np.arange(len(ends))))


def fold_text(text: str) -> str:
    """Fold one line; line feeds count as white space."""
    return _fold(text.replace("\n", " ") + "\n").text(0)


@cache
def _tables() -> tuple[Units, Units]:
    """For each UTF-16 unit: what it folds to, and what it folds to between two digits; 0 if to nothing."""
    characters = [chr(unit) for unit in range(2**16)]
    table = np.arange(2**16, dtype=np.uint16)
    for unit, character in enumerate(characters):
        if not unicodedata.is_normalized("NFKC", character):
            plain = unicodedata.normalize("NFKC", character)
            table[unit] = ord(plain) if len(plain) == 1 and ord(plain) < 2**16 else unit
    categories = np.array([unicodedata.category(character) for character in characters])
    major = categories.astype("U1")
    table[(major == "Z") | (major == "M") | (categories == "Cc") | (categories == "Cf")] = 0
    table[ord(BULLETS[0]) : ord(BULLETS[1])] = 0
    table[NEWLINE] = NEWLINE
    punctuation = (major == "P") & ~np.isin(table, [ord(sign) for sign in SIGNS])
    return np.where(punctuation, np.uint16(0), table), table
