"""What each surviving line is: title, heading, body, list, caption or table."""

from __future__ import annotations

import polars as pl

__all__ = ["line_kinds"]

CAPTION_CHARS = 60
"""Code points; a longer line between paragraphs is no caption."""

HEADING = (
    r"^(?:第[一二三四五六七八九十百千零〇\d]+[编章节部篇]|[一二三四五六七八九十]+、"
    r"|\([一二三四五六七八九十]+\)|#{1,6} )"
)
"""Numbering of a heading on a line of its own; the sections stage decides what it heads."""


def line_kinds(lines: pl.DataFrame, titles: pl.DataFrame) -> pl.DataFrame:
    """Add kind.

    Args:
        lines: row, document, text, shown of the surviving lines.
        titles: row of each document's headline.
    """
    end = pl.col("shown").str.strip_chars_end("\"')）)”’」』】 ").str.tail(1)
    sentence, short = pl.col("_sentence"), pl.col("shown").str.len_chars() <= CAPTION_CHARS
    neighbours = [sentence.shift(step) & (pl.col("document") == pl.col("document").shift(step)) for step in (1, -1)]
    title_row = (pl.col("row") == pl.col("_title")).fill_null(value=False)
    title = titles.select("document", _title="row")
    kind = (
        pl.when(title_row).then(pl.lit("title"))
        .when(pl.col("text").str.contains("\t", literal=True)).then(pl.lit("table"))
        .when(short & ~sentence & pl.col("shown").str.contains(HEADING)).then(pl.lit("heading"))
        .when(short & ~sentence & pl.all_horizontal(*neighbours).fill_null(value=False)).then(pl.lit("caption"))
        .when(pl.col("text").str.contains(r"^\s*[•·●○■□◆▪]")).then(pl.lit("list"))
        .otherwise(pl.lit("body"))
    )  # fmt: skip
    ended = lines.with_columns(_sentence=end.str.contains("[。！？!?；;：:…，,、.]"))
    return ended.join(title, on="document", how="left", maintain_order="left").with_columns(kind=kind)
