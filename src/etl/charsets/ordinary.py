"""Tell ordinary texts from those that are worth a closer look, many at once: nearly all are ordinary UTF-8."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.lines import BLANK

__all__ = ["are_ordinary"]

ESCAPE = "~{"
"""Opens Chinese in the codec HZ, whose bytes look like ASCII."""

SPACES = (0x09, 0x0D)
"""The first and the last of the control characters that are white space, tab to carriage return."""

FIRST_SHOWN = 0x20
"""The byte after the last control character."""

DELETE = 0x7F
"""The control character after ASCII."""

BLOCK = 1 << 18
"""Bytes that are looked at together: what is computed of them stays in the cache."""

USUAL = "的|，|。|、|一|是|有|在|不"
"""Characters of which any ordinary Chinese text has plenty; mojibake has them by chance only."""

USUAL_SHARE = 0.01
"""Share of `USUAL` among the characters beyond ASCII under which a text may be mojibake; menus have .02."""

HEAD = 100
"""Characters, besides an eighth of the text, in which nearly any text has as many usual ones as it needs in all."""


def are_ordinary(texts: pl.Series) -> pl.Series:
    """Whether nothing speaks against each text: no byte order mark, no escapes, some text, no sign of mojibake.

    Args:
        texts: strings that were valid UTF-8.
    """
    odd = texts.str.starts_with("\ufeff") | texts.str.contains(ESCAPE, literal=True) | _hold_controls(texts)
    return ~odd & (texts.str.strip_chars_start(BLANK) != "") & _have_usual(texts)


def _hold_controls(texts: pl.Series) -> pl.Series:
    """Whether each text has control characters, seen in the bytes of all of them at once.

    They are bytes of other codecs than UTF-8, or of no text.
    """
    array = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, content = array.buffers()
    bounds = np.frombuffer(offsets, dtype=np.int64)[array.offset :][: len(texts) + 1]
    data = np.frombuffer(content or b"", dtype=np.uint8)[: bounds[-1]]
    places = [_controls(data[start : start + BLOCK]) + start for start in range(0, len(data), BLOCK)]
    controls = np.concatenate([np.empty(0, dtype=np.intp), *places])
    return pl.Series(np.diff(np.searchsorted(controls, bounds)) > 0)


def _controls(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.intp]:
    """Places of control characters but white space."""
    places = np.flatnonzero((data < FIRST_SHOWN) | (data == DELETE))
    found = data[places]
    return places[(found < SPACES[0]) | (found > SPACES[1])]


def _have_usual(texts: pl.Series) -> pl.Series:
    """Whether enough of the characters beyond ASCII are usual ones."""
    chars = texts.str.len_chars()
    beyond = (texts.str.len_bytes().cast(pl.Int64) - chars.cast(pl.Int64)) / 2
    enough = pl.DataFrame({"text": texts, "chars": chars, "needed": beyond * USUAL_SHARE})
    head = pl.col("text").str.head(pl.col("chars") // 8 + HEAD).str.count_matches(USUAL)
    known = enough.select(head >= pl.col("needed")).to_series()
    unknown = enough.filter(~known)
    return known.scatter((~known).arg_true(), unknown["text"].str.count_matches(USUAL) >= unknown["needed"])
