"""How wide lines are, and at which column those of a document end.

Widths are columns of a terminal: a full-width character takes two.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from etl.adjacent import differs
from etl.arrays import Flags, Ints
from etl.normalization.alphabet import CLOSING, STOP, WHITE_CHARACTERS

__all__ = [
    "HANGING", "NARROWEST", "NOWHERE", "RAGGED", "Measured", "commonest", "line_columns", "measure", "reaches",
]  # fmt: skip


NARROWEST = 36
"""Columns; no page wraps prose below 18 Chinese characters, while menus and verses are that narrow."""

RAGGED = 4
"""Columns; how far a line of Chinese can end before the edge, when a bracket or a point may not stand there."""

HANGING = 2
"""Columns; a point may hang over the edge."""

LATIN_BYTES = 1.5
"""Bytes a character in UTF-8; Latin text has fewer, Chinese has three with some digits between."""

LATIN_EDGE = 0.98
"""Quantile of the widths; words make lines ragged, so that few reach the edge, and hardly any goes past it."""

NOWHERE = np.int64(1 << 40)
"""Columns; an edge, a margin or an opening that a document has not."""

_FIRST_WORD = f"^(?:[0-9A-Za-z.%/+-]+|[《〈（(“‘「『【]?.)[{STOP}{CLOSING}”’…,.;:?!)]*"


def line_columns(lines: pl.DataFrame) -> Ints:
    """Columns of each line; see `_columns`."""
    return _columns(lines["end"].to_numpy() - lines["start"].to_numpy(), lines["text"])


def _text_columns(texts: pl.Series) -> Ints:
    """Columns of each text; see `_columns`."""
    return _columns(texts.str.len_chars().to_numpy().astype(np.int64), texts)


def _columns(chars: Ints, texts: pl.Series) -> Ints:
    """Columns of texts of so many characters: one of three bytes in UTF-8 takes two."""
    return chars + (texts.str.len_bytes().to_numpy() - chars) // 2


class Measured(NamedTuple):
    """The lines of the documents that may be wrapped.

    Attributes:
        documents: how many documents they are.
        document: the number of each line's document among them.
        line_no: as in `schemas.Lines`, like the two that follow.
        start: first code point.
        end: code point after the line.
        text: without the white space at its end.
        width: columns of that.
        indent: columns of the white space at its start.
        room: columns that the next line's first word needs, with the points that cling to it.
        edge: column at which the document's lines end, or `NOWHERE`.
        full: whether it reaches the edge and no further.
    """

    documents: int
    document: Ints
    line_no: Ints
    start: Ints
    end: Ints
    text: pl.Series
    width: Ints
    indent: Ints
    room: Ints
    edge: Ints
    full: Flags


def measure(lines: pl.DataFrame, document: Ints) -> Measured:
    """How wide each line is, and where its document's lines end.

    Args:
        lines: of documents that may be wrapped, all of their lines.
        document: number of each line's document; they ascend.
    """
    text = lines["text"].str.strip_chars_end(WHITE_CHARACTERS)
    content = text.str.strip_chars_start(WHITE_CHARACTERS)
    width = _text_columns(text)
    word = _text_columns(content.str.extract(_FIRST_WORD, 0).fill_null(""))
    opens = differs(document)
    word[opens] = 0  # a document's last line is followed by none
    number = np.cumsum(opens) - 1
    documents = int(number[-1]) + 1 if len(number) else 0
    edge = _edges(number, documents, text, width)[number]
    room = np.maximum(np.append(word[1:], 0) + 1, RAGGED)
    return Measured(
        documents=documents,
        document=number,
        line_no=lines["line_no"].to_numpy(),
        start=lines["start"].to_numpy(),
        end=lines["end"].to_numpy(),
        text=text,
        width=width,
        indent=width - _text_columns(content),
        room=room,
        edge=edge,
        full=reaches(width, room, edge),
    )


def reaches(width: Ints, room: Ints, edge: Ints) -> Flags:
    """Whether lines reach the edge and no further: the next line's first word had no room in them."""
    return (width + room > edge) & (width <= edge + HANGING)


def _edges(document: Ints, documents: int, texts: pl.Series, widths: Ints) -> Ints:
    """The column at which most lines of a document end, the last of equals; for Latin text, where nearly all do."""
    wide = np.flatnonzero(widths >= NARROWEST)
    text, width, document = texts[wide], widths[wide], document[wide]
    size = np.bincount(document, text.str.len_bytes().to_numpy(), documents)
    chars = np.bincount(document, text.str.len_chars().to_numpy(), documents)
    edges = commonest(document, documents, width, last=True)
    counts = np.bincount(document, minlength=documents)
    latin = np.flatnonzero(size < LATIN_BYTES * chars)
    nearly_all = (np.cumsum(counts) - counts)[latin] + (LATIN_EDGE * (counts[latin] - 1)).astype(np.int64)
    edges[latin] = width[np.lexsort((width, document))][nearly_all]
    return edges


def commonest(document: Ints, documents: int, values: Ints, *, last: bool = False) -> Ints:
    """The value that stands most often in each document, the first or the last of equals; `NOWHERE` if there is none.

    Args:
        document: number of each value's document.
        documents: how many there are.
        values: not negative, and below `NOWHERE`.
        last: whether the largest of equals is wanted, and not the smallest.
    """
    often = np.full(documents, NOWHERE)
    distinct, counts = np.unique(document * NOWHERE + values, return_counts=True)
    found, value = np.divmod(distinct, NOWHERE)
    order = np.lexsort((value if last else -value, counts))
    often[found[order]] = value[order]  # of one document's values the last to be set stays
    return often
