"""The headline of a document: the line above the article that looks most like one."""

from __future__ import annotations

import polars as pl

__all__ = ["find_titles"]

SHORTEST, LONGEST = 5, 70
"""Code points of a headline."""

REACH = 12
"""Lines that may stand between the headline and the first paragraph."""


def find_titles(lines: pl.DataFrame, hits: pl.DataFrame) -> pl.DataFrame:
    """Find each document's headline.

    The anchor is the first line of metadata above the article that has a candidate before it, else the article's first
    line; the headline is the nearest candidate above the anchor, or, if the article begins with one, that.

    Args:
        lines: row, document, doc_id, line_no, shown, chars, ends, dated, article.
        hits: row, family of lines that rules know.

    Returns:
        row, document, doc_id, title, title_line_no: at most one row per document.
    """
    stated = hits.filter(pl.col("family") == "metadata")["row"]
    known = hits.filter(pl.col("family") != "metadata")["row"]
    candidate = (
        ~pl.col("row").is_in(pl.concat([stated, known]).implode())
        & pl.col("chars").is_between(SHORTEST, LONGEST)
        & ~pl.col("ends")
        & ~pl.col("dated")
        & ~pl.col("shown").str.contains(r"[:;,]$|(?: .+){6}|\|.*\|")
        & (pl.col("shown").str.count_matches(r"\p{Han}") >= SHORTEST)
    )
    begin = pl.col("row").filter("article").min().over("document").cast(pl.Int64)
    row = pl.col("row").cast(pl.Int64)
    placed = lines.with_columns(candidate=candidate, begin=begin, ahead=begin - row)
    above = placed.filter(pl.col("ahead").is_between(0, REACH)).with_columns(
        seen=pl.col("candidate").cum_sum().over("document")
    )
    metadata = pl.col("row").is_in(stated.implode()) & (pl.col("seen") > 0) & (pl.col("ahead") > 0)
    anchored = above.with_columns(anchor=row.filter(metadata).min().over("document"))
    found = anchored.filter("candidate", row <= pl.coalesce("anchor", "begin"))
    return found.unique("document", keep="last", maintain_order=True).select(
        "row", "document", "doc_id", title=pl.col("shown"), title_line_no=pl.col("line_no")
    )
