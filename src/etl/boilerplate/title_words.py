"""How many of a headline's characters the beginning of its article has, which tells it from a menu."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.arrays import Flags, Floats, Ints
from etl.boilerplate.characters import CODE_POINTS, han_characters
from etl.boilerplate.frame import FAR, Frame, running
from etl.boilerplate.standing import Lines
from etl.utf8 import code_points

__all__ = ["Texts", "sentences", "shared_words"]

LEAD_LINES, LEAD_CHARS = 4, 300
"""Paragraphs, and code points of them, whose words a headline is expected to share."""

LEAD_LINE = 15
"""Code points of a sentence that counts as one of them."""

Numbers = npt.NDArray[np.integer[Any]]


class Texts(NamedTuple):
    """Lines of documents.

    Attributes:
        document: the number of each line's; lines of one document are adjacent.
        shown: what each shows.
    """

    document: Ints
    shown: pl.Series


def sentences(lines: Lines, article: Flags) -> Flags:
    """Which lines are what the beginning of an article is made of.

    Args:
        lines: those that stand.
        article: whether each is of the article.
    """
    return article & (lines.prose | (lines.ends & (lines.chars >= LEAD_LINE)))


def shared_words(candidates: Texts, sentences: Texts) -> Floats:
    """The share of each candidate's distinct Chinese characters that the beginning of its article has too.

    Args:
        candidates: lines, each with a Chinese character.
        sentences: those of their articles.
    """
    found = han_characters(candidates.shown)
    letters = _keyed(found["text"].to_numpy(), found["code"].to_numpy()).unique().to_numpy()
    candidate, code = np.divmod(letters, CODE_POINTS)
    shared = _keyed(candidates.document[candidate], code).is_in(_lead_characters(sentences).implode()).to_numpy()
    counts, common = (np.bincount(of, minlength=len(candidates.shown)) for of in (candidate, candidate[shared]))
    return common / counts


def _keyed(owner: Numbers, code: Numbers) -> pl.Series:
    """Characters, each with whose it is, as one number."""
    keys = np.multiply(owner, CODE_POINTS, dtype=np.int64)
    keys += code
    return pl.Series(keys)


def _lead_characters(sentences: Texts) -> pl.Series:
    """The characters of the first `LEAD_LINES` sentences of each document, up to `LEAD_CHARS`, with their document."""
    frame = Frame.of(sentences.document)
    leads = np.flatnonzero(frame.row - frame.first < LEAD_LINES)
    document, shown = sentences.document[leads], sentences.shown[leads]
    sizes = shown.str.len_chars().to_numpy()
    before = Frame.of(document).sums(running(sizes), -FAR, -1)
    taken = np.minimum(sizes, (LEAD_CHARS - before).clip(0))
    return _keyed(document.repeat(taken), code_points(shown.str.slice(0, pl.Series(taken))))
