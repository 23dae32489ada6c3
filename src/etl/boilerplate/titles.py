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

    The anchor is the first line of metadata above the article that has a candidate before it, else the first
    paragraph; the headline is the nearest candidate above the anchor.

    Args:
        lines: row, document, doc_id, line_no, text, shown, chars, ends, prose, head.
        hits: row, family of lines that rules know.

    Returns:
        row, document, doc_id, title, title_line_no: at most one row per document.
    """
    known = hits.unique("row", keep="first", maintain_order=True).select("row", "family")
    placed = lines.join(known, on="row", how="left", maintain_order="left")
    announces = pl.col("shown").str.contains(r"[:;,]$")
    candidate = (
        pl.col("head")
        & pl.col("family").is_null()
        & pl.col("chars").is_between(SHORTEST, LONGEST)
        & ~pl.col("ends")
        & ~announces
        & (pl.col("shown").str.count_matches(r"\p{Han}") >= SHORTEST - 1)
    )
    placed = placed.with_columns(candidate=candidate).with_columns(
        seen=pl.col("candidate").cum_sum().over("document"),
        begin=pl.col("row").filter("prose").min().over("document"),
    )
    stated = pl.col("head") & (pl.col("family") == "metadata") & (pl.col("seen") > 0)
    near = pl.col("begin").is_null() | (pl.col("begin") - pl.col("row").cast(pl.Int64) <= REACH)
    placed = placed.with_columns(anchor=pl.col("row").filter(stated & near).min().over("document"))
    above = placed.filter(pl.col("candidate") & near & (pl.col("row") < pl.coalesce("anchor", "begin", pl.lit(2**31))))
    return above.unique("document", keep="last", maintain_order=True).select(
        "row", "document", "doc_id", title=pl.col("shown"), title_line_no=pl.col("line_no")
    )
