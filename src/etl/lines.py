"""From documents to lines: where each line of a decoded text begins and ends.

A line ends at LF, CR LF or CR. A line is blank if it holds nothing but white space and zero-width characters; blank
lines are counted but are no rows: they are booked, together with the line terminators around them, as breaks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.arrays import Flags, Ints
from etl.distinct import rows_of
from etl.utf8 import Utf8

__all__ = ["BLANK", "TERMINATORS", "Split", "count_lines", "line_texts", "restore_text", "split_lines"]

TERMINATORS = b"\n\r"
"""Bytes that end a line, alone or, CR before LF, together."""

LF, CR = TERMINATORS

BREAKS = pl.Series(["blank-line", "line-break"])
"""Rules of breaks: of those that hold a blank line, and of a line's end alone."""

ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
"""Characters that show nothing and take no room."""

BLANK = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000" + ZERO_WIDTH
)
"""Characters that make a line blank: Unicode's White_Space, the separators of ASCII, and the zero-width ones."""

_BEGINS_BLANK = np.isin(np.arange(256), [character.encode()[0] for character in BLANK])
"""Whether a line that begins with a byte may be blank; the others need not be looked through."""


def _blank_endings() -> Flags:
    ends = np.zeros((256, 256), dtype=np.bool_)
    for encoded in map(str.encode, BLANK):
        ends[encoded[-3] if len(encoded) == 3 else slice(None), encoded[-1]] = True
    return ends


_ENDS_BLANK = _blank_endings()
"""The same for the third byte from a line's end, and the last one."""


class Split(NamedTuple):
    """The lines of some documents.

    Attributes:
        lines: doc_id, line_no, start, end, text; one row per line that is not blank, in the documents' order.
        breaks: doc_id, line_no, start, end, before, rule; one row per maximal run of terminators and blank lines.
    """

    lines: pl.DataFrame
    breaks: pl.DataFrame


def split_lines(documents: pl.DataFrame) -> Split:
    """Cut each document into lines and the breaks between them; together they are the whole text.

    Args:
        documents: doc_id, text; one row per document, ids unique.
    """
    texts, doc_ids = Utf8.of(documents["text"]), documents["doc_id"]
    pieces = _pieces(texts)
    shown = np.flatnonzero(~pieces.blank)
    return Split(
        lines=pl.DataFrame(
            {
                "doc_id": doc_ids.gather(pieces.bounds.document[shown]),
                "line_no": pieces.line_no[shown],
                "start": pieces.start[shown],
                "end": pieces.end[shown],
                "text": pieces.text,
            }
        ),
        breaks=_breaks(doc_ids, texts, pieces),
    )


def line_texts(documents: pl.DataFrame, longest: int) -> pl.DataFrame:
    """The text of each short line, for who does not ask where it stands; a third of the work of a split.

    Args:
        documents: text; one row per document.
        longest: bytes of UTF-8 that a line may have.

    Returns:
        document (its row), text; in the documents' order, blank lines among them, but no empty ones.
    """
    texts = Utf8.of(documents["text"])
    # Each terminator ends a line, and so does the end of a text; between CR and LF, or behind the last one, is nothing.
    found, ends = texts.find(TERMINATORS), texts.offsets[1:]
    places = np.searchsorted(found, ends)
    end, after = np.insert(found, places, ends), np.insert(found + 1, places, ends)
    start = np.concatenate([texts.offsets[:1], after])[:-1]
    document = np.arange(len(ends)).repeat(np.diff(places, prepend=0) + 1)
    size = end - start
    short = np.flatnonzero((size > 0) & (size <= longest))
    return pl.DataFrame({"document": document[short], "text": texts.cut(start[short], end[short])})


class _Bounds(NamedTuple):
    """Every line in the buffer, blank ones too, but not the empty one after a final terminator.

    Attributes:
        document: number of its document.
        first: the first line of each document, and at last how many lines there are.
        start: where the line begins.
        end: where its terminator begins.
        after: where the next line begins.
    """

    document: Ints
    first: Ints
    start: Ints
    end: Ints
    after: Ints


class _Pieces(NamedTuple):
    """What else is to be known of every line.

    Attributes:
        bounds: where each line is in the buffer.
        blank: whether it shows nothing.
        text: of each line that is not blank, without its terminator.
        line_no: number of the line in its document.
        start: first code point of the line in its document.
        end: code point after it, where its terminator begins.
    """

    bounds: _Bounds
    blank: Flags
    text: pl.Series
    line_no: Ints
    start: Ints
    end: Ints


