"""From documents to lines: where each line of a decoded text begins and ends.

A line ends at LF, CR LF or CR. A line is blank if it holds nothing but white space and zero-width characters; blank
lines are counted but are no rows: they are booked, together with the line terminators around them, as breaks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.utf8 import Ints, Utf8

__all__ = ["BLANK", "Split", "restore_text", "split_lines"]

TERMINATORS = LF, CR = b"\n\r"

ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
"""Characters that show nothing and take no room."""

BLANK = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000" + ZERO_WIDTH
)
"""Characters that make a line blank: Unicode's White_Space, the separators of ASCII, and the zero-width ones."""


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
    blank = (pieces.text.str.strip_chars(BLANK) == "").to_numpy()
    shown = np.flatnonzero(~blank)
    return Split(
        lines=pl.DataFrame(
            {
                "doc_id": doc_ids.gather(pieces.document[shown]),
                "line_no": pieces.line_no[shown],
                "start": pieces.start[shown],
                "end": pieces.end[shown],
                "text": pieces.text.gather(shown),
            }
        ),
        breaks=_breaks(doc_ids, texts, pieces, blank),
    )


class _Pieces(NamedTuple):
    """Every line, blank ones too, but not the empty one after a final terminator.

    Attributes:
        text: the line without its terminator.
        document: number of its document.
        line_no: number of the line in its document.
        start: first code point of the line in its document.
        end: code point after it, where its terminator begins.
        bytes_start: where the line begins in the buffer.
        bytes_end: where its terminator begins.
        bytes_after: where the next line begins.
    """

    text: pl.Series
    document: Ints
    line_no: Ints
    start: Ints
    end: Ints
    bytes_start: Ints
    bytes_end: Ints
    bytes_after: Ints


def _pieces(texts: Utf8) -> _Pieces:
    bytes_end, bytes_after = _ends(texts)
    bytes_start = np.concatenate([texts.offsets[:1], bytes_after])[:-1]
    text = texts.cut(bytes_start, bytes_end)
    first = np.searchsorted(bytes_after, texts.offsets, side="right")
    sizes = np.diff(first)
    chars = text.str.len_chars().to_numpy().astype(np.int64)
    # A terminator has as many code points as bytes.
    before = np.concatenate([[0], np.cumsum(chars + bytes_after - bytes_end)])
    start = before[:-1] - np.repeat(before[first[:-1]], sizes)
    return _Pieces(
        text=text,
        document=np.repeat(np.arange(len(sizes)), sizes),
        line_no=np.arange(1, len(chars) + 1) - np.repeat(first[:-1], sizes),
        start=start,
        end=start + chars,
        bytes_start=bytes_start,
        bytes_end=bytes_end,
        bytes_after=bytes_after,
    )


def _ends(texts: Utf8) -> tuple[Ints, Ints]:
    """Where each line's terminator begins and ends in the buffer; a text's last line may have an empty one."""
    found = texts.find(TERMINATORS)
    byte = texts.data[found]
    pair = np.flatnonzero((byte[:-1] == CR) & (byte[1:] == LF) & (np.diff(found) == 1))
    pair = pair[~np.isin(found[pair + 1], texts.offsets)]
    bytes_end, bytes_after = found.copy(), np.delete(found, pair) + 1
    bytes_end[pair + 1] -= 1
    bytes_end = np.delete(bytes_end, pair)
    ends = texts.offsets[1:][np.diff(texts.offsets) > 0]
    unended = ends[~np.isin(texts.data[ends - 1], list(TERMINATORS))]
    places = np.searchsorted(bytes_after, unended)
    return np.insert(bytes_end, places, unended), np.insert(bytes_after, places, unended)


def _breaks(doc_ids: pl.Series, texts: Utf8, pieces: _Pieces, blank: npt.NDArray[np.bool_]) -> pl.DataFrame:
    """Everything that is no line, as maximal runs: a line's terminator with the blank lines after it."""
    begins = ~blank | (pieces.line_no == 1)
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(blank))[: len(first)] - 1
    bytes_start = np.where(blank[first], pieces.bytes_start[first], pieces.bytes_end[first])
    there = pieces.bytes_after[last] > bytes_start
    first, last, bytes_start = first[there], last[there], bytes_start[there]
    alone = pl.Series((first == last) & ~blank[first])
    return pl.DataFrame(
        {
            "doc_id": doc_ids.gather(pieces.document[first]),
            "line_no": pieces.line_no[first],
            "start": np.where(blank[first], pieces.start[first], pieces.end[first]),
            "end": pieces.end[last] + pieces.bytes_after[last] - pieces.bytes_end[last],
            "before": texts.cut(bytes_start, pieces.bytes_after[last]),
        }
    ).with_columns(rule=pl.when(alone).then(pl.lit("line-break")).otherwise(pl.lit("blank-line")))


def restore_text(lines: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Give lines the text that a dataset left out: `documents.text[start:end]`.

    Args:
        lines: doc_id, line_no, start, end, text and any further columns; each slice lies within its line.
        documents: doc_id, text; lines of other documents get no text.
    """
    whole = split_lines(documents).lines.select("doc_id", "line_no", _start="start", _text="text")
    found = lines.join(whole, on=["doc_id", "line_no"], how="left", maintain_order="left", validate="1:1")
    text = pl.col("_text").str.slice(pl.col("start") - pl.col("_start"), pl.col("end") - pl.col("start"))
    return found.with_columns(text=text).drop("_start", "_text")
