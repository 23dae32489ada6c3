"""Headings without a number: short lines between paragraphs, believed where the whole document is built of them."""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.arrays import Flags, Ints

__all__ = ["find_unnumbered"]

UNNUMBERED = pl.DataFrame({"rank": [5], "shape": ["line"], "can_head": ["line"], "alone": [True]})
"""What such a heading has in common with one that has a marker, see `markers.read_markers`; in the canonical order it
stands outside every numbered form but those of Markdown."""

SHORTEST = 4
"""Code points of a heading at least; shorter lines are names and labels (基本案情 has 4)."""

SHORTEST_PROSE = 20
"""Code points of a paragraph at least; below, a line beneath a short line is no text that it could head."""

FEWEST = 3
"""Headings that a document needs: one or two short lines among paragraphs are captions or signatures."""

MOST_PROSE = 6
"""Paragraphs to a heading at most, over the document; beyond, short lines are captions between paragraphs."""

PURITY = 0.6
"""Share of the document's short open lines that stand where a heading stands; below, they are a list or a menu."""

CLOSERS = "。！？!?…；;：:，,、.|>"
"""Last characters that a heading does not have."""

ENDS = "。！？!?…；;：:”’」』）)】"
"""Last characters of a line that is complete: what precedes a heading, and ends the text beneath it."""


def find_unnumbered(rows: pl.DataFrame, longest: int) -> pl.DataFrame:
    """Find the lines that head the paragraphs beneath them, in documents built that way.

    Args:
        rows: document (a number), text, apart (the line can be neither heading nor prose); lines in order.
        longest: code points that a heading has at most.

    Returns:
        The rows of the headings with heading, rank, shape, can_head and alone: see `UNNUMBERED`.
    """
    document, apart = rows["document"].to_numpy(), rows["apart"].to_numpy()
    # A character has four bytes at most, and a Chinese one three: what sizes tell of most documents is enough.
    size = rows["text"].str.len_bytes().to_numpy()
    short, long = (size <= 4 * longest) & ~apart, (size >= 3 * SHORTEST_PROSE) & ~apart
    likely = short & _amid(document, np.ones(rows.height, dtype=np.bool_), long)
    (some,) = (_counts(document, likely) >= FEWEST)[document].nonzero()
    return _find_among(rows[some], short[some], long[some], longest)


def _find_among(rows: pl.DataFrame, short: Flags, long: Flags, longest: int) -> pl.DataFrame:
    """The headings of some documents, of whose lines some are short enough for a heading, and some long for prose."""
    document, apart = rows["document"].to_numpy(), rows["apart"].to_numpy()
    last_character = rows["text"].str.strip_chars_end().str.tail(1)
    ends = last_character.is_in(list(ENDS)).to_numpy() | apart
    is_open, prose = short & ~last_character.is_in(list(CLOSERS)).to_numpy(), long & ends
    (likely,) = (is_open & _amid(document, ends, prose)).nonzero()
    headings = likely[_read_as_headings(rows["text"][likely], longest)]
    found, short_lines, paragraphs = (_counts(document, which) for which in (headings, is_open, prose))
    built: Flags = (found >= FEWEST) & (paragraphs <= MOST_PROSE * found) & (found >= PURITY * short_lines)
    believed: pl.DataFrame = rows[headings[built[document[headings]]]]
    heading = believed["text"].str.strip_chars().alias("heading")
    return believed.hstack([heading, *UNNUMBERED[np.zeros(believed.height, dtype=np.int64)]])


def _amid(document: Ints, above: Flags, below: Flags) -> Flags:
    """Which lines stand below one kind of line and above another, both of their document."""
    same, amid = document[1:] == document[:-1], np.zeros(len(document), dtype=np.bool_)
    amid[1:-1] = above[:-2] & same[:-1] & same[1:] & below[2:]
    return amid


def _counts(document: Ints, which: Flags | Ints) -> Ints:
    """How many of some lines each document has, by its number."""
    return np.bincount(document[which], minlength=document.max(initial=0) + 1)


def _read_as_headings(texts: pl.Series, longest: int) -> Flags:
    """Which texts are a phrase that begins with a word and has no sentence end within."""
    bare = pl.col("bare").str
    reads = (
        bare.len_chars().is_between(SHORTEST, longest)
        & bare.contains(r"^[\p{L}\d“《‘「『]")
        & bare.contains(r"\p{Han}{2}")
        & ~bare.contains(r"[。；;：:|>]|^\d{4}[-年/.]\d{1,2}[-月/.]\d{1,2}")
    )
    return texts.str.strip_chars().to_frame("bare").select_seq(reads).to_series().to_numpy()
