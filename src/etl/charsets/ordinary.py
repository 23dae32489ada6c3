"""Tell ordinary texts from those that are worth a closer look, many at once: nearly all are ordinary."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.arrays import Ints
from etl.lines import BLANK, TERMINATORS, count_lines
from etl.utf8 import Utf8

__all__ = ["are_no_mojibake", "count_lines_and_controls", "has_usual", "show_something"]

ESCAPE = "~{"
"""Opens Chinese in the codec HZ, whose bytes look like ASCII."""

CONTROLS = bytes(byte for byte in range(0x20) if chr(byte) not in "\t\n\v\f\r")
"""Control characters but white space."""

_IS_TERMINATOR = np.isin(np.arange(256), list(TERMINATORS))

DELETE = "\x7f"
"""The control character after ASCII."""

SHOWN = "[^" + "".join(f"\\x{{{ord(character):x}}}" for character in BLANK) + "]"
"""A character that shows something."""

USUAL = "的，。、一是有在不"
"""Characters of which any ordinary Chinese text has plenty; mojibake has them by chance only."""

_USUAL = "|".join(USUAL)

USUAL_SHARE = 0.01
"""Share of `USUAL` among the characters beyond ASCII under which a text may be mojibake; menus have .02."""

HEAD = 100
"""Characters, besides an eighth of the text, in which an article has as many usual ones as it needs in all; a page that
begins with menus often has not, and is counted as a whole."""


def count_lines_and_controls(written: Utf8) -> tuple[Ints, Ints]:
    """How many lines each text has, and how many control characters but DELETE and white space.

    Args:
        written: in UTF-8, or in GB18030, whose longer characters have no such bytes either.
    """
    low = written.find(CONTROLS + TERMINATORS)
    ends = _IS_TERMINATOR[written.data[low]]
    return count_lines(written, low[ends]), np.diff(np.searchsorted(low[~ends], written.offsets))


def show_something(texts: pl.Series) -> pl.Series:
    """Whether each text shows something, and holds no DELETE."""
    return texts.str.contains(SHOWN) & ~texts.str.contains(DELETE, literal=True)


def are_no_mojibake(texts: pl.Series, chars: pl.Series) -> pl.Series:
    """Whether nothing speaks for another reading of each text: no escapes, and enough usual characters.

    Args:
        texts: what was valid UTF-8.
        chars: of each.
    """
    beyond = (texts.str.len_bytes().to_numpy().astype(np.int64) - chars.to_numpy()) / 2
    needed = beyond * USUAL_SHARE
    enough = _count_usual(texts.str.head(chars // 8 + HEAD)) >= needed
    unknown = np.flatnonzero(~enough)
    enough[unknown] = _count_usual(texts.gather(unknown)) >= needed[unknown]
    return pl.Series(enough) & ~texts.str.contains(ESCAPE, literal=True)


def _count_usual(texts: pl.Series) -> npt.NDArray[np.uint32]:
    return texts.str.count_matches(_USUAL).to_numpy()


def has_usual(text: str) -> bool:
    """Whether enough of a text's characters are usual ones for it to be no mojibake."""
    return sum(map(text.count, USUAL)) >= USUAL_SHARE * max(len(text), 1)
