"""The lines in which a page may say something of itself: the few that have a word that the rules need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from etl.boilerplate.frame import Frame
from etl.boilerplate.words import holds_any
from etl.patterns import keeps_patterns

__all__ = ["Looked", "look_at", "with_zones"]

KEY = r"^[^\p{Han}]?[\p{Han} ]{2,8} ?:$"
"""A label on a line of its own, whose value is the next line."""

KEYED = r"^[\p{Han} ]{2,8} ?:"
"""A label before its value, on one line."""

LOOKED_AT = ("row", "document", "line_no", "shown", "prose", "head", "tail")
"""What is looked at of a line."""

VALUE_CHARS = 40
"""Code points of a line, up to which it can be the value of the label on the line before."""


class Looked(NamedTuple):
    """Lines that rules look at, and what they show, each distinct text once.

    Attributes:
        lines: row, document, line_no, text (its number), prose, head, tail.
        texts: text, shown, chars.
    """

    lines: pl.DataFrame
    texts: pl.DataFrame

    @classmethod
    def of(cls, lines: pl.DataFrame) -> Looked:
        """The lines, with the number of its text instead of what each of them shows."""
        texts = lines.select("shown").unique(maintain_order=True).with_row_index("text")
        numbered = lines.join(texts, on="shown", how="left", maintain_order="left").drop("shown")
        return cls(numbered, texts.with_columns(chars=pl.col("shown").str.len_chars()))


@keeps_patterns
def look_at(lines: pl.DataFrame, longest: int, *, in_prose: Sequence[str], elsewhere: Sequence[str]) -> Looked:
    """The paragraphs that have one of some words, and the other lines that have one of others.

    Args:
        lines: row, document, line_no, shown, chars, prose, head, tail.
        longest: code points of a line that is no paragraph, at most.
        in_prose: the words of paragraphs.
        elsewhere: the words of other lines.
    """
    prose = lines.filter("prose").select(LOOKED_AT)
    short = _with_keys(lines.filter((pl.col("chars") <= longest) & ~pl.col("prose"))).select(LOOKED_AT)
    worded = [(prose, in_prose), (short, elsewhere)]
    return Looked.of(pl.concat(some.filter(holds_any(pl.col("shown"), words)) for some, words in worded))


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
