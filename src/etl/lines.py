"""From documents to lines: where each line of a decoded text begins and ends.

A line ends at LF, CR LF or CR. A line is blank if it holds nothing but white space and zero-width characters; blank
lines are counted but are no rows: they are booked, together with the line terminators around them, as breaks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["BLANK", "Split", "code_points", "restore_text", "split_lines"]

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
    pieces = _positioned(_pieces(documents)).with_columns(
        blank=pl.col("text").str.strip_chars(BLANK) == "",
        first=(pl.col("document") != pl.col("document").shift(1)).fill_null(value=True),
    )
    return Split(
        lines=pieces.filter(~pl.col("blank")).select("doc_id", "line_no", "start", "end", "text"),
        breaks=_breaks(pieces),
    )


def _breaks(pieces: pl.DataFrame) -> pl.DataFrame:
    """Everything that is no line, as maximal runs: a line's terminator with the blank lines after it."""
    starts_run = ~pl.col("blank") | pl.col("first")
    shown = pl.when("blank").then("start").otherwise("end")
    fragments = pieces.select(
        "document",
        "doc_id",
        "line_no",
        "blank",
        start=shown,
        end=pl.col("end") + pl.col("terminator").str.len_chars().cast(pl.Int64),
        before=pl.when("blank").then("text").otherwise(pl.lit("")) + pl.col("terminator"),
        run=starts_run.cum_sum(),
        alone=~pl.col("blank") & starts_run.shift(-1, fill_value=True),
    )
    single = fragments.filter("alone").with_columns(rule=pl.lit("line-break"))
    several = (
        fragments.filter(~pl.col("alone"))
        .group_by("run", maintain_order=True)
        .agg(
            pl.col("document", "doc_id", "line_no", "start").first(),
            pl.col("end").last(),
            pl.col("before").str.join(""),
        )
        .with_columns(rule=pl.lit("blank-line"))
    )
    columns = ["document", "doc_id", "line_no", "start", "end", "before", "rule"]
    breaks = pl.concat([single.select(columns), several.select(columns)])
    return breaks.filter(pl.col("end") > pl.col("start")).sort("document", "start").drop("document")


def _pieces(documents: pl.DataFrame) -> pl.DataFrame:
    """One row per line, blank ones too: document (row number), doc_id, text, terminator."""
    rows = documents.select("doc_id", text=pl.col("text").str.split("\n")).with_row_index("document")
    last = pl.col("document") != pl.col("document").shift(-1)
    pieces = rows.explode("text", empty_as_null=False, keep_nulls=False).with_columns(
        terminator=pl.when(last.fill_null(value=True)).then(pl.lit("")).otherwise(pl.lit("\n"))
    )
    if not pieces["text"].str.contains("\r", literal=True).any():
        return pieces
    return _split_carriage_returns(pieces)


def _split_carriage_returns(pieces: pl.DataFrame) -> pl.DataFrame:
    """Cut pieces at CR; a CR before LF belongs to that terminator."""
    before_lf = pl.col("text").str.ends_with("\r") & (pl.col("terminator") == "\n")
    pieces = pieces.with_columns(
        text=pl.when(before_lf).then(pl.col("text").str.strip_suffix("\r")).otherwise("text"),
        terminator=pl.when(before_lf).then(pl.lit("\r\n")).otherwise("terminator"),
    )
    if not pieces["text"].str.contains("\r", literal=True).any():
        return pieces
    numbered = pieces.with_row_index("piece").with_columns(pl.col("text").str.split("\r"))
    split = numbered.explode("text", empty_as_null=False, keep_nulls=False)
    last = (pl.col("piece") != pl.col("piece").shift(-1)).fill_null(value=True)
    return split.with_columns(terminator=pl.when(last).then("terminator").otherwise(pl.lit("\r"))).drop("piece")


def _positioned(pieces: pl.DataFrame) -> pl.DataFrame:
    """Add line_no, start and end; leave out the empty piece after a final terminator."""
    length = pl.col("text").str.len_chars().cast(pl.Int64)
    full = length + pl.col("terminator").str.len_chars().cast(pl.Int64)
    first = (pl.col("document") != pl.col("document").shift(1)).fill_null(value=True)
    pieces = pieces.with_columns(_after=full.cum_sum(), _full=full, _first=first).with_row_index("_row")
    base = pl.when("_first").then(pl.col("_after") - pl.col("_full")).forward_fill()
    base_row = pl.when("_first").then(pl.col("_row").cast(pl.Int64)).forward_fill()
    return (
        pieces.with_columns(
            line_no=pl.col("_row").cast(pl.Int64) - base_row + 1,
            start=pl.col("_after") - pl.col("_full") - base,
        )
        .with_columns(end=pl.col("start") + length)
        .filter(pl.col("_full") > 0)
        .drop("_after", "_full", "_first", "_row")
    )


def restore_text(lines: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Give lines the text that a dataset left out: `documents.text[start:end]`.

    Args:
        lines: doc_id, line_no, start, end, text and any further columns; each slice lies within its line.
        documents: doc_id, text.
    """
    whole = split_lines(documents).lines.select("doc_id", "line_no", _start="start", _text="text")
    found = lines.join(whole, on=["doc_id", "line_no"], how="left", maintain_order="left", validate="1:1")
    text = pl.col("_text").str.slice(pl.col("start") - pl.col("_start"), pl.col("end") - pl.col("start"))
    return found.with_columns(text=text).drop("_start", "_text")


def code_points(texts: pl.Series) -> npt.NDArray[np.uint32]:
    """The code points of all texts, one text after the other.

    Args:
        texts: not null.
    """
    return np.frombuffer((texts.str.join("").item() or "").encode("utf-32-le"), dtype="<u4")
