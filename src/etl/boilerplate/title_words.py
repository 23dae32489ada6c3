"""How many of a headline's characters the beginning of its article has, which tells it from a menu."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.boilerplate.characters import CODE_POINTS, han_characters
from etl.boilerplate.frame import FAR, Flags, Floats, Frame, running
from etl.boilerplate.standing import Lines
from etl.utf8 import code_points

__all__ = ["sentences", "shared_words"]

LEAD_LINES, LEAD_CHARS = 4, 300
"""Paragraphs, and code points of them, whose words a headline is expected to share."""

LEAD_LINE = 15
"""Code points of a sentence that counts as one of them."""

Numbers = npt.NDArray[np.integer[Any]]


def sentences(lines: Lines, article: Flags) -> Flags:
    """Which lines are what the beginning of an article is made of.

    Args:
        lines: those that stand.
        article: whether each is of the article.
    """
    return article & (lines.prose | (lines.ends & (lines.chars >= LEAD_LINE)))


def shared_words(candidates: pl.DataFrame, sentences: pl.DataFrame) -> Floats:
    """The share of each candidate's distinct Chinese characters that the beginning of its article has too.

    The beginnings are looked through for the characters of the candidates, which are far fewer.

    Args:
        candidates: document, shown, each with a Chinese character.
        sentences: document (lines of one document adjacent), shown: of their articles.
    """
    found = han_characters(candidates["shown"])
    letters = _keyed(found["text"].to_numpy(), found["code"].to_numpy()).unique().to_numpy()
    candidate, code = np.divmod(letters, CODE_POINTS)
    asked = _keyed(candidates["document"].to_numpy()[candidate], code)
    lead = _lead_characters(_leads(sentences))
    shared = asked.is_in(lead.filter(lead.is_in(asked.implode())).unique().implode()).to_numpy()
    counts, common = (np.bincount(of, minlength=candidates.height) for of in (candidate, candidate[shared]))
    return common / counts


def _keyed(owner: Numbers, code: Numbers) -> pl.Series:
    """Characters, each with whose it is, as one number."""
    keys = np.multiply(owner, CODE_POINTS, dtype=np.int64)
    keys += code
    return pl.Series(keys)


def _lead_characters(leads: pl.DataFrame) -> pl.Series:
    """The characters of beginnings, each with its document."""
    sizes = leads["shown"].str.len_chars().to_numpy()
    return _keyed(np.repeat(leads["document"].to_numpy(), sizes), code_points(leads["shown"]))


def _leads(sentences: pl.DataFrame) -> pl.DataFrame:
    """document, shown: the first `LEAD_LINES` sentences of each document, cut after `LEAD_CHARS`."""
    frame = Frame.of(sentences["document"].to_numpy())
    leads = sentences[np.flatnonzero(frame.row - frame.first < LEAD_LINES)]
    sizes = running(leads["shown"].str.len_chars().to_numpy())
    before = Frame.of(leads["document"].to_numpy()).sums(sizes, -FAR, -1)
    room = pl.Series((LEAD_CHARS - before).clip(0))
    return leads.select("document", pl.col("shown").str.slice(0, room))
