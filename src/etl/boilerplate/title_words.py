"""How many of a headline's characters the beginning of its article has, which tells it from a menu."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.boilerplate.characters import CODE_POINTS, han_characters
from etl.utf8 import code_points

__all__ = ["shared_words"]

LEAD_LINES, LEAD_CHARS = 4, 300
"""Paragraphs, and code points of them, whose words a headline is expected to share."""

LEAD_LINE = 15
"""Code points of a sentence that counts as one of them."""

Numbers = npt.NDArray[np.integer[Any]]


def shared_words(candidates: pl.DataFrame, lines: pl.DataFrame) -> pl.Series:
    """The share of each candidate's distinct Chinese characters that the beginning of its article has too.

    The beginnings are looked through for the characters of the candidates, which are far fewer.

    Args:
        candidates: document, shown, each with a Chinese character.
        lines: document (lines of one document adjacent), shown, chars, prose, ends, article.
    """
    found = han_characters(candidates["shown"])
    letters = _keyed(found["text"].to_numpy(), found["code"].to_numpy()).unique().to_numpy()
    candidate, code = np.divmod(letters, CODE_POINTS)
    asked = _keyed(candidates["document"].to_numpy()[candidate], code)
    lead = _lead_characters(_leads(lines, candidates["document"]))
    shared = asked.is_in(lead.filter(lead.is_in(asked.implode())).unique().implode()).to_numpy()
    counts, common = (np.bincount(of, minlength=candidates.height) for of in (candidate, candidate[shared]))
    return pl.Series(common / counts)


def _keyed(owner: Numbers, code: Numbers) -> pl.Series:
    """Characters, each with whose it is, as one number."""
    keys = np.multiply(owner, CODE_POINTS, dtype=np.int64)
    keys += code
    return pl.Series(keys)


def _lead_characters(leads: pl.DataFrame) -> pl.Series:
    """The characters of beginnings, each with its document."""
    sizes = leads["shown"].str.len_chars().to_numpy()
    return _keyed(np.repeat(leads["document"].to_numpy(), sizes), code_points(leads["shown"]))


def _leads(lines: pl.DataFrame, documents: pl.Series) -> pl.DataFrame:
    """document, shown: the beginnings of some documents' articles."""
    sentence = pl.col("prose") | (pl.col("ends") & (pl.col("chars") >= LEAD_LINE))
    asked = pl.col("article") & sentence & pl.col("document").is_in(documents.unique().implode())
    prose = lines.select("document", "shown").filter(lines.select(asked).to_series())
    first = pl.col("document").ne_missing(pl.col("document").shift(1))

    def within(running: pl.Expr) -> pl.Expr:
        """A running number, begun anew with each document."""
        return running - pl.when(first).then(running).forward_fill()

    lead = prose.filter(within(pl.int_range(pl.len())) < LEAD_LINES)
    size = pl.col("shown").str.len_chars().cast(pl.Int64)
    room = LEAD_CHARS - within(size.cum_sum() - size)
    return lead.with_columns(pl.col("shown").str.slice(0, room.clip(0)))
