"""What each surviving line is: title, heading, body, list, caption or table."""

from __future__ import annotations

import polars as pl

from etl.boilerplate.searching import contains_where
from etl.patterns import keeps_patterns

__all__ = ["line_kinds"]

CAPTION_CHARS = 60
"""Code points; a longer line between paragraphs is no caption."""

HEADING = (
    r"^(?:第[一二三四五六七八九十百千零〇\d]+[编章节部篇]|[一二三四五六七八九十]+、"
    r"|\([一二三四五六七八九十]+\)|#{1,6} )"
)
"""Numbering of a heading on a line of its own; the sections stage decides what it heads."""


STOPS = "。！？!?；;：:…，,、."
"""Last characters of a line that goes on or is complete, unlike those of a heading or a caption."""

CLOSERS = "\"')）)”’」』】 "
"""Characters that may stand behind them."""

SENTENCE = rf"[{STOPS}][{CLOSERS}]*$"
"""What a line ends with that goes on or is complete."""

BULLETS = "[•·●○■□◆▪]"


@keeps_patterns
def line_kinds(lines: pl.DataFrame, titles: pl.DataFrame) -> pl.DataFrame:
    """Add kind.

    Args:
        lines: row, document, text, shown of the surviving lines.
        titles: row of each document's headline.
    """
    shown, text = lines["shown"], lines["text"]
    sentence = shown.str.contains(SENTENCE)
    phrase = ~sentence & (shown.str.len_chars() <= CAPTION_CHARS)
    document = pl.col("document")
    amid = [pl.lit(sentence).shift(step) & (document == document.shift(step)) for step in (1, -1)]
    kind = (
        pl.when(pl.col("row").is_in(titles["row"].implode())).then(pl.lit("title"))
        .when(text.str.contains("\t", literal=True)).then(pl.lit("table"))
        .when(contains_where(phrase, shown, HEADING)).then(pl.lit("heading"))
        .when(phrase & pl.all_horizontal(*amid).fill_null(value=False)).then(pl.lit("caption"))
        .when(contains_where(text.str.contains(BULLETS), text, rf"^\s*{BULLETS}")).then(pl.lit("list"))
        .otherwise(pl.lit("body"))
    )  # fmt: skip
    return lines.with_columns(kind=kind)
