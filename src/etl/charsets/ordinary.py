"""Tell ordinary texts from those that are worth a closer look, many at once: nearly all are ordinary UTF-8."""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.lines import BLANK
from etl.utf8 import Utf8

__all__ = ["are_clean", "are_ordinary", "has_usual"]

ESCAPE = "~{"
"""Opens Chinese in the codec HZ, whose bytes look like ASCII."""

CONTROLS = bytes(byte for byte in range(0x20) if chr(byte) not in "\t\n\v\f\r")
"""Control characters but white space."""

DELETE = "\x7f"
"""The control character after ASCII."""

USUAL = "的，。、一是有在不"
"""Characters of which any ordinary Chinese text has plenty; mojibake has them by chance only."""

_USUAL = "|".join(USUAL)

USUAL_SHARE = 0.01
"""Share of `USUAL` among the characters beyond ASCII under which a text may be mojibake; menus have .02."""

HEAD = 100
"""Characters, besides an eighth of the text, in which nearly any text has as many usual ones as it needs in all."""


def are_ordinary(texts: pl.Series) -> pl.Series:
    """Whether nothing speaks against each text: no byte order mark, no escapes, some text, no sign of mojibake.

    Args:
        texts: strings that were valid UTF-8.
    """
    odd = texts.str.starts_with("\ufeff") | texts.str.contains(ESCAPE, literal=True)
    return ~odd & are_clean(texts) & _have_usual(texts)


def are_clean(texts: pl.Series) -> pl.Series:
    """Whether each text shows something, and holds no control characters but white space.

    Such characters are bytes of other codecs than UTF-8, or of no text.
    """
    whole = Utf8.of(texts)
    low = pl.Series(np.diff(np.searchsorted(whole.find(CONTROLS), whole.offsets)) > 0)
    return ~(low | texts.str.contains(DELETE, literal=True)) & (texts.str.strip_chars_start(BLANK) != "")


def _have_usual(texts: pl.Series) -> pl.Series:
    """Whether enough of the characters beyond ASCII are usual ones."""
    chars = texts.str.len_chars()
    beyond = (texts.str.len_bytes().cast(pl.Int64) - chars.cast(pl.Int64)) / 2
    enough = pl.DataFrame({"text": texts, "chars": chars, "needed": beyond * USUAL_SHARE})
    head = pl.col("text").str.head(pl.col("chars") // 8 + HEAD).str.count_matches(_USUAL)
    known = enough.select(head >= pl.col("needed")).to_series()
    unknown = enough.filter(~known)
    return known.scatter((~known).arg_true(), unknown["text"].str.count_matches(_USUAL) >= unknown["needed"])


def has_usual(text: str) -> bool:
    """Whether enough of a text's characters are usual ones for it to be no mojibake."""
    return sum(map(text.count, USUAL)) >= USUAL_SHARE * max(len(text), 1)