def _pieces(texts: Utf8) -> _Pieces:
    bounds = _bounds(texts)
    blank = bounds.end == bounds.start
    filled = np.flatnonzero(~blank)
    text = texts.cut(bounds.start[filled], bounds.end[filled])
    chars = np.zeros(len(blank), dtype=np.int64)
    chars[filled] = text.str.len_chars()
    doubtful = _perhaps_blank(texts.data, bounds.start[filled], bounds.end[filled])
    blank[filled[doubtful]] = text[doubtful].str.strip_chars(BLANK) == ""
    # A terminator has as many code points as bytes.
    before = np.concatenate([[0], np.cumsum(chars + bounds.after - bounds.end)])
    first = np.repeat(bounds.first[:-1], np.diff(bounds.first))
    start = before[:-1] - before[first]
    return _Pieces(
        bounds=bounds,
        blank=blank,
        text=text.filter(pl.Series(~blank[filled])),
        line_no=np.arange(1, len(chars) + 1) - first,
        start=start,
        end=start + chars,
    )


def _perhaps_blank(data: npt.NDArray[np.uint8], start: Ints, end: Ints) -> Ints:
    """Which lines begin and end as blank ones do; of a line of fewer than three bytes any third one will do."""
    begun = np.flatnonzero(_BEGINS_BLANK[data[start]])
    last = end[begun] - 1
    perhaps: Ints = begun[_ENDS_BLANK[data[np.maximum(last - 2, 0)], data[last]]]
    return perhaps


def _bounds(texts: Utf8) -> _Bounds:
    found = texts.find(TERMINATORS)
    pair = _pairs(texts, found)
    end, after = found.copy(), np.delete(found, pair) + 1
    end[pair + 1] -= 1
    end = np.delete(end, pair)
    # A text's last line may have an empty terminator.
    unended = texts.offsets[1:][_unended(texts)]
    places = np.searchsorted(after, unended)
    end, after = np.insert(end, places, unended), np.insert(after, places, unended)
    first = np.searchsorted(after, texts.offsets, side="right")
    return _Bounds(
        document=np.repeat(np.arange(len(first) - 1), np.diff(first)),
        first=first,
        start=np.concatenate([texts.offsets[:1], after])[:-1],
        end=end,
        after=after,
    )


def count_lines(texts: Utf8, terminators: Ints) -> Ints:
    """How many lines each text has, blank ones too, but not the empty one after a final terminator.

    Args:
        texts: the texts.
        terminators: where the bytes of `TERMINATORS` stand.
    """
    counts: Ints = np.diff(np.searchsorted(np.delete(terminators, _pairs(texts, terminators)), texts.offsets))
    counts[_unended(texts)] += 1
    return counts


def _pairs(texts: Utf8, terminators: Ints) -> Ints:
    """Which terminators are a CR that the LF after it goes with."""
    pair = np.flatnonzero(np.diff(terminators) == 1)
    pair = pair[(texts.data[terminators[pair]] == CR) & (texts.data[terminators[pair + 1]] == LF)]
    next_text = texts.offsets[np.searchsorted(texts.offsets, terminators[pair + 1])] == terminators[pair + 1]
    within: Ints = pair[~next_text]
    return within


def _unended(texts: Utf8) -> Ints:
    """Which texts have a last line without a terminator."""
    filled = np.flatnonzero(np.diff(texts.offsets))
    unended: Ints = filled[~np.isin(texts.data[texts.offsets[filled + 1] - 1], list(TERMINATORS))]
    return unended


def _breaks(doc_ids: pl.Series, texts: Utf8, pieces: _Pieces) -> pl.DataFrame:
    """Everything that is no line, as maximal runs: a line's terminator with the blank lines after it."""
    bounds, blank = pieces.bounds, pieces.blank
    first = np.flatnonzero(~blank | (pieces.line_no == 1))
    last = np.append(first[1:], len(blank))[: len(first)] - 1
    start = np.where(blank[first], bounds.start[first], bounds.end[first])
    there = bounds.after[last] > start
    first, last, start = first[there], last[there], start[there]
    alone = (first == last) & ~blank[first]
    return pl.DataFrame(
        {
            "doc_id": doc_ids[bounds.document[first]],
            "line_no": pieces.line_no[first],
            "start": np.where(blank[first], pieces.start[first], pieces.end[first]),
            "end": pieces.end[last] + bounds.after[last] - bounds.end[last],
            "before": texts.cut(start, bounds.after[last]),
            "rule": BREAKS[alone.astype(np.uint32)],
        }
    )


def restore_text(lines: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Give lines the text that a dataset left out: `documents.text[start:end]`.

    Args:
        lines: doc_id, start, end, text and any further columns; in the order of the documents, and apart.
        documents: doc_id, text, chars (code points of the text); those of the lines, and maybe others.
    """
    texts, chars = Utf8.of(documents["text"]), documents["chars"].to_numpy()
    before = (np.cumsum(chars) - chars)[rows_of(lines["doc_id"], documents["doc_id"])]
    places = np.stack([before + lines["start"].to_numpy(), before + lines["end"].to_numpy()])
    return lines.with_columns(texts.cut(*texts.offsets_of(places)).alias("text"))
