"""The lines in which a page may say something of itself: the few that have a word that the rules need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from etl.boilerplate.frame import Frame
from etl.boilerplate.words import holds_any
from etl.distinct import number_values
from etl.patterns import keeps_patterns

__all__ = ["Looked", "lines_with", "paragraphs_with", "with_zones"]

KEY = r"^[^\p{Han}]?[\p{Han} ]{2,8} ?:$"
"""A label on a line of its own, whose value is the next line."""

KEYED = r"^[\p{Han} ]{2,8} ?:"
"""A label before its value, on one line."""

STANDING = ("row", "document", "line_no", "head", "tail")
"""Where a line stands."""

VALUE_CHARS = 40
"""Code points of a line, up to which it can be the value of the label on the line before."""


class Looked(NamedTuple):
    """Lines that rules look at, and what they show, each text once.

    Attributes:
        lines: text (the row of what it shows), row, document, line_no, head, tail.
        texts: shown, chars.
    """

    lines: pl.DataFrame
    texts: pl.DataFrame


@keeps_patterns
def paragraphs_with(words: Sequence[str], lines: pl.DataFrame) -> Looked:
    """The paragraphs that have one of some words.

    Args:
        words: at least one.
        lines: row, document, line_no, shown, chars, prose, head, tail.
    """
    found = lines.filter("prose").filter(holds_any(pl.col("shown"), words)).with_row_index("text")
    return Looked(found.select("text", *STANDING), found.select("shown", "chars"))


@keeps_patterns
def lines_with(words: Sequence[str], lines: pl.DataFrame, longest: int) -> Looked:
    """The lines that are no paragraphs, and have one of some words.

    Args:
        words: at least one.
        lines: row, document, line_no, shown, chars, prose, head, tail.
        longest: code points of such a line, at most.
    """
    short = _with_keys(lines.filter((pl.col("chars") <= longest) & ~pl.col("prose")))
    # Most lines as short as these stand in many documents, so that their words are sought in each text once.
    shown, number = number_values(short["shown"])
    worded = shown.to_frame("shown").select(holds_any(pl.col("shown"), words)).to_series().to_numpy()
    text, at = np.cumsum(worded) - 1, np.flatnonzero(worded[number])
    texts = pl.DataFrame({"shown": shown.filter(pl.Series(worded))})
    found = short[at].select(pl.Series("text", text[number[at]], pl.UInt32), *STANDING)
    return Looked(found, texts.with_columns(chars=pl.col("shown").str.len_chars()))


def _with_keys(short: pl.DataFrame) -> pl.DataFrame:
    """Put a label that is a line of its own before its value on the next line, as it would stand on one line."""
    labels = short.filter(pl.col("shown").str.ends_with(":")).filter(pl.col("shown").str.contains(KEY))
    below = labels.select(pl.col("row") + 1, "document", label="shown")
    next_lines = short.filter((pl.col("chars") <= VALUE_CHARS) & pl.col("row").is_in(below["row"].implode()))
    values = next_lines.join(below, on=["row", "document"]).filter(~pl.col("shown").str.contains(KEYED))
    labelled = values.select(pl.exclude("shown", "label"), shown=pl.concat_str("label", "shown"))
    others = short.filter(~pl.col("row").is_in(values["row"].implode()))
    return pl.concat([others, labelled.select(short.columns)]).sort("row")


def with_zones(lines: pl.DataFrame) -> pl.DataFrame:
    """Add head (before the article, or before the first paragraph in it) and tail (after either).

    A document without an article is both from end to end.

    Args:
        lines: document (lines of one document adjacent), prose, article.
    """
    article = lines["article"].to_numpy()
    frame = Frame.of(lines["document"].to_numpy())
    head, tail = frame.edges(article)
    above, below = frame.edges(article & lines["prose"].to_numpy())
    return lines.with_columns(head=pl.Series(head | (above & ~below)), tail=pl.Series(tail | (below & ~above)))
