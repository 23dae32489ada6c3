"""Tell ordinary texts from those that are worth a closer look, many at once: nearly all are ordinary."""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.lines import BLANK, TERMINATORS, count_lines
from etl.utf8 import Utf8

__all__ = ["are_no_mojibake", "has_usual", "shapes"]

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
"""Characters, besides an eighth of the text, in which nearly any text has as many usual ones as it needs in all."""


def shapes(texts: pl.Series) -> pl.DataFrame:
    """What the characters of each text come to.

    Args:
        texts: none is null.

    Returns:
        chars and lines, how many; clean, whether it shows something, and holds no control characters but white space:
        these are bytes of other codecs than UTF-8, or of no text.
    """
    whole = Utf8.of(texts)
    low = whole.find(CONTROLS + TERMINATORS)
    ends = _IS_TERMINATOR[whole.data[low]]
    controls = np.diff(np.searchsorted(low[~ends], whole.offsets)) > 0
    return pl.DataFrame(
        {
            "chars": texts.str.len_chars().cast(pl.Int64),
            "lines": count_lines(whole, low[ends]),
            "clean": ~(pl.Series(controls) | texts.str.contains(DELETE, literal=True)) & texts.str.contains(SHOWN),
        }
    )


def are_no_mojibake(texts: pl.Series) -> pl.Series:
    """Whether nothing speaks for another reading of each text: no escapes, and enough usual characters.

    Args:
        texts: what was valid UTF-8.
    """
    chars = texts.str.len_chars().cast(pl.Int64)
    beyond = (texts.str.len_bytes().cast(pl.Int64) - chars) / 2
    needed = beyond * USUAL_SHARE
    enough = texts.str.head(chars // 8 + HEAD).str.count_matches(_USUAL) >= needed
    unknown = (~enough).arg_true()
    enough = enough.scatter(unknown, texts.gather(unknown).str.count_matches(_USUAL) >= needed.gather(unknown))
    return enough & ~texts.str.contains(ESCAPE, literal=True)


def has_usual(text: str) -> bool:
    """Whether enough of a text's characters are usual ones for it to be no mojibake."""
    return sum(map(text.count, USUAL)) >= USUAL_SHARE * max(len(text), 1)
